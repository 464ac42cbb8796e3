import CoreTypes

/// What is wrong with a registration. The raw value is the type of the problem that answers it.
public enum RegistrationMistake: String, Sendable {
    /// A name must have 1 to 128 bytes.
    case name = "bad-name"
    /// 1 to 16 absolute URLs are needed; a network must be in CIDR notation.
    case url = "bad-url"

    /// What to mend.
    public var detail: String {
        switch self {
        case .name: "a service's name has 1 to 128 bytes"
        case .url:
            "a service gives 1 to 16 absolute http or https URLs, each for everybody or for a network in CIDR notation"
        }
    }

    static func of(name: String, urls: [AdvertisedURL]) -> RegistrationMistake? {
        guard (1...128).contains(name.utf8.count) else { return .name }
        let areGood = urls.allSatisfy { ServiceURL($0.url) != nil && ($0.network.map { IPNetwork($0) != nil } ?? true) }
        return areGood && (1...16).contains(urls.count) ? nil : .url
    }
}

extension ForwardRegistration {
    /// What is wrong with it; nil when nothing is.
    public var mistake: RegistrationMistake? { .of(name: name, urls: urls) }
}

extension TrackerRegistration {
    /// What is wrong with it or with a forward in it; nil when nothing is.
    public var mistake: RegistrationMistake? {
        .of(name: name, urls: urls) ?? forwards.lazy.compactMap(\.mistake).first
    }
}
