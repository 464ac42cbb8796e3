import CoreTypes
import EventLoop
import PeerWire

/// What an ICE agent tells its owner, in place. The owner may call `close` in any of them.
@LoopActor
public protocol ICEAgentDelegate: AnyObject {
    /// One more place where this side may be reached; nil when there are no more.
    func agent(_ agent: any ICEAgent, found candidate: ICECandidate?)
    /// A pair works: datagrams can be sent. Called once.
    func agentDidConnect(_ agent: any ICEAgent)
    /// A datagram of the peer that is not STUN's, valid during the call.
    func agent(_ agent: any ICEAgent, received datagram: UnsafeRawBufferPointer)
    /// No pair works, or the peer gives no more signs of consent (RFC 7675). Called once.
    func agentDidFail(_ agent: any ICEAgent)
}

/// Finds a path to one peer and carries datagrams over it (RFC 8445, with trickling after RFC 8838).
@LoopActor
public protocol ICEAgent: AnyObject {
    /// Who is told; not kept alive.
    var delegate: (any ICEAgentDelegate)? { get set }
    /// What the peer needs to check this side's candidates.
    var credentials: ICECredentials { get }
    /// What was found so far.
    var candidates: [ICECandidate] { get }
    /// Begins to look for candidates; those of own interfaces are there when it returns. Throws `ICEError`.
    func gather() throws(ICEError)
    /// Begins to check, once the peer's credentials are known.
    func start(with remote: ICECredentials)
    /// One of the peer's candidates; nil when there are no more.
    func add(_ candidate: ICECandidate?)
    /// Sends a datagram; false when it was dropped.
    @discardableResult
    func send(_ datagram: UnsafeRawBufferPointer) -> Bool
    /// The pair in use.
    var selectedPair: ICEPair? { get }
    /// Frees everything. May be repeated; not from within a delegate's call.
    func close()
}

/// ICE user name fragment and password of one side.
public struct ICECredentials: Sendable, Hashable {
    /// The user name fragment.
    public var userFragment: String
    /// The password.
    public var password: String

    /// Credentials.
    public init(userFragment: String, password: String) {
        self.userFragment = userFragment
        self.password = password
    }
}

/// The two ends of a working path.
public struct ICEPair: Sendable, Hashable, CustomStringConvertible {
    /// How this side's end was found, and where it is.
    public var local: (kind: ICECandidate.Kind, address: SocketAddress) { (localKind, localAddress) }
    /// How the peer's end was found, and where it is.
    public var remote: (kind: ICECandidate.Kind, address: SocketAddress) { (remoteKind, remoteAddress) }
    private let localKind: ICECandidate.Kind
    private let localAddress: SocketAddress
    private let remoteKind: ICECandidate.Kind
    private let remoteAddress: SocketAddress

    /// A pair.
    public init(
        local: (kind: ICECandidate.Kind, address: SocketAddress),
        remote: (kind: ICECandidate.Kind, address: SocketAddress)
    ) {
        (localKind, localAddress) = local
        (remoteKind, remoteAddress) = remote
    }

    /// `host 192.0.2.1:5 - srflx 198.51.100.2:6`.
    public var description: String {
        "\(localKind.rawValue) \(localAddress) - \(remoteKind.rawValue) \(remoteAddress)"
    }
}

/// Why an agent cannot be, or cannot gather.
public enum ICEError: Error, Hashable, Sendable, CustomStringConvertible {
    /// No sockets or no memory for an agent.
    case unavailable
    /// No address of this host can be bound, perhaps because the range of ports is used up.
    case noAddress

    /// What is wrong.
    public var description: String {
        switch self {
        case .unavailable: "no ICE agent can be made: out of memory or file descriptors"
        case .noAddress: "no local address can be bound: check the list of addresses and the range of ports"
        }
    }
}
