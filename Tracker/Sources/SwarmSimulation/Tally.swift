import PlayoutCore

/// What a simulation counts while it runs.
struct Tally {
    /// From the death of a parent to the first data of the one that replaces it for good, to any data of the stripe, and
    /// from the arrival of a viewer to its first release.
    var repairs = LatencyHistogram(), gaps = LatencyHistogram(), startups = LatencyHistogram()
    /// Repairs since the last sample.
    var recentRepairs = LatencyHistogram()
    /// Chunks of viewers that are gone, and their stalls.
    var gone = ChunkTally()
    var joins = 0, departures = 0
    /// Departures since counting began.
    var departuresCounted = 0
    /// Parents that the tracker told of.
    var linksTold = 0
    var lossesReported = 0
    /// Lost parents that were not replaced when the viewer left or the run ended.
    var lossesOpen = 0
    var accusations = 0, bans = 0
    /// Wishes that the forward refused, and single chunks fetched.
    var refusals = 0, fetches = 0
    var forwardBytes = 0
    var messages = 0
    /// Samples of the stripes that the forward sends.
    var units: [Int] = []
    /// Viewers with two senders, of all that were looked at.
    var pairs = 0, pairsLookedAt = 0
    /// One sample a second.
    var samples: [SimulationSample] = []

    /// Counting begins: what the first arrivals brought with them is over.
    mutating func begin() {
        repairs = LatencyHistogram()
        gaps = LatencyHistogram()
        linksTold = 0
        departuresCounted = 0
        units = []
        pairs = 0
        pairsLookedAt = 0
    }
}

/// Chunks that were due, by what became of them.
struct ChunkTally: Hashable {
    var onTime: UInt64 = 0, due: UInt64 = 0
    var stalls: UInt64 = 0
    /// The least continuity of one viewer that at least 50 chunks were due for.
    var worst = 1.0
    /// Viewers that were there for 5 s and never played anything.
    var neverStarted = 0

    mutating func add(_ counters: PlayoutCounters, presentMs: Int64) {
        if counters.due == 0, presentMs > 5_000 {
            neverStarted += 1
            worst = 0
        }
        onTime += counters.onTime
        due += counters.due
        stalls += counters.stalls
        if counters.due >= 50 { worst = min(worst, Double(counters.onTime) / Double(counters.due)) }
    }

    /// On time, of those due; 1 when nothing was.
    var continuity: Double { due == 0 ? 1 : Double(onTime) / Double(due) }
}

/// How the swarm stood at one moment.
public struct SimulationSample: Hashable, Sendable {
    /// Seconds since the beginning.
    public var second: Int
    /// Viewers.
    public var viewers: Int
    /// Chunks on time, of those that were due within the last second; 1 when none was.
    public var continuity: Double
    /// Stripes that forwards send.
    public var forwardUnits: Int
    /// Depth in the overlay, of the deeper stripe; 0 while the tracker is away.
    public var depthMax: Int
    /// Mean depth over the stripes.
    public var depthMean: Double
    /// ceil(log2(N/R + 1)).
    public var depthBound: Int
    /// Parents replaced within the last second, and the slowest 99th of them in milliseconds; 0 without any.
    public var repairs: Int
    /// See `repairs`.
    public var repairMsP99: Int64
}
