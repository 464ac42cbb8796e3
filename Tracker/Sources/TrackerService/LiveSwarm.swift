import CoreTypes
import EventLoop
import ServiceAPI
import SwarmCore

/// A swarm with the sessions of its viewers.
@LoopActor
final class LiveSwarm {
    let stream: StreamName
    var core: Swarm
    private(set) var sessions: [RandomID: PeerSession] = [:]
    /// Counted as it changes, for what shows it must not take time by the number of viewers.
    private(set) var natClasses: [NATClass: Int] = [:]
    /// Viewers with an event stream.
    var listening = 0
    private(set) var continuities = ShareHistogram()
    /// base64 of the stream's key; "" while no coordinate told it.
    var publicKey = ""
    /// When the coordinate was asked last whether the stream still exists, and since when it says no.
    var checkedAt = Clock.now
    var missingSince: MonotonicInstant?
    /// Media bytes that viewers reported since the swarm began, and what each coordinate was told of them.
    var received = Received()
    var told: [Int: Received] = [:]

    /// Media bytes by where they came from.
    struct Received {
        var fromPeers: UInt64 = 0
        var fromForwards: UInt64 = 0
    }

    init(_ stream: StreamName) {
        self.stream = stream
        core = Swarm(seed: UInt64.random(in: .min ... .max), now: Clock.now)
    }

    func add(_ session: PeerSession) {
        guard sessions.updateValue(session, forKey: session.id) == nil else { return }
        natClasses[session.nat, default: 0] += 1
    }

    func remove(_ session: PeerSession) {
        guard sessions.removeValue(forKey: session.id) != nil else { return }
        natClasses[session.nat, default: 0] -= 1
        if session.events != nil { listening -= 1 }
        if let share = session.statistics?.continuity { continuities.remove(share) }
    }

    /// Most bytes that one report may add: a minute at 13 Mbit/s.
    private static let bytesMax: UInt64 = 32_000_000

    /// Adds what a viewer received since its last report. Totals that go back or leap are no measurements, and not counted.
    func count(_ new: PeerStatistics, of session: PeerSession) {
        if let share = session.statistics?.continuity { continuities.remove(share) }
        if let share = new.continuity { continuities.add(share) }
        defer { session.statistics = new }
        guard let old = session.statistics, new.bytesFromPeers >= old.bytesFromPeers,
            new.bytesFromForwards >= old.bytesFromForwards
        else { return }
        let fromPeers = new.bytesFromPeers - old.bytesFromPeers
        let fromForwards = new.bytesFromForwards - old.bytesFromForwards
        guard fromPeers <= Self.bytesMax, fromForwards <= Self.bytesMax else { return }
        received.fromPeers &+= fromPeers
        received.fromForwards &+= fromForwards
    }

    /// The swarm in a heartbeat to the coordinate with a number: what it has not been told yet.
    func report(toCoordinate number: Int) -> SwarmReport {
        let told = told[number] ?? Received()
        return SwarmReport(
            stream: stream.description, peers: core.count, roots: core.rootPeerCount,
            bytesFromPeers: received.fromPeers - told.fromPeers,
            bytesFromForwards: received.fromForwards - told.fromForwards)
    }
}
