import CoreTypes
import EventLoop
import Glibc
import PeerLink
import SCTPCore

/// An SCTP association without packets: messages arrive after the time that delay, bandwidth, jitter and repetitions
/// would take.
@LoopActor
final class InMemoryEndpoint: SCTPEndpoint {
    private enum Delivery {
        case message([UInt8], payloadProtocol: UInt32)
        case reset
        case end
    }
    private struct Parcel {
        let stream: UInt16
        let delivery: Delivery
    }

    private static let packetBytes = 1_150
    private static let sendBufferBytes = 128 * 1024
    private static let repetitionMs = 50.0

    weak var delegate: (any SCTPEndpointDelegate)?
    private(set) var unacknowledgedBytes = 0
    private unowned let link: InMemoryLink
    private let network: InMemoryNetwork
    private var isOpen = false
    private var isClosed = false
    private var held: [Parcel] = []
    private var busyUntil = MonotonicInstant(nanoseconds: 0)
    private var lastArrival: [UInt16: MonotonicInstant] = [:]
    private var latestArrival = MonotonicInstant(nanoseconds: 0)

    init(link: InMemoryLink, network: InMemoryNetwork) {
        self.link = link
        self.network = network
    }

    func connect() {}

    func receive(_ packet: UnsafeRawBufferPointer) {}

    func open() {
        guard !isClosed else { return }
        isOpen = true
        delegate?.endpointDidOpen(self)
    }

    func send(
        _ message: UnsafeRawBufferPointer, stream: UInt16, payloadProtocol: UInt32, isOrdered: Bool
    ) -> SCTPSendOutcome {
        guard isOpen, !isClosed else { return .refused(code: ENOTCONN) }
        guard unacknowledgedBytes + message.count <= Self.sendBufferBytes else { return .full }
        unacknowledgedBytes += message.count
        var arrival = arrival(ofBytes: message.count)
        if isOrdered { arrival = max(arrival, lastArrival[stream] ?? arrival) }
        lastArrival[stream] = max(arrival, lastArrival[stream] ?? arrival)
        post(Parcel(stream: stream, delivery: .message(Array(message), payloadProtocol: payloadProtocol)), at: arrival)
        return .taken
    }

    func reset(stream: UInt16) {
        guard isOpen, !isClosed else { return }
        post(
            Parcel(stream: stream, delivery: .reset),
            at: max(arrival(ofBytes: 16), lastArrival[stream] ?? network.clock.now))
    }

    var path: SCTPPath? {
        guard isOpen, !isClosed, let peer = link.peer else { return nil }
        let conditions = network.conditions(link.host, peer.host)
        let roundTripMs = 2 * conditions.delayMs
        let product = (conditions.bitsPerSecond ?? 100_000_000) / 8 * roundTripMs / 1_000
        return SCTPPath(
            congestionWindow: Int(min(max(product, 12_000), 1_000_000)), roundTripMs: Int(roundTripMs.rounded(.up)),
            retransmissionTimeoutMs: Int(roundTripMs) + 200, receiverWindow: 256 * 1024)
    }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        if isOpen { post(Parcel(stream: 0, delivery: .end), at: arrival(ofBytes: 16)) }
    }

    /// What a cut held back sets out again.
    func retryHeld() {
        guard let peer = link.peer, !network.isCut(link.host, peer.host) else { return }
        let parcels = held
        held = []
        for parcel in parcels { post(parcel, at: arrival(ofBytes: Self.packetBytes)) }
    }

    // MARK: Travel

    private func arrival(ofBytes count: Int) -> MonotonicInstant {
        guard let peer = link.peer else { return network.clock.now }
        let conditions = network.conditions(link.host, peer.host)
        let now = network.clock.now
        var departure = max(now, busyUntil)
        if let rate = conditions.bitsPerSecond, rate > 0 {
            departure.nanoseconds += UInt64(Double(count) * 8 / rate * 1_000_000_000)
            busyUntil = departure
        }
        var milliseconds = conditions.delayMs
        if conditions.jitterMs > 0 {
            milliseconds += Double.random(in: 0...conditions.jitterMs, using: &network.generator)
        }
        if conditions.loss > 0 { milliseconds += repetitions(ofBytes: count, conditions) }
        return MonotonicInstant(nanoseconds: departure.nanoseconds + UInt64(milliseconds * 1_000_000))
    }

    /// Milliseconds until the packet that was lost most often has arrived.
    private func repetitions(ofBytes count: Int, _ conditions: PathConditions) -> Double {
        var most = 0
        for _ in 0..<(count / Self.packetBytes + 1) {
            var losses = 0
            // Bounded, so that a loss of 1 is slow and not for ever.
            while losses < 10, Double.random(in: 0..<1, using: &network.generator) < conditions.loss { losses += 1 }
            most = max(most, losses)
        }
        return Double(most) * (2 * conditions.delayMs + Self.repetitionMs)
    }

    private func post(_ parcel: Parcel, at arrival: MonotonicInstant) {
        var arrival = arrival
        // An end overtakes nothing.
        if case .end = parcel.delivery { arrival = max(arrival, latestArrival) }
        latestArrival = max(latestArrival, arrival)
        network.clock.schedule(at: arrival) { [self, peer = link.peer, hosts = (link.host, link.peer?.host)] in
            guard let peer, let peerHost = hosts.1 else { return }
            if network.isCut(hosts.0, peerHost) {
                held.append(parcel)
            } else {
                peer.endpoint?.arrived(parcel.stream, parcel.delivery, sender: self)
            }
        }
    }

    private func arrived(_ stream: UInt16, _ delivery: Delivery, sender: InMemoryEndpoint) {
        guard isOpen, !isClosed else { return }
        link.received()
        switch delivery {
        case .reset: delegate?.endpoint(self, peerResetStream: stream)
        case .end: delegate?.endpoint(self, ended: .ended)
        case .message(let bytes, let payloadProtocol):
            sender.acknowledge(bytes.count, after: link)
            guard bytes.count <= link.host.configuration.inboundMessageBytesMax else {
                delegate?.endpoint(self, ended: .messageTooLong)
                return
            }
            bytes.withUnsafeBytes {
                delegate?.endpoint(
                    self, received: InboundMessage(borrowing: $0, stream: stream, payloadProtocol: payloadProtocol))
            }
        }
    }

    private func acknowledge(_ count: Int, after peer: InMemoryLink) {
        let delay = network.conditions(link.host, peer.host).delayMs
        network.clock.schedule(
            at: MonotonicInstant(nanoseconds: network.clock.now.nanoseconds + UInt64(delay * 1_000_000))
        ) { [self] in
            guard !isClosed else { return }
            unacknowledgedBytes -= count
            link.received()
            delegate?.endpointIsWritable(self)
        }
    }
}
