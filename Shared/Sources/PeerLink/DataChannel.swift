import CoreTypes
import EventLoop
import PeerWire

/// One channel of a link: a queue of whole messages in each direction, reliable, unordered unless its options say
/// otherwise (RFC 8831).
@LoopActor
public final class DataChannel {
    /// Where a channel is.
    public enum State: Sendable, Hashable {
        /// The link is not up; messages wait.
        case connecting
        /// Messages flow.
        case open
        /// What waits is still sent, nothing more is taken.
        case closing
        /// Over.
        case closed
    }

    /// Its name.
    public let label: String
    /// How its messages travel.
    public let options: ChannelOptions
    /// The peer opened it.
    public let isPeers: Bool
    /// Where it is.
    public internal(set) var state = State.connecting
    /// Gets each message; its bytes are valid during the call.
    public var onMessage: @LoopActor (UnsafeRawBufferPointer, MessageKind) -> Void = { _, _ in }
    /// It works; called once. Not for a channel that the peer opened: that one works when it is announced.
    public var onOpen: @LoopActor () -> Void = {}
    /// It is over; called once, also when the link ends.
    public var onClose: @LoopActor () -> Void = {}
    /// `bufferedAmount` fell to `lowThreshold` from above.
    public var onLow: @LoopActor () -> Void = {}
    /// In bytes. Setting it while more is buffered makes `onLow` be called.
    public var lowThreshold = 0 {
        didSet { if bufferedAmount > lowThreshold { isAboveThreshold = true } }
    }

    weak var multiplexer: ChannelMultiplexer?
    var queue: SendQueue
    /// Known once the link is up.
    var stream: UInt16?
    /// The peer knows the channel: until then messages go in order, so that none overtakes the one that opens it
    /// (RFC 8832, section 6).
    var isAcknowledged = false
    var isResetSent = false
    /// When it last had its turn; see `ChannelMultiplexer.nextChannel`.
    var turn: UInt64 = 0
    private var isAboveThreshold = false

    init(label: String, options: ChannelOptions, isPeers: Bool, multiplexer: ChannelMultiplexer) {
        self.label = label
        self.options = options
        self.isPeers = isPeers
        self.multiplexer = multiplexer
        queue = SendQueue(bytesMax: options.queueBytesMax)
    }

    /// Takes a message or refuses it, at once. `expires`: when it is of no use any more; a message that still waits here
    /// then is dropped. Before the link is up messages wait in the queue.
    @discardableResult
    public func send(
        _ bytes: [UInt8], as kind: MessageKind = .binary, expires: MonotonicInstant? = nil
    ) -> SendOutcome {
        guard state == .open || state == .connecting, let multiplexer else { return .closed }
        guard bytes.count <= multiplexer.outboundMessageBytesMax else { return .tooLong }
        let outcome = multiplexer.enqueue(bytes, kind, expires: expires, on: self)
        if bufferedAmount > lowThreshold { isAboveThreshold = true }
        return outcome
    }

    /// Bytes that wait here, and those of all channels that SCTP has sent or will, and the peer has not acknowledged.
    public var bufferedAmount: Int { queue.bytes + (multiplexer?.endpoint?.unacknowledgedBytes ?? 0) }

    /// Bytes that wait here: what can still expire.
    public var queuedBytes: Int { queue.bytes }

    /// Messages that expired in the queue.
    public var expiredCount: Int { queue.expiredCount }

    /// Ends the channel once what waits is sent; the peer is told. May be repeated.
    public func close() {
        guard state == .open || state == .connecting else { return }
        state = .closing
        multiplexer?.closing(self)
    }

    func opened() {
        guard state == .connecting else { return }
        state = .open
        onOpen()
    }

    func closed() {
        guard state != .closed else { return }
        state = .closed
        queue.removeAll()
        let told = onClose
        // The owner's closures often hold the owner, who holds the channel.
        (onMessage, onOpen, onClose, onLow) = ({ _, _ in }, {}, {}, {})
        told()
    }

    func checkThreshold() {
        guard isAboveThreshold, state == .open, bufferedAmount <= lowThreshold else { return }
        isAboveThreshold = false
        onLow()
    }
}
