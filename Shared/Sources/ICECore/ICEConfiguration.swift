import CoreTypes

/// Where an agent looks for candidates.
public struct ICEConfiguration: Sendable, Hashable {
    /// A TURN server (RFC 8656) over UDP.
    public struct TURNServer: Sendable, Hashable {
        /// Where it is.
        public var address: SocketAddress
        /// The user's name.
        public var username: String
        /// The user's password.
        public var password: String

        /// A server.
        public init(address: SocketAddress, username: String, password: String) {
            self.address = address
            self.username = username
            self.password = password
        }
    }

    /// The STUN server that is asked for reflexive addresses; nil for none. libnice asks one.
    public var stunServer: SocketAddress?
    /// The TURN server that may carry datagrams; nil for none.
    public var turnServer: TURNServer?
    /// Bind and tell these addresses only; empty for all of this host but loopback ones.
    public var localAddresses: [IPAddress] = []
    /// Use the TURN server alone.
    public var usesRelayOnly = false
    /// Ports to bind; nil for whatever the kernel chooses.
    public var ports: ClosedRange<UInt16>?
    /// Milliseconds between connectivity checks (Ta of RFC 8445, whose 50 would dominate the set-up).
    public var pacingMs = 5
    /// What is asked of the kernel for each socket's buffers, in bytes; it caps them at net.core.rmem_max.
    public var socketBufferBytes = 1 << 20

    /// All of this host's addresses, no servers.
    public init() {}
}
