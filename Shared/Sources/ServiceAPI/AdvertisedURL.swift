import CoreTypes

/// A base URL at which a service can be reached, and for whom.
public struct AdvertisedURL: Codable, Hashable, Sendable {
    /// The clients it is meant for, in CIDR notation; nil for everybody.
    public var network: String?
    /// Absolute, http or https, without a path. The host may be unspecified (`0.0.0.0` or `[::]`): whoever is told so
    /// over a connection puts the connection's other address in its place.
    public var url: String

    /// A URL for the clients of `network`.
    public init(network: String? = nil, url: String) {
        self.network = network
        self.url = url
    }

    /// Parses a `--public-url` value: `URL` or `CIDR=URL`; nil when it is neither.
    public init?(argument: String) {
        if let parsed = ServiceURL(argument) {
            self.init(url: parsed.description)
        } else {
            let parts = argument.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, let network = IPNetwork(parts[0]), let url = ServiceURL(String(parts[1])) else {
                return nil
            }
            self.init(network: network.description, url: url.description)
        }
    }
}

extension [AdvertisedURL] {
    /// The URL for a client: among those of `scheme` the one with the longest network that holds the client's address.
    public func url(for client: IPAddress, scheme: String) -> String? {
        var best: (length: Int, url: String)?
        for advertised in self where advertised.url.hasPrefix(scheme + "://") {
            var length = -1
            if let text = advertised.network {
                guard let network = IPNetwork(text), network.contains(client) else { continue }
                length = network.prefixLength
            }
            if best.map({ length > $0.length }) ?? true { best = (length, advertised.url) }
        }
        return best?.url
    }

    /// The same list with unspecified hosts replaced by `address`, each URL in its one spelling.
    public func resolved(with address: IPAddress) -> [AdvertisedURL] {
        map { advertised in
            guard var url = ServiceURL(advertised.url) else { return advertised }
            if let host = IPAddress(url.host), host.isUnspecified { url.host = address.description }
            return AdvertisedURL(network: advertised.network, url: url.description)
        }
    }
}
