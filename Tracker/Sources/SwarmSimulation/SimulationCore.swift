import CoreTypes
import PeerCore
import SafetyNet
import SwarmCore

/// What a simulation has beside its viewers: the clock, the network, the tracker, the forwards' bounds, and the tally.
struct SimulationCore<ViewerEvent> {
    /// What a viewer asks of the tracker, when it arrives there.
    enum Request {
        case join(Int)
        case leave(Int)
        /// Its connection has ended; it is taken out when it does not come back.
        case silent(Int), absent(Int)
        case lost(Int, stripe: Int, parent: Int, reason: LossReason)
        case accuse(Int, accused: Int)
        case resume(Int, capacity: Int, role: Int?, parents: [SwarmParent], children: [SwarmChild])
        case capacity(Int, Int)
    }

    enum Event {
        case viewer(ViewerEvent)
        indirect case request(Request)
        /// What the tracker told arrives at a viewer.
        indirect case told(Int, SwarmEvent.Content)
        indirect case placed(Int, SwarmPlace)
        case depart(Int)
        /// A viewer that has said good-bye stops serving.
        case vanish(Int)
        /// A viewer comes back to a tracker that was away.
        case resume(Int)
    }

    /// Viewers that leave go on serving for so long, like real ones whose children need a moment.
    static var lingerMs: Int64 { 1_500 }
    /// A viewer without connection to the tracker is taken out after so long.
    private static var absentMs: Int64 { 2_000 }

    let scenario: Scenario
    var network: NetworkModel
    var wheel = EventWheel<Event>(now: startMs)
    var generator: SeededGenerator
    var stream: SimulatedStream
    var swarm: Swarm
    var pool = StripePool()
    var residents: [Resident] = []
    var numbers: [RandomID: Int] = [:]
    var isTrackerUp = true
    var areForwardsUp = true
    var tally: Tally
    var trace: Trace
    /// Pairs whose link broke for good.
    var brokenPairs: Set<UInt64> = []
    private var events: [SwarmEvent] = []

    /// Where the clock begins.
    static var startMs: Int64 { 1_000_000 }
    /// What the one forward is called.
    static var forwardName: String { "forward" }

    /// A viewer as the world sees it.
    struct Resident {
        let id: RandomID
        let capacity: Int
        let joinedAt: Int64
        var isAlive = true
        var isLeaving = false
        /// By stripe: whom the tracker named last.
        private var senders: [SwarmSource?]

        init(id: RandomID, capacity: Int, joinedAt: Int64) {
            self.id = id
            self.capacity = capacity
            self.joinedAt = joinedAt
            senders = Array(repeating: nil, count: SimulatedStream.stripeCount)
        }

        /// Takes note of a parent; false when only what stands behind it is new.
        mutating func note(_ parent: SwarmParent) -> Bool {
            guard senders.indices.contains(parent.stripe), senders[parent.stripe] != parent.source else { return false }
            senders[parent.stripe] = parent.source
            return true
        }
    }

    init?(_ scenario: Scenario, trace: Trace) {
        guard let stream = SimulatedStream(scenario) else { return nil }
        self.scenario = scenario
        self.stream = stream
        self.trace = trace
        generator = SeededGenerator(seed: scenario.seed)
        network = NetworkModel(scenario.network, seed: scenario.seed, regionCount: scenario.regions)
        swarm = Self.newSwarm(scenario, now: Self.startMs)
        tally = Tally()
    }

    private static func newSwarm(_ scenario: Scenario, now: Int64) -> Swarm {
        var swarm = Swarm(
            stripeCount: SimulatedStream.stripeCount, regionCount: scenario.regions, seed: scenario.seed,
            now: instant(now))
        var events: [SwarmEvent] = []
        swarm.setForwards([forwardName], into: &events)
        return swarm
    }

    static func instant(_ ms: Int64) -> MonotonicInstant { MonotonicInstant(nanoseconds: UInt64(ms) * 1_000_000) }

    var now: Int64 { wheel.now }
    var instant: MonotonicInstant { Self.instant(now) }
    /// Milliseconds since the beginning.
    var elapsedMs: Int64 { now - Self.startMs }
    var serverMs: Int64 { scenario.network.serverMs }

    mutating func schedule(afterMs ms: Int64, _ event: Event) { wheel.schedule(at: now + ms, event) }

    mutating func schedule(afterMs ms: Int64, _ event: ViewerEvent) { wheel.schedule(at: now + ms, .viewer(event)) }

    func isAlive(_ viewer: Int) -> Bool { residents.indices.contains(viewer) && residents[viewer].isAlive }

    /// Whether a link between two viewers can come about.
    func canConnect(_ one: Int, _ other: Int) -> Bool {
        network.canConnect(one, other) && (brokenPairs.isEmpty || !brokenPairs.contains(Self.pair(one, other)))
    }

    static func pair(_ one: Int, _ other: Int) -> UInt64 {
        UInt64(min(one, other)) << 32 | UInt64(max(one, other))
    }

    // MARK: The tracker

    mutating func send(_ request: Request) { schedule(afterMs: serverMs, .request(request)) }

    /// Handles what has arrived at the tracker.
    mutating func handle(_ request: Request) {
        guard isTrackerUp else { return }
        switch request {
        case .join(let viewer):
            guard isAlive(viewer) else { return }
            let place = swarm.join(
                residents[viewer].id, capacity: residents[viewer].capacity, region: network.region(viewer),
                now: instant, into: &events)
            for parent in place.parents { _ = residents[viewer].note(parent) }
            schedule(afterMs: serverMs, .placed(viewer, place))
        case .resume(let viewer, let capacity, let role, let parents, let children):
            guard isAlive(viewer) else { return }
            let place = swarm.resume(
                residents[viewer].id, capacity: capacity, region: network.region(viewer), role: role, parents: parents,
                children: children, now: instant, into: &events)
            schedule(afterMs: serverMs, .placed(viewer, place))
        case .capacity(let viewer, let capacity):
            swarm.setCapacity(residents[viewer].id, capacity, now: instant, into: &events)
        case .leave(let viewer), .absent(let viewer): swarm.leave(residents[viewer].id, now: instant)
        case .silent(let viewer):
            swarm.setSilent(residents[viewer].id, true)
            schedule(afterMs: Self.absentMs, .request(.absent(viewer)))
        case .lost(let viewer, let stripe, let parent, let reason):
            swarm.lost(
                residents[viewer].id, stripe: stripe, parent: residents[parent].id,
                isFarewell: reason == .bye || reason == .starving, isUnreachable: reason == .unreachable, now: instant,
                into: &events)
        case .accuse(let viewer, let accused):
            _ = swarm.accuse(residents[accused].id, by: residents[viewer].id, now: instant, into: &events)
        }
        tellEvents()
    }

    /// The tracker's own work, every 200 ms and when a window of departures ends.
    mutating func advanceTracker() {
        guard isTrackerUp else { return }
        swarm.advance(now: instant, into: &events)
        tellEvents()
        pool.peers = swarm.count
    }

    private mutating func tellEvents() {
        for event in events {
            guard let viewer = numbers[event.to], isAlive(viewer) else { continue }
            schedule(afterMs: serverMs, .told(viewer, event.content))
            if case .parent(let parent) = event.content, residents[viewer].note(parent) { tally.linksTold += 1 }
        }
        events.removeAll(keepingCapacity: true)
    }

    /// The tracker dies, and what it knew.
    mutating func killTracker() {
        isTrackerUp = false
        trace.note(elapsedMs, "tracker dies")
    }

    /// It is back, and knows nobody.
    mutating func restartTracker() {
        isTrackerUp = true
        swarm = Self.newSwarm(scenario, now: now)
        trace.note(elapsedMs, "tracker is back")
    }
}
