import CoreTypes
import EventLoop
import PeerLink
import ServiceAPI

/// What makes the links of all viewers of a process.
@LoopActor
public final class PeerNetwork {
    /// Links go through relays only.
    public var usesRelayOnly = false
    /// Delay and loss for tests.
    public var impairment: Impairment?
    /// Links at once in this process.
    public var linksMax = 500
    /// Candidates of this host's loopback, too: for services on this host.
    public var usesLoopback = false

    private var made: PeerLinkHost?

    /// Without links.
    public init() {}

    /// What the options mean for viewers of a coordinate's streams.
    public convenience init(_ options: PeerOptions, coordinate: ServiceURL) {
        self.init()
        usesRelayOnly = options.usesRelayOnly
        if options.delayMs > 0 || options.loss > 0 || options.rate != nil {
            impairment = Impairment(delayMs: options.delayMs, loss: options.loss, seed: 1)
            impairment?.bytesPerSecond = options.rate.map { $0.bitsPerSecond / 8 }
            impairment?.rateAfterMs = options.rate?.afterMs ?? 0
        }
        usesLoopback = coordinate.host == "localhost" || IPAddress(coordinate.host)?.isLoopback == true
    }

    /// The host, made with the first STUN server that a tracker names. Throws `LinkError`.
    func host(stunServers: [String]) throws(LinkError) -> PeerLinkHost {
        if let made { return made }
        var configuration = HostConfiguration()
        configuration.linksMax = linksMax
        configuration.impairment = impairment
        configuration.ice.usesRelayOnly = usesRelayOnly
        configuration.inboundMessageBytesMax = LinkPool.messageBytesMax
        configuration.outboundMessageBytesMax = LinkPool.messageBytesMax
        configuration.ice.stunServer = stunServers.lazy.compactMap(Self.server).first
        if usesLoopback {
            configuration.ice.localAddresses = NetworkInterfaces.addresses(includingLoopback: true)
        }
        let host = try PeerLinkHost(configuration)
        made = host
        return host
    }

    /// Counters of all links; nil before the first.
    var statistics: HostStatistics? { made?.statistics }

    /// The address in `stun:HOST:PORT` (RFC 7064). Names are left to trackers to resolve.
    private static func server(_ url: String) -> SocketAddress? {
        guard url.hasPrefix("stun:") else { return nil }
        let rest = url.dropFirst("stun:".count)
        guard let colon = rest.lastIndex(of: ":"), let port = UInt16(rest[rest.index(after: colon)...]) else {
            return nil
        }
        let host = rest[..<colon].trimmingPrefix("[")
        return IPAddress(host.hasSuffix("]") ? host.dropLast() : host).map { SocketAddress($0, port) }
    }
}
