import CoreTypes
import EventLoop
import PeerLink
import PeerWire

/// A link of an `InMemoryNetwork`: what a real one does, without sockets and encryption.
@LoopActor
final class InMemoryLink: PeerLink {
    weak var delegate: (any PeerLinkDelegate)?
    let number: UInt64
    let host: InMemoryHost
    private(set) var state = LinkState.new
    private(set) var localDescription: SessionDescription?
    private(set) weak var peer: InMemoryLink?
    private(set) var endpoint: InMemoryEndpoint?
    private let multiplexer: ChannelMultiplexer
    private var figures: LinkStatistics
    private var network: InMemoryNetwork { host.network }

    init(host: InMemoryHost, number: UInt64, delegate: (any PeerLinkDelegate)?) {
        self.host = host
        self.number = number
        self.delegate = delegate
        let clock = host.network.clock
        figures = LinkStatistics(made: clock.now)
        multiplexer = ChannelMultiplexer(
            outboundMessageBytesMax: host.configuration.outboundMessageBytesMax,
            handedBytesMax: host.configuration.sendBufferBytes, clock: { clock.now })
        multiplexer.delegate = self
    }

    func makeOffer() throws(LinkError) -> SessionDescription { try describe(.either) }

    func makeAnswer(to offer: SessionDescription) throws(LinkError) -> SessionDescription {
        let answer = try describe(.active)
        guard let peer = network.link(of: offer) else { throw .wrongState }
        self.peer = peer
        change(to: .connecting)
        return answer
    }

    func accept(_ answer: SessionDescription) throws(LinkError) {
        guard state == .new, localDescription?.setup == .either else { throw .wrongState }
        guard answer.setup != .either else { throw .notAnAnswer }
        guard let peer = network.link(of: answer), peer.peer === self else { throw .wrongState }
        self.peer = peer
        change(to: .connecting)
        // Checks, DTLS and SCTP take about four round trips.
        let delay = 8 * network.conditions(host, peer.host).delayMs
        network.clock.schedule(at: network.clock.now.advanced(byMilliseconds: Int64(delay.rounded(.up)))) {
            [weak self, weak peer] in
            guard let self, let peer, !network.isCut(host, peer.host) else { return }
            guard state == .connecting, peer.state == .connecting else { return }
            attach(isClient: false)
            peer.attach(isClient: true)
            endpoint?.open()
            peer.endpoint?.open()
        }
    }

    /// The candidates of an in-memory description say nothing, and none come later.
    func add(_ candidate: ICECandidate?) {}

    func openChannel(_ label: String, _ options: ChannelOptions) throws(LinkError) -> DataChannel {
        try multiplexer.open(label, options)
    }

    var statistics: LinkStatistics {
        var now = figures
        now.channels = multiplexer.statistics()
        return now
    }

    func close(_ reason: CloseReason) {
        guard !state.isClosed else { return }
        state = .closed(reason)
        network.clock.schedule(at: network.clock.now) { self.release() }
        multiplexer.end()
        delegate?.link(self, changedTo: state)
    }

    func received() { figures.lastReceived = network.clock.now }

    private func release() {
        multiplexer.release()
        endpoint = nil
        host.remove(self)
    }

    private func change(to state: LinkState) {
        self.state = state
        delegate?.link(self, changedTo: state)
    }

    private func describe(_ setup: SessionDescription.Setup) throws(LinkError) -> SessionDescription {
        guard state == .new, localDescription == nil,
            let fingerprint = CertificateFingerprint(bytes: (0..<32).map { _ in UInt8(truncatingIfNeeded: number) })
        else { throw .wrongState }
        var made = SessionDescription(
            userFragment: "link\(number)", password: "in-memory-links-need-none", fingerprint: fingerprint,
            setup: setup,
            messageBytesMax: host.configuration.inboundMessageBytesMax)
        made.isComplete = true
        localDescription = made
        network.clock.schedule(at: network.clock.now.advanced(byMilliseconds: host.configuration.setUpTimeoutMs)) {
            [weak self] in
            guard let self, state == .new || state == .connecting else { return }
            close(.setUpTimedOut)
        }
        return made
    }

    private func attach(isClient: Bool) {
        let endpoint = InMemoryEndpoint(link: self, network: network)
        self.endpoint = endpoint
        multiplexer.attach(
            endpoint, isClient: isClient,
            peerMessageBytesMax: peer?.localDescription?.messageBytesMax ?? 0)
    }
}

extension InMemoryLink: ChannelMultiplexerDelegate {
    func transmit(_ packet: UnsafeRawBufferPointer) {}

    func associationDidOpen() {
        guard !state.isClosed else { return }
        figures.opened = network.clock.now
        host.countOpened()
        change(to: .open)
    }

    func peerOpened(_ channel: DataChannel) { delegate?.link(self, peerOpened: channel) }

    func associationEnded(_ reason: CloseReason) { close(reason) }
}
