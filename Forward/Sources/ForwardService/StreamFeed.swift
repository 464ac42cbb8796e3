import CoreTypes
import EventLoop
import FanOut
import ForwardCore
import HTTPClient
import Logging
import MediaWire
import ServiceAPI

/// One stream at this forward: pulled from an upstream while somebody wants it, kept for its window, and given out in
/// the forms that are asked for.
@LoopActor
final class StreamFeed {
    /// What a request that needs the stream learns.
    enum Readiness {
        /// There is something to begin with.
        case ready
        /// No upstream has the stream.
        case unknown
        /// No upstream answers, or the stream has no chunk yet.
        case unavailable(String)
    }

    let name: StreamName
    private(set) var store: ChunkStore
    private(set) var state = StreamState.waiting
    private(set) var hello: RelayHello?
    private(set) var chunksReceived: UInt64 = 0 {
        didSet { totals.chunksReceived += chunksReceived - oldValue }
    }
    /// The client whose request made it; nil for a service.
    let askedBy: IPAddress?
    private(set) var bytesReceived: UInt64 = 0
    private(set) var reconnects: UInt64 = 0 {
        didSet { totals.reconnects += reconnects - oldValue }
    }
    private(set) var lastError: String?
    /// Its answers to viewers with tokens.
    let stripeAnswers = StripeAnswers()
    private(set) var representations: [Representation.Kind: Representation] = [:]

    private let configuration: ForwardConfiguration
    private let instance: RandomID
    private let requestPath: [String]
    private let client: HTTPClient
    private let fanOut: FanOut
    private let totals: FeedTotals
    private let log: Logger
    private var machine: UpstreamMachine
    private var connection: RelayConnection?
    private var probe: RelayConnection?
    private var timer: LoopTimer?
    private var waiters: [(forRecords: Bool, body: @LoopActor (Readiness) -> Void)] = []
    private var catchUpTo: UInt64?
    private var unknownInARow = 0
    private var lastUse = Clock.now
    private var lastChunk = Clock.now
    private var isStopped = false

    /// `requestPath` are the ids that the request came through which makes the stream wanted here: none of them can
    /// be an upstream.
    init(
        _ name: StreamName, configuration: ForwardConfiguration, instance: RandomID, requestPath: [String],
        askedBy: IPAddress?, client: HTTPClient, fanOut: FanOut, totals: FeedTotals, log: Logger
    ) {
        self.name = name
        self.configuration = configuration
        self.instance = instance
        self.requestPath = requestPath
        self.askedBy = askedBy
        self.client = client
        self.fanOut = fanOut
        self.totals = totals
        self.log = log
        store = ChunkStore(windowMs: configuration.windowMs)
        machine = UpstreamMachine(count: configuration.upstreams.count, now: Clock.now)
        advance()
    }

    /// Endless answers of this stream.
    var viewerCount: Int { representations.values.reduce(0) { $0 + $1.ring.viewerCount } }

    /// Those of them that somebody watches: a forward below tells of its viewers itself.
    var watchedCount: Int { viewerCount - (representations[.relay]?.ring.viewerCount ?? 0) }

    /// An upstream has said that there is such a stream.
    var isConfirmed: Bool { hello != nil }

    /// Bits a second that a reader of this form needs.
    func bitsPerSecond(of kind: Representation.Kind) -> Int {
        guard case .stripes(let stripes) = kind else { return store.bitsPerSecond }
        return store.bitsPerSecond * stripes.count / max(1, hello?.stripes ?? 2)
    }

    /// Bits a second that all who read need.
    var committedBitsPerSecond: Int {
        representations.values.reduce(0) { $0 + $1.ring.viewerCount * bitsPerSecond(of: $1.kind) }
    }

    /// Position of the upstream in use.
    var upstream: Int? { hello == nil ? nil : machine.current }

    /// Ids on the way from the origin to here.
    var path: [String] { (hello?.path ?? []) + [instance.description] }

    /// True when nobody has wanted the stream for the time it lingers, or it is over and everybody is gone.
    var isUnused: Bool {
        guard viewerCount == 0, waiters.isEmpty else { return false }
        // A name that nobody publishes must not keep its place: anybody can ask for any name.
        if store.newest == nil, unknownInARow >= configuration.upstreams.count { return true }
        return state == .ended || Clock.now.milliseconds(since: lastUse) > configuration.lingerMs
    }

    /// Calls back once there is a group to begin with, or it is clear that there will be none. A reader of records is
    /// told about a stream without chunks too: it learns from them that there are none yet.
    func whenReady(forRecords: Bool, _ body: @escaping @LoopActor (Readiness) -> Void) {
        lastUse = Clock.now
        if isReady(forRecords) { body(.ready) } else { waiters.append((forRecords, body)) }
    }

    /// The ring of a form; made and filled when it is not in use yet.
    func representation(_ kind: Representation.Kind) -> Representation {
        lastUse = Clock.now
        if let found = representations[kind] {
            found.touch()
            return found
        }
        var log = log
        log[metadataKey: "stream"] = "\(name)"
        let made = Representation(kind, fanOut: fanOut, windowMs: configuration.windowMs, log: log)
        made.backfill(from: store)
        representations[kind] = made
        return made
    }

    func touch() { lastUse = Clock.now }

    func stop() {
        isStopped = true
        timer?.cancel()
        connection?.cancel()
        probe?.cancel()
        for representation in representations.values { representation.ring.close() }
        tellWaiters(.unavailable("this forward is stopping"))
    }

    /// Once every 200 ms: pings, and forms that nobody reads any more.
    func housekeep() {
        for (kind, representation) in representations {
            representation.pingIfSilent(silenceMs: 400)
            if representation.ring.viewerCount > 0 {
                representation.touch()
            } else if Clock.now.milliseconds(since: representation.lastUse) > configuration.lingerMs {
                representation.ring.close()
                representations[kind] = nil
            }
        }
        if viewerCount > 0 { lastUse = Clock.now }
    }

    // MARK: Pulling

    private func isReady(_ forRecords: Bool) -> Bool {
        catchUpTo == nil && (store.newestKeyframe != nil || (forRecords && hello != nil))
    }

    private func advance() {
        timer?.cancel()
        guard !isStopped else { return }
        switch machine.next(now: Clock.now) {
        case .connect(let index):
            if let silent = connection { lost(silent) }
            connection = connect(index)
            // Also when the connection could not even begin: the machine moves on when told.
            if connection == nil { machine.failed(now: Clock.now) }
            timer = LoopTimer.after(milliseconds: connection == nil ? 0 : 50) { [weak self] in self?.advance() }
        case .probe(let index):
            probe?.cancel()
            probe = connect(index)
            timer = LoopTimer.after(milliseconds: 50) { [weak self] in self?.advance() }
        case .wait(let until):
            let delay = max(1, until.milliseconds(since: Clock.now))
            timer = LoopTimer.after(milliseconds: delay) { [weak self] in self?.advance() }
        }
    }

    private func connect(_ index: Int) -> RelayConnection? {
        let made = try? RelayConnection(
            name, upstream: index, url: configuration.upstreams[index], secret: configuration.secret,
            instance: instance, path: requestPath + [instance.description], from: store.newest.map { $0.sequence + 1 },
            backMs: 4_000, client: client)
        made?.onBytes = { [weak self] in self?.received(on: $0) }
        made?.onEvent = { [weak self] in self?.handle($1, from: $0) }
        made?.onEnd = { [weak self] in self?.ended($0, $1) }
        return made
    }

    /// The machine gave an upstream up that says nothing: it may be one of a circle of forwards that wait for each other.
    private func lost(_ silent: RelayConnection) {
        silent.cancel()
        reconnects += 1
        unknownInARow = 0
        lastError = "\(configuration.upstreams[silent.upstream]) is silent"
        log.info("Upstream lost", metadata: ["stream": "\(name)", "reason": "silence"])
        judgeUnknown()
    }

    private func received(on connection: RelayConnection) {
        if connection === self.connection { machine.received(now: Clock.now) }
    }

    private func ended(_ ended: RelayConnection, _ end: RelayConnection.End) {
        if ended === probe {
            probe = nil
            return
        }
        guard ended === connection else { return }
        connection = nil
        reconnects += 1
        switch end {
        case .unknownStream:
            unknownInARow += 1
            lastError = "unknown at \(configuration.upstreams[ended.upstream])"
        case .loop:
            unknownInARow += 1
            lastError = "\(configuration.upstreams[ended.upstream]) pulls from here: a loop"
            log.warning("Upstream loop", metadata: ["stream": "\(name)", "upstream": "\(ended.upstream)"])
        case .failed(let reason):
            unknownInARow = 0
            lastError = reason
            log.info("Upstream lost", metadata: ["stream": "\(name)", "reason": "\(reason)"])
        }
        machine.failed(now: Clock.now)
        judgeUnknown()
        advance()
    }

    /// Every upstream said that it has no such stream: a request is told so; a stream that was here waits for its
    /// publisher for 60 s and is over then.
    private func judgeUnknown() {
        guard unknownInARow >= configuration.upstreams.count else {
            if reconnects >= UInt64(configuration.upstreams.count) * 3, store.newest == nil {
                tellWaiters(.unavailable(lastError ?? "no upstream answers"))
            }
            return
        }
        if store.newest == nil { return tellWaiters(.unknown) }
        change(state: Clock.now.milliseconds(since: lastChunk) > 60_000 ? .ended : .waiting)
    }

    private func tellWaiters(_ readiness: Readiness) {
        let told = waiters
        waiters = []
        for waiter in told { waiter.body(readiness) }
    }

    private func tellReadyWaiters() {
        let told = waiters.filter { isReady($0.forRecords) }
        waiters.removeAll { isReady($0.forRecords) }
        for waiter in told { waiter.body(.ready) }
    }

    // MARK: Receiving

    private func handle(_ event: RelayReader.Event, from source: RelayConnection) {
        if source === probe {
            guard case .chunk = event else { return }
            // The better upstream delivers: it is the one from here on, and nothing is missed.
            log.info("Back to a better upstream", metadata: ["stream": "\(name)", "upstream": "\(source.upstream)"])
            connection?.cancel()
            connection = source
            probe = nil
            hello = source.hello
            machine.promoted(source.upstream, now: Clock.now)
        }
        switch event {
        case .hello: begin(source.hello)
        case .initSegment(let hash, let bytes): store.addInit(bytes, hash: hash)
        case .chunk(let chunk): add(chunk)
        case .state(let state): change(state: state)
        case .ping: break
        }
    }

    private func begin(_ hello: RelayHello?) {
        guard let hello else { return }
        if self.hello == nil { log.info("Pulling", metadata: ["stream": "\(name)"]) }
        self.hello = hello
        unknownInARow = 0
        catchUpTo = hello.sequence > (store.newest?.sequence ?? 0) ? hello.sequence : nil
        change(state: hello.state)
        tellReadyWaiters()
    }

    private func add(_ chunk: StoredChunk) {
        chunksReceived += 1
        bytesReceived += UInt64(chunk.bytes.count)
        lastChunk = Clock.now
        do { try store.append(chunk) } catch { return }
        machine.delivered(now: Clock.now)
        if state != .live { change(state: .live) }
        guard let header = store.initSegment(chunk.description.initHash) else { return }
        for representation in representations.values { representation.append(chunk, initSegment: header) }
        if let target = catchUpTo, chunk.sequence >= target { catchUpTo = nil }
        tellReadyWaiters()
    }

    private func change(state new: StreamState) {
        guard new != state else { return }
        state = new
        log.info("Stream state", metadata: ["stream": "\(name)", "state": "\(new.name)"])
        for representation in representations.values { representation.append(.state(new)) }
        guard new == .ended else { return }
        for representation in representations.values { representation.ring.close() }
        representations = [:]
        tellWaiters(.unknown)
    }
}
