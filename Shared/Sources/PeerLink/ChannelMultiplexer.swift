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
    var channels: [UInt16: DataChannel] = [:]
    private(set) var isOver = false
    private(set) var isUp = false

    private let clock: @LoopActor () -> MonotonicInstant
    private let handedBytesMax: Int
    private var isClient = false
    private var isFlushing = false
    private var waiting: [DataChannel] = []
    private var turns: UInt64 = 0
    private var window: (bytes: Int, at: MonotonicInstant)?
    private var handedBytes = 0
    private var acknowledgedBytes = 0
    private var inbound = RateMeter()
    private var outbound = RateMeter()

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
        guard waiting.count + channels.values.count(where: { !$0.isPeers }) < Self.ownChannelsMax else {
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
        let all = waiting + channels.values
        waiting = []
        channels = [:]
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
        return ChannelStatistics(
            counters: counters, path: endpoint?.path, bytesPerSecondIn: inbound.bytesPerSecond(at: now),
            bytesPerSecondOut: outbound.bytesPerSecond(at: now),
            bufferedBytes: (endpoint?.unacknowledgedBytes ?? 0)
                + channels.values.reduce(waiting.reduce(0) { $0 + $1.queue.bytes }) { $0 + $1.queue.bytes })
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

    func closing(_ channel: DataChannel) {
        if let index = waiting.firstIndex(where: { $0 === channel }) {
            waiting.remove(at: index)
            channel.closed()
        } else {
            flush()
        }
    }

    /// Hands messages over while the path has use for them.
    private func flush() {
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
        for channel in Array(channels.values) where channel.state == .closing && channel.queue.isEmpty {
            reset(channel)
        }
    }

    /// The channel of the highest priority that has something to send, and what; among equals the one whose last turn is
    /// the longest ago.
    private func next(at now: MonotonicInstant) -> (DataChannel, SendQueue.Entry)? {
        var best: (channel: DataChannel, entry: SendQueue.Entry)?
        for channel in channels.values where !channel.queue.isEmpty {
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

    private func sendEstablishment(_ message: DCEPMessage, stream: UInt16) {
        // Bounded by the channels a link may have; the association ends if even that finds no room.
        let outcome = message.encoded.withUnsafeBytes {
            endpoint?.send(
                $0, stream: stream, payloadProtocol: PayloadProtocol.establishment.rawValue, isOrdered: true)
        }
        if outcome != .taken { delegate?.associationEnded(.failure("a channel cannot be opened")) }
    }

    private func startWaiting() {
        let starting = waiting
        waiting = []
        for channel in starting {
            guard let stream = freeStream() else {
                channel.closed()
                continue
            }
            channel.stream = stream
            channels[stream] = channel
            let open = DCEPMessage.Open(
                label: channel.label, isOrdered: channel.options.isOrdered, priority: channel.options.priority.rawValue)
            sendEstablishment(.open(open), stream: stream)
        }
        flush()
    }

    private func freeStream() -> UInt16? {
        let first: UInt16 = isClient ? 0 : 1
        return stride(from: first, to: first + 2 * UInt16(Self.ownChannelsMax), by: 2).first { channels[$0] == nil }
    }

    private func reset(_ channel: DataChannel) {
        guard !channel.isResetSent, let stream = channel.stream else { return }
        channel.isResetSent = true
        endpoint?.reset(stream: stream)
    }
}

extension ChannelMultiplexer: SCTPEndpointDelegate {
    package func endpoint(_ endpoint: any SCTPEndpoint, transmit packet: UnsafeRawBufferPointer) {
        delegate?.transmit(packet)
    }

    package func endpointDidOpen(_ endpoint: any SCTPEndpoint) {
        guard !isOver else { return }
        isUp = true
        delegate?.associationDidOpen()
        if !isOver { startWaiting() }
    }

    package func endpointIsWritable(_ endpoint: any SCTPEndpoint) {
        guard !isOver else { return }
        let acknowledged = handedBytes - endpoint.unacknowledgedBytes
        if acknowledged > acknowledgedBytes {
            outbound.add(acknowledged - acknowledgedBytes, at: clock())
            acknowledgedBytes = acknowledged
        }
        flush()
        for channel in Array(channels.values) { channel.checkThreshold() }
    }

    package func endpoint(_ endpoint: any SCTPEndpoint, received message: borrowing InboundMessage) {
        guard !isOver else { return }
        switch PayloadProtocol(rawValue: message.payloadProtocol) {
        case .establishment: receiveEstablishment(Array(message.bytes), stream: message.stream)
        case .binary: deliver(message.bytes, .binary, message.stream)
        case .text: deliver(message.bytes, .text, message.stream)
        case .emptyBinary: deliver(UnsafeRawBufferPointer(start: nil, count: 0), .binary, message.stream)
        case .emptyText: deliver(UnsafeRawBufferPointer(start: nil, count: 0), .text, message.stream)
        // Deprecated kinds of partial messages and unknown ones (RFC 8831, section 8) have no meaning here.
        case nil: counters.stray += 1
        }
    }

    package func endpoint(_ endpoint: any SCTPEndpoint, peerResetStream stream: UInt16) {
        guard !isOver, let channel = channels.removeValue(forKey: stream) else { return }
        reset(channel)
        channel.closed()
    }

    package func endpoint(_ endpoint: any SCTPEndpoint, ended error: SCTPError) {
        guard !isOver else { return }
        let reason: CloseReason =
            switch error {
            case .ended: .peer
            case .messageTooLong: .messageTooLong
            case .unavailable: .failure("\(error)")
            }
        delegate?.associationEnded(reason)
    }

    private func deliver(_ bytes: UnsafeRawBufferPointer, _ kind: MessageKind, _ stream: UInt16) {
        guard let channel = channels[stream], channel.state != .closed else {
            counters.stray += 1
            return
        }
        counters.messagesIn += 1
        counters.bytesIn += UInt64(bytes.count)
        inbound.add(bytes.count, at: clock())
        channel.onMessage(bytes, kind)
    }

    private func receiveEstablishment(_ bytes: [UInt8], stream: UInt16) {
        let message: DCEPMessage
        do { message = try DCEPMessage(bytes) } catch {
            delegate?.associationEnded(.misbehaviour("\(error)"))
            return
        }
        switch message {
        case .acknowledgement:
            guard let channel = channels[stream], !channel.isPeers else { return counters.stray += 1 }
            channel.isAcknowledged = true
            channel.opened()
            flush()
        case .open(let open): peerOpens(open, stream)
        }
    }

    private func peerOpens(_ open: DCEPMessage.Open, _ stream: UInt16) {
        // The peer's streams are those of the other parity (RFC 8832, section 6).
        guard channels[stream] == nil, stream.isMultiple(of: 2) != isClient else {
            delegate?.associationEnded(.misbehaviour("it opened a channel on a stream that is not its own"))
            return
        }
        guard channels.values.count(where: { $0.isPeers }) < Self.peerChannelsMax else {
            delegate?.associationEnded(.misbehaviour("it opened more than \(Self.peerChannelsMax) channels"))
            return
        }
        let options = ChannelOptions(
            isOrdered: open.isOrdered, priority: ChannelOptions.Priority(rawValue: open.priority) ?? .normal)
        let channel = DataChannel(label: open.label, options: options, isPeers: true, multiplexer: self)
        channel.stream = stream
        channel.isAcknowledged = true
        channel.state = .open
        channels[stream] = channel
        sendEstablishment(.acknowledgement, stream: stream)
        guard !isOver else { return }
        delegate?.peerOpened(channel)
    }
}
