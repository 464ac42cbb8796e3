import CoreTypes
import Cryptography
import EventLoop
import HTTPClient
import Logging
import MediaWire
import PeerCore
import PlayoutCore
import ServiceAPI

/// Keeps stripes coming from the forwards that the coordinate or a tracker names: one connection at a time, the next
/// forward at once after a break or a second of silence, and a valid token at hand at any time. It lives on what it
/// knows while the coordinate is away.
@LoopActor
final class ForwardFeed {
    /// Milliseconds between questions for forwards and a fresh token, which is valid for 60 s.
    static let refreshMs: Int64 = 30_000
    /// Milliseconds without any whole record after which bytes alone no longer count as a sign of life.
    static let recordMs: Int64 = 5_000
    /// Milliseconds without a chunk after which the coordinate is asked whether there is any; until it is asked again,
    /// doubled up to the maximum.
    static let chunkSilenceMs: Int64 = 1_000, lookAgainMs: Int64 = 800, lookAgainMsMax: Int64 = 12_800

    /// Where to go on after a break: the first chunk still wanted; nil for the newest group.
    var firstWanted: @LoopActor () -> UInt64? = { nil }
    var onEvent: @LoopActor (ForwardConnection.Event) -> Void = { _ in }
    /// A forward sent what no honest one sends.
    var onMisbehaviour: @LoopActor () -> Void = {}
    /// A connection is up, or not any more.
    var onOpen: @LoopActor (Bool) -> Void = { _ in }
    /// A forward has no room for the reason given; asked again only when `take` is called.
    var onRefused: @LoopActor (_ retryMs: Int64) -> Void = { _ in }
    /// The coordinate may have got another key.
    var onKey: @LoopActor (VerifyingKey) -> Void = { _ in }
    /// The token that a tracker gave, which counts more than the coordinate's; nil when there is none that is valid.
    var trackerToken: @LoopActor () -> String? = { nil }

    /// Connections opened after the first.
    private(set) var reconnects: UInt64 = 0
    /// Why the last connection or question failed.
    private(set) var lastProblem: String?

    private let stream: StreamName
    private let api: CoordinateAPI
    private let client: HTTPClient
    private let log: Logger
    private var stripes: [Int] = []
    private var reason = ForwardReason.start
    private var preferred: String?
    private var chooser = SourceChooser(now: Clock.now)
    private var token = ""
    private var connection: ForwardConnection?
    private var timer: LoopTimer?
    private var refreshTimer: LoopTimer?
    private var refreshFailures = 0
    private var isRefreshing = false
    private var isRefreshSoon = false
    private var isStopped = false
    private var connections: UInt64 = 0
    private var lastRecord = Clock.now
    private var lastChunk = Clock.now
    private var nextLook = Clock.now
    private var looks = 0
    private var sequenceSeen: UInt64?

    init(_ stream: StreamName, api: CoordinateAPI, client: HTTPClient, log: Logger) {
        self.stream = stream
        self.api = api
        self.client = client
        self.log = log
    }

    /// The forward that the stream comes from; nil between two.
    var forward: String? { connection.flatMap { $0.isOpen ? $0.forward : nil } }

    func start(_ assignment: TrackerAssignment?) {
        if let assignment { take(assignment) }
        scheduleRefresh(assignment == nil ? 0 : Self.refreshMs)
        advance()
    }

    /// Takes exactly these stripes from now on, none to stop.
    func take(_ stripes: [Int], why reason: ForwardReason) {
        let isSame = stripes == self.stripes && connection != nil
        self.stripes = stripes
        self.reason = reason
        guard !isSame else { return }
        connection?.cancel()
        connection = nil
        onOpen(false)
        guard !stripes.isEmpty, !isStopped else { return }
        chooser.received(now: Clock.now)
        if let current = chooser.current { connect(current) }
        advance()
    }

    /// The tracker wants stripes to come from this forward, and names others.
    func prefer(_ forward: String?, of forwards: [String]) {
        preferred = forward
        var known = chooser.all
        for other in forwards.reversed() where !known.contains(other) { known.insert(other, at: 0) }
        if let forward {
            known.removeAll { $0 == forward }
            known.insert(forward, at: 0)
        }
        chooser.update(Array(known.prefix(16)))
        guard let forward, let current = chooser.current, current != forward, !stripes.isEmpty else { return }
        chooser.moveTo(forward, now: Clock.now)
        advance()
    }

    /// Forwards to fetch single chunks from, best first.
    var forwards: [String] { connection.map { [$0.forward] } ?? chooser.all }

    /// What opens them.
    var bearer: String { trackerToken() ?? token }

    func stop() {
        isStopped = true
        timer?.cancel()
        refreshTimer?.cancel()
        connection?.cancel()
        connection = nil
    }

    /// The forward in use delivered something wrong: leave it for a while.
    func blame(_ reason: String) {
        guard let connection else { return }
        connection.cancel()
        ended(connection, .misbehaved(reason))
    }

    // MARK: Connections

    private func advance() {
        timer?.cancel()
        guard !isStopped, !stripes.isEmpty else { return }
        switch chooser.action(now: Clock.now) {
        case .connect(let forward):
            if connection != nil { drop() }
            // What hears of the drop may have asked for something else, and have connected.
            if connection == nil, !isStopped, !stripes.isEmpty { connect(forward) }
            wake(afterMs: 50)
        case .wait(let until):
            // A source that fell silent is dropped by the action itself; its connection goes with it.
            if chooser.current == nil, connection != nil { drop() }
            lookForChunks()
            wake(afterMs: max(1, min(200, until.milliseconds(since: Clock.now))))
        case .starve:
            refreshSoon()
        }
    }

    private func drop() {
        connection?.cancel()
        connection = nil
        onOpen(false)
        lastProblem = "the forward fell silent"
    }

    private func wake(afterMs: Int64) {
        timer = LoopTimer.after(milliseconds: afterMs) { [weak self] in self?.advance() }
    }

    private func connect(_ forward: String) {
        connections += 1
        if connections > 1 { reconnects += 1 }
        lastRecord = Clock.now
        expectChunk()
        do {
            let made = try ForwardConnection(
                stream, stripes: stripes, why: reason, forward: forward, token: bearer, from: firstWanted(),
                client: client)
            made.onBytes = { [weak self] in self?.received(on: $0) }
            made.onEvent = { [weak self] in self?.handle($1, from: $0) }
            made.onEnd = { [weak self] in self?.ended($0, $1) }
            connection = made
        } catch {
            lastProblem = "\(error)"
            chooser.failed(now: Clock.now)
        }
    }

    private func received(on connection: ForwardConnection) {
        guard connection === self.connection, Clock.now.milliseconds(since: lastRecord) < Self.recordMs else { return }
        chooser.received(now: Clock.now)
    }

    private func handle(_ event: ForwardConnection.Event, from connection: ForwardConnection) {
        guard connection === self.connection else { return }
        lastRecord = Clock.now
        if case .hello = event {
            onOpen(true)
            log.info("Watching", metadata: ["stream": "\(stream)", "forward": "\(connection.forward)"])
        }
        onEvent(event)
    }

    /// All that was asked for of a chunk has come.
    func noteChunk() {
        chooser.delivered(now: Clock.now)
        expectChunk()
    }

    private func expectChunk() {
        lastChunk = Clock.now
        nextLook = lastChunk.advanced(byMilliseconds: Self.chunkSilenceMs)
        looks = 0
        sequenceSeen = nil
    }

    /// A forward that lost all its upstreams still says that it lives. It is left when the stream demonstrably goes on
    /// without it: the coordinate had new chunks between two questions, and no whole one came from the forward.
    private func lookForChunks() {
        guard let connection, connection.isOpen, Clock.now >= nextLook else { return }
        nextLook = Clock.now.advanced(
            byMilliseconds: min(Self.lookAgainMsMax, Self.lookAgainMs << Int64(min(looks, 8))))
        looks += 1
        Task {
            let seen = try? await api.stream(stream)
            guard !isStopped, connection === self.connection, let seen, seen.state == .live,
                Clock.now.milliseconds(since: lastChunk) >= Self.chunkSilenceMs
            else { return }
            guard let before = sequenceSeen, seen.sequence > before else { return sequenceSeen = seen.sequence }
            connection.cancel()
            ended(connection, .failed("no whole chunks come from it, though there are some"))
        }
    }

    private func ended(_ ended: ForwardConnection, _ end: ForwardConnection.End) {
        guard ended === connection else { return }
        connection = nil
        onOpen(false)
        switch end {
        case .unauthorized:
            lastProblem = "\(ended.forward) refused the token"
            chooser.failed(now: Clock.now)
            refreshSoon()
        case .unknownStream:
            lastProblem = "\(ended.forward) has no such stream"
            chooser.failed(now: Clock.now)
        case .poolExhausted(let retryMs):
            lastProblem = "\(ended.forward) has no room for more viewers of this swarm"
            stripes = []
            onRefused(retryMs)
        case .misbehaved(let reason):
            lastProblem = "\(ended.forward): \(reason)"
            log.warning("Forward left", metadata: ["forward": "\(ended.forward)", "reason": "\(reason)"])
            onMisbehaviour()
            chooser.misbehaved(now: Clock.now)
            refreshSoon()
        case .failed(let reason):
            lastProblem = "\(ended.forward): \(reason)"
            log.info("Forward lost", metadata: ["forward": "\(ended.forward)", "reason": "\(reason)"])
            chooser.failed(now: Clock.now)
            if chooser.failures > 1 { refreshSoon() }
        }
        advance()
    }

    // MARK: The coordinate

    private func take(_ assignment: TrackerAssignment) {
        let first = preferred.map { [$0] } ?? []
        chooser.update(first + assignment.forwards.filter { $0 != preferred })
        if !assignment.token.isEmpty { token = assignment.token }
    }

    private func scheduleRefresh(_ afterMs: Int64) {
        refreshTimer?.cancel()
        refreshTimer = LoopTimer.after(milliseconds: afterMs) { [weak self] in self?.refresh() }
    }

    /// Asks again soon: at once the first time, with growing pauses while it does not help. What will be asked sooner
    /// is not put off: forwards that keep failing would keep the question from ever being asked.
    private func refreshSoon() {
        guard !isRefreshing, !isRefreshSoon, !isStopped else { return }
        isRefreshSoon = true
        scheduleRefresh(refreshFailures == 0 ? 0 : min(2_000, 100 << Int64(min(refreshFailures, 5))))
        refreshFailures += 1
    }

    private func refresh() {
        isRefreshSoon = false
        guard !isRefreshing, !isStopped else { return }
        isRefreshing = true
        Task {
            let assignment = try? await api.assignment(stream)
            // The coordinate alone says whose signature counts; it may have got another key with a restart.
            let description = connection == nil ? try? await api.stream(stream) : nil
            isRefreshing = false
            if let key = description.flatMap({ try? VerifyingKey(base64: $0.publicKey) }) {
                onKey(key)
            }
            if let assignment {
                take(assignment)
                if !assignment.forwards.isEmpty, connection != nil { refreshFailures = 0 }
            }
            guard !isStopped else { return }
            if connection == nil, chooser.count > 0 { advance() }
            if connection == nil, !stripes.isEmpty {
                refreshSoon()
            } else {
                scheduleRefresh(assignment == nil ? Self.refreshMs / 6 : Self.refreshMs)
            }
        }
    }
}
