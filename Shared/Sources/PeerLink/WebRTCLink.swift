import CoreTypes
import DTLSCore
import EventLoop
import ICECore
import PeerWire
import SCTPCore

/// A link as browsers speak it: ICE finds a path, DTLS encrypts, SCTP repeats and orders, DCEP names channels (RFC 8831).
@LoopActor
final class WebRTCLink: PeerLink {
    /// Candidates that are taken from a peer.
    private static let candidatesMax = SessionDescription.candidatesMax
    /// DTLS datagrams that may overtake this side's own idea of being connected.
    private static let earlyDatagramsMax = 8

    weak var delegate: (any PeerLinkDelegate)?
    let number: UInt64
    private(set) var state = LinkState.new
    let multiplexer: ChannelMultiplexer

    private let host: PeerLinkHost
    private let configuration: HostConfiguration
    private var figures: LinkStatistics
    private var agent: (any ICEAgent)?
    private var session: DTLSSession?
    private var impaired: ImpairedPath?
    private var local: SessionDescription?
    private var remote: SessionDescription?
    private var isClient = false
    private var isConnected = false
    private var isGathered = false
    private var candidateCount = 0
    /// Candidates that came before the answer they belong to; as many as are taken at all.
    private var overtakingCandidates: [ICECandidate?] = []
    private var early: [[UInt8]] = []
    private var setUpTimer: LoopTimer?

    init(host: PeerLinkHost, number: UInt64, delegate: (any PeerLinkDelegate)?) {
        self.host = host
        self.number = number
        self.delegate = delegate
        configuration = host.configuration
        figures = LinkStatistics(made: Clock.now)
        multiplexer = ChannelMultiplexer(
            outboundMessageBytesMax: configuration.outboundMessageBytesMax,
            handedBytesMax: configuration.sendBufferBytes, clock: { Clock.now })
        multiplexer.delegate = self
        if let impairment = configuration.impairment {
            impaired = ImpairedPath(impairment, bottleneck: host.bottleneck, link: number) { [weak self] datagram in
                self?.put(datagram)
            }
        }
    }

    // MARK: Offer and answer

    var localDescription: SessionDescription? {
        guard var local, let agent else { return local }
        local.candidates = agent.candidates
        local.isComplete = isGathered
        return local
    }

    func makeOffer() throws(LinkError) -> SessionDescription {
        try begin(isOfferer: true, setup: .either, mediaID: "0")
    }

    func makeAnswer(to offer: SessionDescription) throws(LinkError) -> SessionDescription {
        // Of two that may, the answerer begins the handshake: its first flight meets an offerer that is ready (RFC 8842).
        isClient = offer.setup != .active
        let answer = try begin(isOfferer: false, setup: isClient ? .active : .passive, mediaID: offer.mediaID)
        connect(to: offer)
        return answer
    }

    func accept(_ answer: SessionDescription) throws(LinkError) {
        guard state == .new, local?.setup == .either else { throw .wrongState }
        guard answer.setup != .either else { throw .notAnAnswer }
        isClient = answer.setup == .passive
        connect(to: answer)
    }

    private func begin(
        isOfferer: Bool, setup: SessionDescription.Setup, mediaID: String
    ) throws(LinkError) -> SessionDescription {
        guard state == .new, local == nil else { throw .wrongState }
        let agent: NiceAgent
        do {
            agent = try NiceAgent(configuration.ice, isControlling: isOfferer)
            agent.delegate = self
            self.agent = agent
            try agent.gather()
        } catch {
            close(.failure("\(error)"))
            throw .unavailable("\(error)")
        }
        local = SessionDescription(
            userFragment: agent.credentials.userFragment, password: agent.credentials.password,
            fingerprint: host.identity.fingerprint, setup: setup, mediaID: mediaID,
            messageBytesMax: configuration.inboundMessageBytesMax)
        setUpTimer = LoopTimer.after(milliseconds: configuration.setUpTimeoutMs) { [weak self] in
            self?.close(.setUpTimedOut)
        }
        guard let description = localDescription else { throw .wrongState }
        return description
    }

    private func connect(to remote: SessionDescription) {
        self.remote = remote
        change(to: .connecting)
        agent?.start(with: ICECredentials(userFragment: remote.userFragment, password: remote.password))
        for candidate in remote.candidates { add(candidate) }
        if remote.isComplete { add(nil) }
        let overtaking = overtakingCandidates
        overtakingCandidates = []
        for candidate in overtaking { add(candidate) }
    }

    func add(_ candidate: ICECandidate?) {
        guard let agent, !state.isClosed else { return }
        guard remote != nil else {
            if overtakingCandidates.count < Self.candidatesMax { overtakingCandidates.append(candidate) }
            return
        }
        guard let candidate else { return agent.add(nil) }
        guard candidate.usableAddress != nil, candidateCount < Self.candidatesMax else {
            figures.candidatesIgnored += 1
            return
        }
        candidateCount += 1
        agent.add(candidate)
    }

    // MARK: Life

    func openChannel(_ label: String, _ options: ChannelOptions) throws(LinkError) -> DataChannel {
        try multiplexer.open(label, options)
    }

    var statistics: LinkStatistics {
        var now = figures
        now.channels = multiplexer.statistics()
        now.selectedPair = agent?.selectedPair
        return now
    }

    func close(_ reason: CloseReason) {
        guard !state.isClosed else { return }
        state = .closed(reason)
        setUpTimer?.cancel()
        setUpTimer = nil
        // Perhaps within a callback of usrsctp, OpenSSL or libnice: what they own is freed in the next turn.
        LoopTimer.after(milliseconds: 0) { self.release() }
        multiplexer.end()
        delegate?.link(self, changedTo: state)
    }

    /// In this order: each layer says goodbye over the one below.
    private func release() {
        multiplexer.release()
        session?.close()
        session = nil
        impaired?.close()
        impaired = nil
        figures.selectedPair = nil
        agent?.close()
        agent = nil
        early = []
        overtakingCandidates = []
        host.remove(self)
    }

    private func change(to state: LinkState) {
        self.state = state
        delegate?.link(self, changedTo: state)
    }

    // MARK: Datagrams

    private func startSession() {
        guard session == nil, isConnected, let remote, !state.isClosed else { return }
        do {
            let session = try DTLSSession(
                identity: host.identity, isClient: isClient, expecting: remote.fingerprint)
            self.session = session
            session.onDatagram = { [weak self] in self?.send($0) }
            session.onOpen = { [weak self] in self?.startAssociation() }
            session.onData = { [weak self] in self?.multiplexer.endpoint?.receive($0) }
            session.onEnd = { [weak self] in self?.sessionEnded($0) }
            session.start()
            for datagram in early where !state.isClosed { datagram.withUnsafeBytes { session.receive($0) } }
            early = []
        } catch {
            close(.failure("\(error)"))
        }
    }

    private func startAssociation() {
        guard let remote, !state.isClosed else { return }
        do {
            let endpoint = try UsrsctpEndpoint(
                port: SessionDescription.defaultPort, remotePort: remote.sctpPort, configuration: configuration.sctp)
            multiplexer.attach(endpoint, isClient: isClient, peerMessageBytesMax: remote.messageBytesMax)
        } catch {
            close(.failure("\(error)"))
        }
    }

    private func sessionEnded(_ error: DTLSError) {
        switch error {
        case .closedByPeer: close(.peer)
        case .wrongFingerprint: close(.wrongFingerprint)
        case .handshake: close(.handshake("\(error)"))
        case .unavailable, .broken: close(.failure("\(error)"))
        }
    }

    private func send(_ datagram: UnsafeRawBufferPointer) {
        figures.datagramsOut += 1
        if let impaired { impaired.send(datagram) } else { put(datagram) }
    }

    private func put(_ datagram: UnsafeRawBufferPointer) {
        if agent?.send(datagram) != true { figures.datagramsDropped += 1 }
    }
}

extension WebRTCLink: ICEAgentDelegate {
    func agent(_ agent: any ICEAgent, found candidate: ICECandidate?) {
        if candidate == nil { isGathered = true }
        // Until the description is made, it holds them all.
        guard local != nil, !state.isClosed else { return }
        delegate?.link(self, found: candidate)
    }

    func agentDidConnect(_ agent: any ICEAgent) {
        isConnected = true
        startSession()
    }

    func agentDidFail(_ agent: any ICEAgent) { close(.noPath) }

    func agent(_ agent: any ICEAgent, received datagram: UnsafeRawBufferPointer) {
        guard !state.isClosed, DatagramKind(of: datagram) == .dtls else { return }
        figures.datagramsIn += 1
        figures.lastReceived = Clock.now
        if let session {
            session.receive(datagram)
        } else if early.count < Self.earlyDatagramsMax {
            early.append(Array(datagram))
        }
    }
}

extension WebRTCLink: ChannelMultiplexerDelegate {
    func transmit(_ packet: UnsafeRawBufferPointer) { session?.send(packet) }

    func associationDidOpen() {
        guard !state.isClosed else { return }
        setUpTimer?.cancel()
        setUpTimer = nil
        figures.opened = Clock.now
        host.countOpened()
        change(to: .open)
    }

    func peerOpened(_ channel: DataChannel) { delegate?.link(self, peerOpened: channel) }

    func associationEnded(_ reason: CloseReason) { close(reason) }
}
