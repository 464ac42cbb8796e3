import CoreTypes
import EventLoop
import ServiceAPI
import SwarmCore

/// A swarm with the sessions of its viewers.
@LoopActor
final class LiveSwarm {
    let stream: StreamName
    var core: Swarm
    var sessions: [RandomID: PeerSession] = [:]
    /// base64 of the stream's key; "" while no coordinate told it.
    var publicKey = ""
    /// When the coordinate was asked last whether the stream still exists, and since when it says no.
    var checkedAt = Clock.now
    var missingSince: MonotonicInstant?
    /// Media bytes that viewers reported since the last heartbeat to the coordinate.
    var bytesFromPeers: UInt64 = 0, bytesFromForwards: UInt64 = 0
    /// All of them since the swarm began.
    var bytesFromPeersTotal: UInt64 = 0, bytesFromForwardsTotal: UInt64 = 0

    init(_ stream: StreamName) {
        self.stream = stream
        core = Swarm(seed: UInt64.random(in: .min ... .max), now: Clock.now)
    }

    /// Most bytes that one report may add: a minute at 13 Mbit/s.
    private static let bytesMax: UInt64 = 100_000_000

    /// Adds what a viewer received since its last report. Totals that go back or leap are no measurements, and not counted.
    func count(_ new: PeerStatistics, of session: PeerSession) {
        defer { session.statistics = new }
        guard let old = session.statistics, new.bytesFromPeers >= old.bytesFromPeers,
            new.bytesFromForwards >= old.bytesFromForwards
        else { return }
        let fromPeers = new.bytesFromPeers - old.bytesFromPeers
        let fromForwards = new.bytesFromForwards - old.bytesFromForwards
        guard fromPeers <= Self.bytesMax, fromForwards <= Self.bytesMax else { return }
        bytesFromPeers += fromPeers
        bytesFromForwards += fromForwards
        bytesFromPeersTotal += fromPeers
        bytesFromForwardsTotal += fromForwards
    }
}
