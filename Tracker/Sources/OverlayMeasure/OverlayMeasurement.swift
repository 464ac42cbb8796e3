import CoreTypes
import OverlayCore

/// Measures an overlay of many viewers: what operations take, how many links they change, and how deep trees get.
///
/// Viewers come and go in pairs, after a mean life of 600 s, and background work runs once a second, as in a tracker.
public struct OverlayMeasurement: Sendable {
    /// Viewers.
    public var peers: Int
    /// How many children they can serve.
    public var capacities: Capacities
    /// Of all that is left to chance.
    public var seed: UInt64
    /// K, 1 ... 4.
    public var stripeCount = 2
    /// R, at least 1.
    public var rootLimit: Int
    /// Departures, and arrivals, that are measured.
    public var pairs: Int

    private static let lifeSeconds = 600

    /// A measurement with R = 8 and four pairs for each viewer, at least 20,000 and at most 1,500,000.
    public init(peers: Int, capacities: Capacities, seed: UInt64) {
        self.peers = max(1, peers)
        self.capacities = capacities
        self.seed = seed
        rootLimit = 8
        pairs = min(max(4 * self.peers, 20_000), 1_500_000)
    }

    /// Measures. Takes some ten seconds for 1,000,000 viewers.
    public func run() -> OverlayFigures {
        var stopwatch = Stopwatch()
        var times = Times(count: pairs)
        var swarm = MeasuredSwarm(self)
        let empty = Stopwatch.residentBytes()
        for _ in 0..<peers { swarm.join(capacity: swarm.nextCapacity()) }
        let churn = churn(&swarm, pairs, &times, &stopwatch)
        let bytes = Stopwatch.residentBytes() - empty
        let reports = swarm.reports()
        let batch = leaveBatch(&swarm)
        return OverlayFigures(
            peers: peers, capacities: capacities, seed: seed, stripes: stripeCount, rootLimit: rootLimit,
            join: TimeFigures(times.joins), leave: TimeFigures(times.leaves), tick: TimeFigures(times.ticks),
            discarded: stopwatch.discarded, bytesPerPeer: Double(bytes) / Double(peers), churn: churn,
            churnWithBrokenPairs: churnWithBrokenPairs(), leaveBatch: batch, rebuild: rebuild(reports))
    }

    /// The times of all operations, in memory that is in use before an overlay's is measured.
    private struct Times {
        var joins: [Int64]
        var leaves: [Int64]
        var ticks: [Int64]

        init(count: Int) {
            joins = Array(repeating: 1, count: count)
            leaves = Array(repeating: 2, count: count)
            ticks = Array(repeating: 3, count: count)
            joins.removeAll(keepingCapacity: true)
            leaves.removeAll(keepingCapacity: true)
            ticks.removeAll(keepingCapacity: true)
        }
    }

    /// Departures between two ticks, and what a tick may do: what a tracker does in a second.
    private var leavesPerTick: Int { max(1, peers / Self.lifeSeconds) }
    private var tickBudget: Int { max(1, peers / 10_000) }

    private func churn(
        _ swarm: inout MeasuredSwarm, _ pairs: Int, _ times: inout Times, _ stopwatch: inout Stopwatch,
        losing: Bool = false
    ) -> ChurnFigures {
        var figures = ChurnFigures(pairs: pairs, depth: DepthFigures(swarm.overlay))
        var (leaveChanges, joinChanges, tickChanges) = (0, 0, 0)
        for pair in 0..<pairs {
            if let taken = swarm.leave(&stopwatch) { times.leaves.append(taken) }
            if losing { swarm.loseBroken() }
            leaveChanges += swarm.changes.count
            figures.excessPerLeaveMax = max(figures.excessPerLeaveMax, swarm.changes.count - 2 * swarm.capacity)
            if let taken = swarm.join(capacity: swarm.nextCapacity(), &stopwatch) { times.joins.append(taken) }
            if losing { swarm.loseBroken() }
            joinChanges += swarm.changes.count
            figures.excessPerJoinMax = max(
                figures.excessPerJoinMax, swarm.changes.count - swarm.capacity - stripeCount)
            if pair % leavesPerTick == 0 {
                if let taken = swarm.tick(budget: tickBudget, &stopwatch) { times.ticks.append(taken) }
                if losing { swarm.loseBroken() }
                tickChanges += swarm.changes.count
            }
            figures.depthMaxEver = max(figures.depthMaxEver, swarm.depthMax)
        }
        figures.changesPerLeave = Double(leaveChanges) / Double(pairs)
        figures.extraChangesPerJoin = Double(joinChanges) / Double(pairs) - Double(stripeCount)
        figures.tickChangesPerLeave = Double(tickChanges) / Double(pairs)
        figures.depth = DepthFigures(swarm.overlay)
        figures.distinctParents = swarm.distinctParents
        return figures
    }

    /// A swarm of its own, in which one pair of viewers in ten cannot connect.
    private func churnWithBrokenPairs() -> ChurnFigures {
        var swarm = MeasuredSwarm(self)
        for _ in 0..<peers {
            swarm.join(capacity: swarm.nextCapacity())
            swarm.loseBroken()
        }
        var (times, stopwatch) = (Times(count: 0), Stopwatch())
        return churn(&swarm, min(pairs, max(20_000, peers)), &times, &stopwatch, losing: true)
    }

    private func leaveBatch(_ swarm: inout MeasuredSwarm) -> BulkFigures {
        let gone = swarm.takeHalf()
        swarm.changes.removeAll(keepingCapacity: true)
        let taken = Stopwatch.processorMs { swarm.overlay.leaveBatch(gone, into: &swarm.changes) }
        return bulk(taken, &swarm)
    }

    private func rebuild(_ reports: [PeerReport]) -> BulkFigures {
        var swarm = MeasuredSwarm(self)
        let taken = Stopwatch.processorMs { swarm.overlay.rebuild(from: reports, into: &swarm.changes) }
        return bulk(taken, &swarm)
    }

    /// The figures of an operation that is over, and of the minute after it: 30 s of it with more background work.
    private func bulk(_ milliseconds: Double, _ swarm: inout MeasuredSwarm) -> BulkFigures {
        let (changes, depth) = (swarm.changes.count, DepthFigures(swarm.overlay))
        swarm.changes.removeAll(keepingCapacity: true)
        for _ in 0..<150 { swarm.overlay.tick(budget: max(1, peers / 2_000), into: &swarm.changes) }
        for _ in 0..<30 { swarm.overlay.tick(budget: tickBudget, into: &swarm.changes) }
        return BulkFigures(
            milliseconds: milliseconds, changes: changes, depth: depth, settledDepth: DepthFigures(swarm.overlay),
            settlingChanges: swarm.changes.count)
    }
}
