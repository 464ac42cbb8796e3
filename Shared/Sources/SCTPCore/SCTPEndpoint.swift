import EventLoop

/// What an SCTP endpoint tells its owner, in place. The owner may call `close` in any of them.
@LoopActor
public protocol SCTPEndpointDelegate: AnyObject {
    /// Sends one packet to the peer.
    func endpoint(_ endpoint: any SCTPEndpoint, transmit packet: UnsafeRawBufferPointer)
    /// The association is up; called once.
    func endpointDidOpen(_ endpoint: any SCTPEndpoint)
    /// A whole message came.
    func endpoint(_ endpoint: any SCTPEndpoint, received message: borrowing InboundMessage)
    /// There is more room than before.
    func endpointIsWritable(_ endpoint: any SCTPEndpoint)
    /// The peer will send nothing more on this stream: it closed the channel.
    func endpoint(_ endpoint: any SCTPEndpoint, peerResetStream stream: UInt16)
    /// The association is over, not by `close`; called once.
    func endpoint(_ endpoint: any SCTPEndpoint, ended error: SCTPError)
}

/// One end of an SCTP association (RFC 9260) over packets that its owner carries: packets in, packets out.
@LoopActor
public protocol SCTPEndpoint: AnyObject {
    /// Who is told; not kept alive.
    var delegate: (any SCTPEndpointDelegate)? { get set }
    /// Begins; the other end does the same.
    func connect()
    /// Takes a packet of the peer.
    func receive(_ packet: UnsafeRawBufferPointer)
    /// Takes a message of at least one byte whole or not at all; it is repeated until it arrives.
    func send(
        _ message: UnsafeRawBufferPointer, stream: UInt16, payloadProtocol: UInt32, isOrdered: Bool
    ) -> SCTPSendOutcome
    /// Ends this side of a stream.
    func reset(stream: UInt16)
    /// Bytes that were taken and not acknowledged by the peer.
    var unacknowledgedBytes: Int { get }
    /// What is known about the path; nil before the association is up.
    var path: SCTPPath? { get }
    /// Aborts the association, tells the peer, frees everything. May be repeated; not from within a delegate's call.
    func close()
}

/// What became of a message given to `send`.
public enum SCTPSendOutcome: Sendable, Hashable {
    /// It will arrive if the association lives.
    case taken
    /// No room; there will be, as `endpointIsWritable` says.
    case full
    /// The association is not up, or the message can never be sent; `code` is errno.
    case refused(code: Int32)
}

/// What an endpoint knows about its path.
public struct SCTPPath: Sendable, Hashable {
    /// Bytes that may be in flight.
    public var congestionWindow: Int
    /// Smoothed round-trip time in milliseconds, 0 before it was measured.
    public var roundTripMs: Int
    /// Repetition time-out in milliseconds.
    public var retransmissionTimeoutMs: Int
    /// Bytes that the peer has room for.
    public var receiverWindow: Int

    /// A path.
    public init(congestionWindow: Int, roundTripMs: Int, retransmissionTimeoutMs: Int, receiverWindow: Int) {
        self.congestionWindow = congestionWindow
        self.roundTripMs = roundTripMs
        self.retransmissionTimeoutMs = retransmissionTimeoutMs
        self.receiverWindow = receiverWindow
    }
}

/// Sizes and bounds of an endpoint.
public struct SCTPConfiguration: Sendable, Hashable {
    /// Streams in each direction.
    public var streams: UInt16 = 16
    /// Bytes taken and not acknowledged, at most; a message must fit.
    public var sendBufferBytes = 128 * 1024
    /// Bytes of unfinished and undelivered messages, at most: the window that the peer is told.
    public var receiveBufferBytes = 256 * 1024
    /// Longest message that is taken from the peer.
    public var messageBytesMax = 64 * 1024
    /// Bytes of one packet; with DTLS, UDP and IPv6 around it fits 1,280.
    public var packetBytesMax = 1_184

    /// The defaults.
    public init() {}
}
