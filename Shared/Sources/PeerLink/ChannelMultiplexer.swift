import CoreTypes
import EventLoop
import PeerWire
import SCTPCore

/// What a multiplexer tells the link that owns it.
@LoopActor
package protocol ChannelMultiplexerDelegate: AnyObject {
    /// Sends one SCTP packet.
    func transmit(_ packet: UnsafeRawBufferPointer)
    /// The association is up.
    func associationDidOpen()
    /// The peer opened a channel.
    func peerOpened(_ channel: DataChannel)
    /// The association is over, or must be.
    func associationEnded(_ reason: CloseReason)
}

/// The channels of one link: opens and closes them after RFC 8832, and gives SCTP no more of their messages than keeps the
/// path busy, so that late ones can still be dropped here. Exists before the association does.
@LoopActor
package final class ChannelMultiplexer {
    /// Channels that a peer may have open.
    static let peerChannelsMax = 4
    /// Channels that this side may have open: half of the 16 streams.
    static let ownChannelsMax = 8
    /// What SCTP always gets, in bytes, however small its window: two messages, so that it is never idle.
    private static let handedBytesMin = 32 * 1024
    /// How long a congestion window that was looked up is believed.
    private static let windowAgeMsMax: Int64 = 5

    /// Who is told; not kept alive.
    package weak var delegate: (any ChannelMultiplexerDelegate)?
    private(set) var endpoint: (any SCTPEndpoint)?
    /// Longest message that is sent, in bytes.
    private(set) var outboundMessageBytesMax: Int
    var counters = ChannelCounters()
    /// Those that have a stream, in the order of streams, so that what is called in turn is the same in every run.
    private(set) var channels: [DataChannel] = []
    private(set) var isOver = false
    var isUp = false

    let clock: @LoopActor () -> MonotonicInstant
    private let handedBytesMax: Int
    private(set) var isClient = false
    private var isFlushing = false
    private var waiting: [DataChannel] = []
    private var turns: UInt64 = 0
    private var window: (bytes: Int, at: MonotonicInstant)?
    private var handedBytes = 0
    private var acknowledgedBytes = 0
    private var outbound = RateMeter()
    var inbound = RateMeter()

    /// Channels without an association. `handedBytesMax` is the size of SCTP's send buffer.
    package init(
        outboundMessageBytesMax: Int, handedBytesMax: Int, clock: @escaping @LoopActor () -> MonotonicInstant
    ) {
        self.outboundMessageBytesMax = outboundMessageBytesMax
        self.handedBytesMax = handedBytesMax
        self.clock = clock
    }

    /// Goes on over `endpoint`. The DTLS client opens even streams (RFC 8832, section 6). `peerMessageBytesMax` is the
    /// longest message that the peer takes, 0 for any.
    package func attach(_ endpoint: any SCTPEndpoint, isClient: Bool, peerMessageBytesMax: Int) {
        guard !isOver else { return }
        self.isClient = isClient
        self.endpoint = endpoint
        if peerMessageBytesMax > 0 { outboundMessageBytesMax = min(outboundMessageBytesMax, peerMessageBytesMax) }
        endpoint.delegate = self
        endpoint.connect()
    }

    /// Opens a channel. Throws `LinkError`.
    package func open(_ label: String, _ options: ChannelOptions) throws(LinkError) -> DataChannel {
        guard !isOver else { throw .wrongState }
        guard label.utf8.count <= DCEPMessage.labelBytesMax else {
            throw .labelTooLong(bytesMax: DCEPMessage.labelBytesMax)
        }
        guard waiting.count + channels.count(where: { !$0.isPeers }) < Self.ownChannelsMax else {
            throw .tooManyChannels(max: Self.ownChannelsMax)
        }
        let channel = DataChannel(label: label, options: options, isPeers: false, multiplexer: self)
        waiting.append(channel)
        if isUp { startWaiting() }
        return channel
    }

    /// Ends all channels and takes nothing more; the endpoint is closed by `release`, later.
    package func end() {
        guard !isOver else { return }
        isOver = true
        let all = waiting + channels
        waiting = []
        channels = []
        for channel in all { channel.closed() }
    }

    /// Closes the endpoint; not from within one of its calls.
    package func release() {
        end()
        endpoint?.close()
        endpoint = nil
    }

    /// Counters and rates.
    package func statistics() -> ChannelStatistics {
        let now = clock()
        var made = ChannelStatistics()
        made.counters = counters
        made.path = endpoint?.path
        made.bytesPerSecondIn = inbound.bytesPerSecond(at: now)
        made.bytesPerSecondOut = outbound.bytesPerSecond(at: now)
        made.bufferedBytes =
            (endpoint?.unacknowledgedBytes ?? 0) + (waiting + channels).reduce(0) { $0 + $1.queue.bytes }
        return made
    }

    // MARK: Sending

    func enqueue(
        _ bytes: [UInt8], _ kind: MessageKind, expires: MonotonicInstant?, on channel: DataChannel
    ) -> SendOutcome {
        let payloadProtocol: PayloadProtocol =
            switch kind {
            case .binary: bytes.isEmpty ? .emptyBinary : .binary
            case .text: bytes.isEmpty ? .emptyText : .text
            }
        let entry = SendQueue.Entry(
            bytes: bytes.isEmpty ? [0] : bytes, payloadProtocol: payloadProtocol, expires: expires)
        let before = channel.queue.expiredCount
        let isTaken = channel.queue.append(entry, at: clock())
        counters.expired += UInt64(channel.queue.expiredCount - before)
        guard isTaken else {
            counters.refused += 1
            return .full
        }
        flush()
        return .queued
    }

    /// Counts what the peer acknowledged, fills up, and tells channels that ran low.
    func becameWritable() {
        let acknowledged = handedBytes - (endpoint?.unacknowledgedBytes ?? 0)
        if acknowledged > acknowledgedBytes {
            outbound.add(acknowledged - acknowledgedBytes, at: clock())
            acknowledgedBytes = acknowledged
        }
        flush()
        for channel in channels { channel.checkThreshold() }
    }

    func closing(_ channel: DataChannel) {
        if let index = waiting.firstIndex(where: { $0 === channel }) {
            waiting.remove(at: index)
            channel.closed()
        } else {
            flush()
        }
    }

    /// Hands messages over while the path has use for them.
    func flush() {
        guard isUp, !isOver, !isFlushing, let endpoint else { return }
        isFlushing = true
        defer { isFlushing = false }
        let now = clock()
        let limit = window(at: now)
        while endpoint.unacknowledgedBytes < limit, let (channel, entry) = next(at: now), let stream = channel.stream {
            let outcome = entry.bytes.withUnsafeBytes {
                endpoint.send(
                    $0, stream: stream, payloadProtocol: entry.payloadProtocol.rawValue,
                    isOrdered: channel.options.isOrdered || !channel.isAcknowledged)
            }
            switch outcome {
            case .full: return
            case .taken:
                counters.messagesOut += 1
                counters.bytesOut += UInt64(entry.bytes.count)
                handedBytes += entry.bytes.count
                channel.queue.removeFirst()
            case .refused:
                // Longer than the peer takes, or its streams are fewer than ours: it can never be sent.
                counters.refused += 1
                channel.queue.removeFirst()
            }
        }
        for channel in channels where channel.state == .closing && channel.queue.isEmpty {
            reset(channel)
        }
    }

    /// The channel of the highest priority that has something to send, and what; among equals the one whose last turn is
    /// the longest ago.
    private func next(at now: MonotonicInstant) -> (DataChannel, SendQueue.Entry)? {
        var best: (channel: DataChannel, entry: SendQueue.Entry)?
        for channel in channels where !channel.queue.isEmpty {
            if let best {
                let (own, other) = (channel.options.priority, best.channel.options.priority)
                guard own > other || own == other && channel.turn < best.channel.turn else { continue }
            }
            let before = channel.queue.expiredCount
            let entry = channel.queue.first(at: now)
            counters.expired += UInt64(channel.queue.expiredCount - before)
            if let entry { best = (channel, entry) }
        }
        turns += 1
        best?.channel.turn = turns
        return best.map { ($0.channel, $0.entry) }
    }

    private func window(at now: MonotonicInstant) -> Int {
        if let window, now.milliseconds(since: window.at) < Self.windowAgeMsMax { return window.bytes }
        let twoWindows = 2 * (endpoint?.path?.congestionWindow ?? 0)
        let bytes = min(handedBytesMax, max(Self.handedBytesMin, twoWindows))
        window = (bytes, now)
        return bytes
    }

    func sendEstablishment(_ message: DCEPMessage, stream: UInt16) {
        // Bounded by the channels a link may have; the association ends if even that finds no room.
        let outcome = message.encoded.withUnsafeBytes {
            endpoint?.send(
                $0, stream: stream, payloadProtocol: PayloadProtocol.establishment.rawValue, isOrdered: true)
        }
        if outcome != .taken { delegate?.associationEnded(.failure("a channel cannot be opened")) }
    }

    func startWaiting() {
        let starting = waiting
        waiting = []
        for channel in starting {
            guard let stream = freeStream() else {
                channel.closed()
                continue
            }
            channel.stream = stream
            add(channel)
            let open = DCEPMessage.Open(
                label: channel.label, isOrdered: channel.options.isOrdered, priority: channel.options.priority.rawValue)
            sendEstablishment(.open(open), stream: stream)
        }
        flush()
    }

    private func freeStream() -> UInt16? {
        let first: UInt16 = isClient ? 0 : 1
        return stride(from: first, to: first + 2 * UInt16(Self.ownChannelsMax), by: 2).first { channel(of: $0) == nil }
    }

    func channel(of stream: UInt16) -> DataChannel? { channels.first { $0.stream == stream } }

    func add(_ channel: DataChannel) {
        let place = channels.firstIndex { ($0.stream ?? 0) > (channel.stream ?? 0) } ?? channels.endIndex
        channels.insert(channel, at: place)
    }

    func remove(_ channel: DataChannel) { channels.removeAll { $0 === channel } }

    func reset(_ channel: DataChannel) {
        guard !channel.isResetSent, let stream = channel.stream else { return }
        channel.isResetSent = true
        endpoint?.reset(stream: stream)
    }
}
