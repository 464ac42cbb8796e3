import CoreTypes

/// One place where a peer may be reached. Source: RFC 8839, section 5.1; names instead of addresses as browsers send
/// them (draft-ietf-mmusic-mdns-ice-candidates).
public struct ICECandidate: Hashable, Sendable {
    /// How the place was found.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// An address of the peer's own interfaces.
        case host
        /// Its address as a STUN server sees it.
        case serverReflexive = "srflx"
        /// Its address as this side sees it.
        case peerReflexive = "prflx"
        /// An address of a TURN server that passes datagrams on.
        case relayed = "relay"
    }

    /// Where: an address, or a name that only the sender's network can resolve.
    public enum Host: Hashable, Sendable, CustomStringConvertible {
        /// An IP address.
        case address(IPAddress)
        /// A name, for browsers `UUID.local`.
        case name(String)

        /// As in a candidate's line.
        public var description: String {
            switch self {
            case .address(let address): address.description
            case .name(let name): name
            }
        }
    }

    /// Longest line that is read, in bytes.
    public static let bytesMax = 512

    /// 1 to 32 letters, digits, `+` and `/`: candidates of one foundation share what may fail.
    public var foundation: String
    /// 1...256; data channels have the component 1 only.
    public var component: UInt16
    /// `udp`, or `tcp` which is read but not used; lower case.
    public var transport: String
    /// Higher is tried first; at least 1.
    public var priority: UInt32
    /// Where.
    public var host: Host
    /// The port.
    public var port: UInt16
    /// How it was found.
    public var kind: Kind
    /// The address behind a reflexive or relayed one, for diagnosis.
    public var related: SocketAddress?

    /// A UDP candidate for component 1.
    public init(
        foundation: String, priority: UInt32, host: Host, port: UInt16, kind: Kind = .host,
        related: SocketAddress? = nil
    ) {
        self.foundation = foundation
        component = 1
        transport = "udp"
        self.priority = priority
        self.host = host
        self.port = port
        self.kind = kind
        self.related = related
    }

    /// Its address, when connectivity checks can be sent to it: UDP, component 1, an IP address, a port.
    public var usableAddress: SocketAddress? {
        guard transport == "udp", component == 1, port != 0, case .address(let address) = host, !address.isUnspecified
        else { return nil }
        return SocketAddress(address, port)
    }
}
