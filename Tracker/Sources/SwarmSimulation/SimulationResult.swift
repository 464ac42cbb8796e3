/// What came out of a simulation. Times are in milliseconds; nil means that nothing of the kind happened.
public struct SimulationResult: Sendable {
    /// What was simulated.
    public var scenario: Scenario
    /// Chunks on time, of those due, over all viewers, and the least of one viewer.
    public var continuity: Double, continuityWorst: Double
    /// The least continuity of one second.
    public var continuityWorstSecond: Double
    /// Pauses of more than 100 ms; nil when players are looked at less often than that.
    public var stalls: UInt64?
    /// From the death of a parent to the first data of the next one.
    public var repairMsP50: Int64?, repairMsP99: Int64?
    /// From the death of a parent to any data of its stripe.
    public var gapMsP50: Int64?, gapMsP99: Int64?
    /// From the arrival of a viewer to its first release.
    public var startupMsP50: Int64?, startupMsP95: Int64?
    /// Stripes that forwards sent, at once: mean and most.
    public var forwardUnitsMean: Double, forwardUnitsPeak: Int
    /// Regular roots in all stripes at the end.
    public var rootUnits: Int
    /// Viewers that came, and that left.
    public var joins: Int, departures: Int
    /// Parents told, by departure and the arrival that follows it.
    public var linksPerDeparture: Double?
    /// Depth at the end: mean over stripes, the deepest, and ceil(log2(N/R + 1)).
    public var depthMean: Double, depthMax: Int, depthBound: Int
    /// Viewers whose stripes come from two different viewers, or a forward, that are there; of all, over time.
    public var twoParents: Double
    /// Share of the media that came from viewers.
    public var offload: Double
    /// Refusals of forwards, single chunks fetched, accusations, viewers thrown out: the last two must be 0.
    public var refusals: Int, fetches: Int, accusations: Int, bans: Int
    /// Viewers that were there for 5 s and never played, and lost parents that nobody replaced in time.
    public var neverStarted: Int, lossesOpen: Int
    /// Repairs, egress and links are those after the first arrivals; false when it ended before.
    public var isSettled: Bool
    /// Messages between viewers, or chunks of stripes.
    public var messages: Int
    /// A number that two runs with the same seed share.
    public var digest: UInt64
    /// How it went, second by second.
    public var samples: [SimulationSample]
}
