import CoreTypes
import EventLoop
import HTTPClient
import Logging
import PeerCore
import ServiceAPI
import ServiceKit

/// One viewer's place at a tracker: joins, listens to events, reports, passes signals on, and joins again, keeping its
/// links, when the tracker has forgotten it or another one takes over.
@LoopActor
final class TrackerClient {
    /// Milliseconds between reports, and until a tracker that says nothing is asked again; pings come every 5 s.
    private static let reportMs: Int64 = 5_000, silenceMs: Int64 = 12_000
    /// Milliseconds without a place after which the viewer lives off forwards for the time being.
    private static let patienceMs: Int64 = 1_500
    /// Milliseconds between accusations.
    private static let accusationMs: Int64 = 61_000
    /// Losses and accusations that wait for a tracker; of more the oldest are dropped.
    private static let waitingMax = 16
    /// Milliseconds within which all viewers of a tracker that has restarted come back.
    private static let resumeJitterMs: Int64 = 10_000

    var onPlace: @LoopActor (PeerPlace) -> Void = { _ in }
    var onEvent: @LoopActor (TrackerEvent) -> Void = { _ in }
    /// A viewer that a signal was for is not there, or does not listen.
    var onUndelivered: @LoopActor (PeerID) -> Void = { _ in }
    /// There is no tracker; it goes on being looked for.
    var onUnreachable: @LoopActor () -> Void = {}
    /// How many children can be fed now.
    var capacity: @LoopActor () -> Int = { 0 }
    /// Whom the tracker wants it to feed, as far as it was told.
    var children: @LoopActor () -> [ChildDescription] = { [] }
    /// What to tell with every report.
    var report: @LoopActor () -> PeerReport = { PeerReport() }

    /// Places given, the first one included.
    private(set) var places: UInt64 = 0

    private let stream: StreamName
    private let api: CoordinateAPI
    private let client: HTTPClient
    private let log: Logger
    private var origin = ""
    private var place: PeerPlace?
    private var lease: PeerLease?
    private var events: TrackerEvents?
    private var lastEventID: UInt64?
    private var lastEvent = Clock.now
    private var started = Clock.now
    private var lost: [LostLink] = []
    private var accused: [Accusation] = []
    private var lastAccusation: MonotonicInstant?
    private var isJoining = false
    private var isReporting = false
    private var reportsAgain = false
    private var failures = 0
    /// When the last refusal said to ask again.
    private var retryAfter: String?
    private var isStopped = false
    private var timers: [LoopTimer] = []
    private var saidUnreachable = false

    init(_ stream: StreamName, api: CoordinateAPI, client: HTTPClient, log: Logger) {
        self.stream = stream
        self.api = api
        self.client = client
        self.log = log
    }

    /// The token, while it is valid.
    var token: String? { lease.flatMap { $0.tokenExpiresAt > Clock.wall + 1_000 ? $0.token : nil } }

    func start() {
        timers.append(LoopTimer.every(milliseconds: Self.reportMs) { [weak self] in self?.sendReport() })
        timers.append(LoopTimer.every(milliseconds: 500) { [weak self] in self?.watch() })
        join(afterMs: 0)
    }

    /// Says good-bye.
    func leave() async {
        guard let place, !isStopped else { return vanish() }
        vanish()
        var request = HTTPClientRequest("DELETE", "\(origin)/peers/\(place.id)")
            .bearing(lease?.token ?? place.token)
        request.timeoutMs = 1_000
        _ = try? await client.send(request)
    }

    /// Ends without a word.
    func vanish() {
        isStopped = true
        for timer in timers { timer.cancel() }
        events?.cancel()
    }

    // MARK: Joining

    private func join(afterMs: Int64) {
        guard !isJoining, !isStopped else { return }
        isJoining = true
        LoopTimer.after(milliseconds: afterMs) { [weak self] in
            guard let self else { return }
            Task {
                self.retryAfter = nil
                let isPlaced = await self.join()
                self.isJoining = false
                if isPlaced {
                    self.failures = 0
                    self.listen()
                } else {
                    self.failures += 1
                    self.join(
                        afterMs: JoinPause.milliseconds(
                            failures: self.failures, retryAfter: self.retryAfter, chance: .random(in: 0...1)))
                }
            }
        }
    }

    private func join() async -> Bool {
        guard !isStopped, let assignment = try? await api.assignment(stream), let tracker = assignment.tracker,
            !isStopped
        else { return isStopped }
        origin = tracker.url.hasSuffix("/") ? String(tracker.url.dropLast()) : tracker.url
        var join = PeerJoin(stream: stream.description, capacity: capacity(), agent: .native)
        if let place {
            let children = children()
            // A role that changed with nobody below was not told.
            join.resume = PeerResume(
                id: place.id, token: lease?.token ?? place.token, role: children.first?.stripe ?? place.role,
                depth: nil,
                parents: report().parents ?? place.parents, children: children)
        }
        var request = HTTPClientRequest(
            "POST", origin + "/peers", headers: [("Content-Type", "application/json")], body: encodeJSON(join))
        request.timeoutMs = 3_000
        guard let answer = try? await client.send(request), !isStopped else { return isStopped }
        guard answer.isSuccess, let place = try? decodeJSON(PeerPlace.self, from: answer.body) else {
            if answer.status == 401 || answer.status == 403 { self.place = nil }
            retryAfter = answer.header("Retry-After")
            log.info("No place in the swarm", metadata: ["tracker": "\(origin)", "status": "\(answer.status)"])
            return false
        }
        lastEventID = nil
        take(place)
        log.info("Joined", metadata: ["tracker": "\(origin)", "peer": "\(place.id)"])
        return true
    }

    private func take(_ place: PeerPlace) {
        self.place = place
        lease = PeerLease(token: place.token, tokenExpiresAt: place.tokenExpiresAt)
        places += 1
        saidUnreachable = false
        onPlace(place)
    }

    /// Joins and forgets about it, as no honest viewer does.
    func joinOnce() {
        let join = PeerJoin(stream: stream.description, capacity: capacity(), agent: .native)
        let request = HTTPClientRequest(
            "POST", origin + "/peers", headers: [("Content-Type", "application/json")], body: encodeJSON(join))
        Task { _ = try? await client.send(request) }
    }

    // MARK: Events

    private func listen() {
        guard let place, !isStopped else { return }
        events?.cancel()
        lastEvent = Clock.now
        let url = place.events.hasPrefix("http") ? place.events : origin + place.events
        let stream = TrackerEvents(url, token: lease?.token ?? place.token, after: lastEventID, client: client)
        stream.onEvent = { [weak self] in self?.take($0) }
        stream.onEnd = { [weak self] status in self?.eventsEnded(status) }
        events = stream
        stream.start()
    }

    private func eventsEnded(_ status: Int) {
        events = nil
        guard !isStopped else { return }
        switch status {
        case 401, 404: forgotten()
        default:
            failures += 1
            let delay = min(2_000, 50 << Int64(min(failures, 6))) + Int64.random(in: 0...50)
            LoopTimer.after(milliseconds: delay) { [weak self] in
                guard let self, self.events == nil, !self.isJoining else { return }
                self.failures > 4 ? self.join(afterMs: 0) : self.listen()
            }
        }
    }

    /// The tracker has restarted, or thinks that this viewer has left.
    private func forgotten() {
        guard !isJoining else { return }
        events?.cancel()
        events = nil
        lastEventID = nil
        // A viewer whose stripes do not come has no time for manners.
        join(afterMs: lost.isEmpty ? Int64.random(in: 0..<Self.resumeJitterMs) : Int64.random(in: 0..<500))
    }

    private func take(_ event: ServerSentEvent) {
        lastEvent = Clock.now
        failures = 0
        if let id = event.id { lastEventID = id }
        let data = Array(event.data.utf8)
        switch PeerEventName(rawValue: event.name) {
        case .parent:
            guard let parent = try? decodeJSON(ParentEvent.self, from: data) else { return }
            lease = PeerLease(token: parent.token, tokenExpiresAt: parent.tokenExpiresAt)
            onEvent(.parent(parent.parent))
        case .child:
            if let child = try? decodeJSON(ChildDescription.self, from: data) { onEvent(.child(child)) }
        case .drop:
            if let child = try? decodeJSON(ChildDescription.self, from: data) { onEvent(.drop(child)) }
        case .signal:
            if let signal = try? decodeJSON(SignalEvent.self, from: data), signal.signal.mistake == nil {
                onEvent(.signal(signal))
            }
        case .forward:
            if let list = try? decodeJSON(ForwardsEvent.self, from: data) { onEvent(.forwards(list.forwards)) }
        case .resync:
            if let place = try? decodeJSON(PeerPlace.self, from: data) { take(place) }
        case .bye:
            if let bye = try? decodeJSON(ByeEvent.self, from: data) { dismissed(bye) }
        case .ping, nil: break
        }
    }

    private func dismissed(_ bye: ByeEvent) {
        log.info("Dismissed by the tracker", metadata: ["reason": "\(bye.reason.rawValue)"])
        events?.cancel()
        events = nil
        lastEventID = nil
        switch bye.reason {
        case .stopping: join(afterMs: max(0, min(bye.retryMs, 60_000)))
        case .banned:
            place = nil
            onUnreachable()
            join(afterMs: max(5_000, min(bye.retryMs, 600_000)))
        case .ended:
            onEvent(.ended)
            join(afterMs: max(2_000, min(bye.retryMs, 60_000)))
        }
    }

    private func watch() {
        let now = Clock.now
        if events != nil, now.milliseconds(since: lastEvent) > Self.silenceMs {
            events?.cancel()
            eventsEnded(0)
        }
        if place == nil, !saidUnreachable, now.milliseconds(since: started) > Self.patienceMs {
            saidUnreachable = true
            onUnreachable()
        }
        if !lost.isEmpty || !accused.isEmpty { sendReport() }
    }

    // MARK: Reports and signals

    func reportLost(_ stripe: Int, _ peer: PeerID, _ reason: LossReason) {
        if lost.count >= Self.waitingMax { lost.removeFirst() }
        lost.append(LostLink(stripe: stripe, peer: peer, reason: LostLink.Reason(rawValue: reason.rawValue) ?? .closed))
        sendReport()
    }

    /// Accuses a neighbour, unless another one was within the last minute: who accuses many is taken for a liar, and the
    /// link to it is gone anyway.
    func accuse(_ peer: PeerID, _ reason: String, isHonest: Bool = true) {
        let now = Clock.now
        if isHonest, let last = lastAccusation, now.milliseconds(since: last) < Self.accusationMs { return }
        lastAccusation = now
        if accused.count >= Self.waitingMax { accused.removeFirst() }
        accused.append(Accusation(peer: peer, reason: String(reason.prefix(60))))
        sendReport()
    }

    /// Reports at once, unless a report is on its way.
    func reportSoon() { sendReport() }

    private func sendReport() {
        guard let place, !isStopped, !isJoining else { return }
        guard !isReporting else { return reportsAgain = true }
        isReporting = true
        let (sentLost, sentAccused) = (lost, accused)
        var body = report()
        if !sentLost.isEmpty { body.lost = sentLost }
        if !sentAccused.isEmpty { body.accused = sentAccused }
        Task {
            var request = HTTPClientRequest(
                "POST", "\(origin)/peers/\(place.id)/report", headers: [("Content-Type", "application/json")],
                body: encodeJSON(body)
            ).bearing(lease?.token ?? place.token)
            request.timeoutMs = 2_000
            let answer = try? await client.send(request)
            isReporting = false
            guard !isStopped else { return }
            if let answer, answer.isSuccess {
                lost.removeFirst(min(lost.count, sentLost.count))
                accused.removeFirst(min(accused.count, sentAccused.count))
                if let lease = try? decodeJSON(PeerLease.self, from: answer.body) { self.lease = lease }
            } else if answer?.status == 404 || answer?.status == 401 {
                forgotten()
            } else if answer?.status == 400 {
                // Nothing that is repeated gets better.
                lost = []
                accused = []
            }
            if reportsAgain {
                reportsAgain = false
                if !lost.isEmpty || !accused.isEmpty { sendReport() }
            }
        }
    }

    func send(_ signal: PeerSignal) {
        guard let place, !isStopped else { return }
        Task {
            var request = HTTPClientRequest(
                "POST", "\(origin)/peers/\(place.id)/signal", headers: [("Content-Type", "application/json")],
                body: encodeJSON(signal)
            ).bearing(lease?.token ?? place.token)
            request.timeoutMs = 2_000
            let answer = try? await client.send(request)
            if answer?.status == 404, !isStopped { onUndelivered(signal.to) }
        }
    }
}

/// What a tracker says, other than about the place as a whole.
enum TrackerEvent {
    case parent(ParentDescription)
    case child(ChildDescription)
    case drop(ChildDescription)
    case signal(SignalEvent)
    case forwards([String])
    /// The swarm is over because the stream is.
    case ended
}
