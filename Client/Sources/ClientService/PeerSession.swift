import CoreTypes
import Cryptography
import EventLoop
import HTTPClient
import Logging
import MediaWire
import PeerCore
import PeerLink
import PlayoutCore
import ServiceAPI
import ServiceKit

/// One viewer at work: carries out what its `PeerMachine` decides, between forwards, other viewers and the tracker on one
/// side and the player on the other.
@LoopActor
final class PeerSession {
    /// What a session needs beside the stream.
    struct Configuration {
        var peer = PeerConfiguration()
        /// Exchange pieces with other viewers.
        var usesPeers = true
        /// Makes links.
        var network: PeerNetwork
        /// What it does wrong, for tests.
        var misbehaviour: Misbehaviour?
    }

    /// Milliseconds without a chunk after which a stream that the coordinate does not know has ended.
    private static let absenceMs: Int64 = 60_000

    /// The stream is over, or the tracker sent this viewer away for good.
    var onStreamEnded: @LoopActor () -> Void = {}

    let viewer: Viewer
    let feed: ForwardFeed
    private(set) var tracker: TrackerClient?
    private(set) var links: LinkPool?

    private let stream: StreamName
    private let api: CoordinateAPI
    private let client: HTTPClient
    private let log: Logger
    private let configuration: Configuration
    private var machine: PeerMachine
    private let fetcher: ChunkFetcher
    private var timers: [LoopTimer] = []
    private var isPerforming = false
    private var isStopped = false
    private var lastProbe = Clock.now
    private var lastCompletion = Clock.now
    private var misbehaver: Misbehaver?
    private var capacityDeclared = 0

    init(
        _ stream: StreamName, key: VerifyingKey, configuration: Configuration, viewer: Viewer, api: CoordinateAPI,
        client: HTTPClient, log: Logger
    ) {
        self.stream = stream
        self.api = api
        self.client = client
        self.log = log
        self.viewer = viewer
        self.configuration = configuration
        machine = PeerMachine(
            configuration.peer, hash: { SHA256.short($0) }, verify: Self.verification(key, stream))
        feed = ForwardFeed(stream, api: api, client: client, log: log)
        fetcher = ChunkFetcher(stream, client: client)
        misbehaver = configuration.misbehaviour.map { Misbehaver($0) }
    }

    private static func verification(_ key: VerifyingKey, _ stream: StreamName) -> PeerMachine.Verify {
        let verifier = ManifestVerifier(key: key, stream: stream)
        return { signed in
            do {
                _ = try verifier.verify(signed)
                return nil
            } catch {
                return "\(error)"
            }
        }
    }

    // MARK: Reading

    var counters: PeerCounters { machine.counters }
    var snapshot: PeerSnapshot { machine.snapshot }
    var id: PeerID? { machine.id }
    /// Something sends at least one stripe.
    ///
    /// While there is no publisher nobody can.
    var isFed: Bool {
        viewer.state != .live || feed.forward != nil || machine.snapshot.stripes.contains { $0.primary?.peer != nil }
    }

    // MARK: Life

    /// Begins. `assignment` is what the coordinate said, if it was asked already.
    func start(_ assignment: TrackerAssignment?) {
        viewer.onReleased = { [weak self] sequence in self?.machine.noteReleased(sequence) }
        connectFeed()
        timers.append(
            LoopTimer.every(milliseconds: PeerConfiguration.tickMs) { [weak self] in self?.tick() })
        feed.start(assignment)
        guard configuration.usesPeers else { return run { $0.liveOffForwards(now: $1) } }
        join()
        // The first wish, the newest group of a forward, does not wait for a tick.
        tick()
    }

    /// Leaves: neighbours and the tracker are told, and children served until they have other parents, for up to
    /// `graceMs`.
    func stop(graceMs: Int64 = 1_500) async {
        guard !isStopped else { return }
        run { $0.leave(now: $1) }
        await tracker?.leave()
        let began = Clock.now
        while !machine.snapshot.children.isEmpty, Clock.now.milliseconds(since: began) < graceMs, !isStopped {
            await withCheckedContinuation { done in LoopTimer.after(milliseconds: 50) { done.resume() } }
        }
        vanish()
    }

    /// Ends without a word, as a process that is killed does.
    func vanish() {
        isStopped = true
        for timer in timers { timer.cancel() }
        feed.stop()
        fetcher.stop()
        tracker?.vanish()
        links?.close()
    }

    private func connectFeed() {
        feed.firstWanted = { [weak self] in self?.machine.forwardFrom }
        feed.onMisbehaviour = { [weak self] in self?.run { machine, _ in machine.countMisbehaviour() } }
        feed.onOpen = { [weak self] isOpen in
            self?.run { isOpen ? $0.forwardOpened(now: $1) : $0.forwardClosed(now: $1) }
        }
        feed.onRefused = { [weak self] retryMs in self?.run { $0.forwardRefused(retryMs: retryMs, now: $1) } }
        feed.onKey = { [weak self] key in
            guard let self else { return }
            machine.change(verify: Self.verification(key, stream))
        }
        feed.trackerToken = { [weak self] in self?.tracker?.token }
        feed.onEvent = { [weak self] in self?.take($0) }
        fetcher.onRecord = { [weak self] record in
            self?.run { machine, now in
                switch record {
                case .manifest(let signed): machine.takeFromForward(signed, now: now)
                case .piece(let sequence, let index, let bytes):
                    machine.takeFromForward(piece: bytes, index: Int(index), sequence: sequence, now: now)
                case .chunk(let sequence, let bytes):
                    machine.takeFromForward(chunk: bytes, sequence: sequence, now: now)
                default: break
                }
            }
        }
    }

    private func take(_ event: ForwardConnection.Event) {
        switch event {
        case .hello(let hello): change(hello.state)
        case .initSegment(let hash, let bytes): run { $0.takeFromForward(initSegment: hash, bytes, now: $1) }
        case .manifest(let signed): run { $0.takeFromForward(signed, now: $1) }
        case .piece(let sequence, let index, let bytes):
            let before = machine.forwardHead
            run { $0.takeFromForward(piece: bytes, index: index, sequence: sequence, now: $1) }
            if machine.forwardHead > before { feed.noteChunk() }
        case .state(let state): change(state)
        case .ping: break
        }
    }

    // MARK: The tracker

    private func join() {
        let tracker = TrackerClient(stream, api: api, client: client, log: log)
        self.tracker = tracker
        tracker.capacity = { [weak self] in self?.declareCapacity() ?? 0 }
        tracker.children = { [weak self] in
            self?.machine.assignedChildren.map { ChildDescription(stripe: $0.stripe, peer: $0.peer) } ?? []
        }
        tracker.onPlace = { [weak self] place in self?.take(place) }
        tracker.onUndelivered = { [weak self] peer in self?.links?.giveUp(peer) }
        tracker.onEvent = { [weak self] event in self?.take(event) }
        tracker.report = { [weak self] in self?.makeReport() ?? PeerReport() }
        tracker.onUnreachable = { [weak self] in self?.run { $0.liveOffForwards(now: $1) } }
        tracker.start()
    }

    private func take(_ place: PeerPlace) {
        feed.prefer(place.parents.compactMap(\.forwardURL).first, of: place.forwards)
        if links == nil { openLinks(place) }
        run { machine, now in
            machine.join(as: place.id)
            machine.place(
                place.parents.map(\.assignment), children: place.children.map { ($0.stripe, $0.peer) }, now: now)
        }
    }

    private func openLinks(_ place: PeerPlace) {
        let pool = LinkPool(configuration.network, stunServers: place.ice.flatMap(\.urls), log: log)
        pool.accepts = { [weak self] peer, relay in
            var isAccepted = false
            self?.run { isAccepted = $0.offered(by: peer, relay: relay, now: $1) }
            return isAccepted
        }
        pool.onOpen = { [weak self] peer in self?.run { $0.opened(peer, now: $1) } }
        pool.onClosed = { [weak self] peer, fault in self?.run { $0.closed(peer, fault: fault, now: $1) } }
        pool.onMessage = { [weak self] peer, bytes in self?.received(bytes, from: peer) }
        pool.onBuffered = { [weak self] peer, bytes in self?.run { $0.buffered(peer, bytes, now: $1) } }
        pool.signalTracker = { [weak self] signal in self?.tracker?.send(signal) }
        pool.signalRelay = { [weak self] relay, peer, text in
            self?.run { $0.relay(Array(text.utf8), to: peer, through: relay, now: $1) }
        }
        links = pool
    }

    private func received(_ bytes: [UInt8], from peer: PeerID) {
        run { $0.received(bytes[...], from: peer, now: $1) }
    }

    private func take(_ event: TrackerEvent) {
        switch event {
        case .parent(let parent):
            if let forward = parent.forwardURL { feed.prefer(forward, of: []) }
            run { $0.assign(parent.assignment, now: $1) }
        case .child(let child):
            run { $0.addChild(child.peer, stripe: child.stripe, now: $1) }
        case .drop(let child):
            run { $0.dropChild(child.peer, stripe: child.stripe, now: $1) }
        case .signal(let event): links?.take(event.signal, from: event.from, relay: nil)
        case .forwards(let forwards): feed.prefer(nil, of: forwards)
        case .ended: if feed.forward == nil { change(.ended) }
        }
    }

    private func makeReport() -> PeerReport {
        let counters = machine.counters
        let playout = viewer.counters(isFed: isFed)
        var report = PeerReport()
        report.parents = machine.assignments.map { ParentDescription($0) }
        report.children = machine.snapshot.children.map(\.peer)
        report.capacity = declareCapacity()
        report.stats = PeerStatistics(
            bytesFromPeers: counters.bytesFromPeers, bytesFromForwards: counters.bytesFromForwards,
            uploadBytes: counters.uploadBytes,
            continuity: playout.due == 0 ? nil : Double(playout.onTime) / Double(playout.due))
        misbehaver?.change(&report)
        return report
    }

    /// How many children the tracker is told that can be fed.
    private func declareCapacity() -> Int {
        capacityDeclared = misbehaver?.capacity ?? machine.capacity
        return capacityDeclared
    }

    // MARK: The machine

    private func run(_ body: (inout PeerMachine, PeerTime) -> Void) {
        guard !isStopped else { return }
        body(&machine, PeerTime(monotonic: Clock.now, wall: viewer.clock.now))
        perform()
    }

    /// Carries actions out; what they lead to in turn is carried out by the outermost call.
    private func perform() {
        guard !isPerforming else { return }
        isPerforming = true
        defer { isPerforming = false }
        while true {
            let actions = machine.takeActions()
            guard !actions.isEmpty else { return }
            for action in actions { perform(action) }
        }
    }

    private func perform(_ action: PeerAction) {
        switch action {
        case .connect(let peer, let relay): links?.connect(peer, relay: relay)
        case .close(let peer, let reason):
            log.debug("Link closed", metadata: ["peer": "\(peer)", "reason": "\(reason)"])
            links?.close(peer, reason)
        case .send(let peer, let bytes, let lifetimeMs): send(bytes, to: peer, lifetimeMs: lifetimeMs)
        case .signal(let from, let relay, let bytes):
            guard let signal = try? decodeJSON(LinkSignal.self, from: bytes), signal.mistake == nil else { return }
            links?.take(signal, from: from, relay: relay)
        case .takeFromForward(let stripes, _, let why): feed.take(stripes, why: why)
        case .fetch(let sequence, let indices, let why):
            guard let forward = feed.forwards.first else { return }
            fetcher.fetch(sequence, indices, why: why, forward: forward, token: feed.bearer)
        case .reportLost(let stripe, let peer, let reason):
            log.info("Parent lost", metadata: ["stripe": "\(stripe)", "peer": "\(peer)", "reason": "\(reason)"])
            tracker?.reportLost(stripe, peer, reason)
        case .accuse(let peer, let reason):
            log.warning("Viewer dropped", metadata: ["peer": "\(peer)", "reason": "\(reason)"])
            tracker?.accuse(peer, reason)
        case .announce(let description): viewer.announce(description)
        case .chunk(let chunk):
            lastCompletion = Clock.now
            viewer.add(chunk)
        case .initSegment(let hash, let bytes): viewer.add(initSegment: hash, bytes)
        case .blameForward(let reason): feed.blame(reason)
        }
    }

    private func send(_ bytes: [UInt8], to peer: PeerID, lifetimeMs: Int64?) {
        guard var misbehaver else { return links?.send(bytes, to: peer, lifetimeMs: lifetimeMs) ?? () }
        let all = misbehaver.change(bytes)
        self.misbehaver = misbehaver
        for bytes in all { links?.send(bytes, to: peer, lifetimeMs: lifetimeMs) }
    }

    private func tick() {
        links?.reportBuffered()
        run { $0.tick(now: $1) }
        // Children that cannot be fed must have other parents soon; that more could be fed is not urgent.
        if machine.capacity < capacityDeclared, misbehaver == nil { tracker?.reportSoon() }
        if var misbehaver {
            for peer in machine.openPeers {
                for bytes in misbehaver.tick() { links?.send(bytes, to: peer, lifetimeMs: nil) }
            }
            misbehaver.tick(tracker, neighbours: machine.openPeers)
            self.misbehaver = misbehaver
        }
        probe()
    }

    // MARK: The stream's state

    private func change(_ state: StreamState) {
        viewer.change(state)
        if state == .ended { onStreamEnded() }
    }

    /// Neighbours may agree that there is nothing new, and cannot tell why: the coordinate can.
    private func probe() {
        let now = Clock.now
        let pauseMs: Int64 = viewer.state == .live ? 1_000 : 3_000
        guard viewer.firstRelease != nil, viewer.state != .ended, now.milliseconds(since: lastCompletion) > 1_000,
            now.milliseconds(since: lastProbe) > pauseMs
        else { return }
        lastProbe = now
        Task {
            let seen: StreamDescription
            do throws(CoordinateAPI.Failure) { seen = try await api.stream(stream) } catch {
                // A coordinate that has restarted does not know the stream until its publisher is back.
                let isGone = Clock.now.milliseconds(since: lastCompletion) > Self.absenceMs
                if case .unknownStream = error, isGone, !isStopped { change(.ended) }
                return
            }
            guard !isStopped else { return }
            // A forward that sends knows better, and sooner.
            if feed.forward == nil { change(seen.state) }
            if seen.state == .live { run { $0.noteSequence(seen.sequence, now: $1) } }
        }
    }
}

extension PeerSession.Configuration {
    /// What the options mean for a stream.
    @LoopActor
    init(_ options: PeerOptions, stream: StreamDescription, bufferMs: Int64, network: PeerNetwork) {
        self.init(network: network)
        peer.stripes = max(1, min(stream.stripes, WireLimits.stripeCountMax))
        peer.bufferMs = bufferMs
        peer.chunkMs = Int64(max(20, min(stream.chunkMs, 10_000)))
        peer.capacity = options.startCapacity(bitrate: stream.bitrate, stripes: peer.stripes)
        if case .bitsPerSecond(let rate) = options.upload { peer.uploadBytesPerSecond = rate / 8 }
        // Trackers offer no relays yet: whoever wants nothing else cannot be anybody's neighbour.
        usesPeers = options.usesPeers && !options.usesRelayOnly
        misbehaviour = options.misbehaviour
    }
}
