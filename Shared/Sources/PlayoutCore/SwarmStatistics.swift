/// What a swarm of viewers measured: sums over all of them, and the worst of each. The names are those of
/// `PlayoutStatistics` where they mean the same.
public struct SwarmStatistics: Codable, Hashable, Sendable {
    /// Wall time of this machine.
    public var time: Int64 = 0
    /// Milliseconds since the start.
    public var elapsedMs: Int64 = 0
    /// True in the last line only.
    public var final = false
    /// The stream.
    public var stream = ""
    /// Viewers watching now.
    public var peers = 0
    /// Viewers that joined, left politely, and vanished.
    public var joined = 0, left = 0, vanished = 0
    /// Viewers that never played anything although they had 5 s.
    public var silent = 0
    /// Sums.
    public var bytesFromPeers: UInt64 = 0
    /// Sum.
    public var bytesFromForwards: UInt64 = 0
    /// Share of media bytes from viewers since 10 s after the last planned join, 0…1; over all time before.
    public var offload = 0.0
    /// Sums.
    public var chunksDue: UInt64 = 0, chunksOnTime: UInt64 = 0, chunksLate: UInt64 = 0, chunksMissing: UInt64 = 0
    /// Played without fault ÷ due, over all viewers.
    public var continuity = 0.0
    /// The same of the worst viewer.
    public var continuityMin = 1.0
    /// Start → first release, of all that played.
    public var startupMs = PlayoutStatistics.Percentiles(LatencyHistogram())
    /// Publication → release.
    public var latencyMs = PlayoutStatistics.Percentiles(LatencyHistogram())
    /// Publication → last piece verified.
    public var arrivalMs = PlayoutStatistics.Percentiles(LatencyHistogram())
    /// Sums.
    public var stalls: UInt64 = 0
    /// Sum.
    public var stallMs: Int64 = 0
    /// Sums.
    public var repairs: UInt64 = 0
    /// From the loss of a parent to the first data of the next one, of each repair.
    public var repairMs = PlayoutStatistics.Percentiles(LatencyHistogram())
    /// Sum.
    public var uploadBytes: UInt64 = 0
    /// Sum.
    public var badPieces: UInt64 = 0
    /// Sums; absent without `--verify`.
    public var framesDecoded: UInt64?, decodeErrors: UInt64?
    /// Media bytes received ÷ bytes of whole chunks: the mean and the worst viewer.
    public var payloadRatio = 0.0, payloadRatioMax = 0.0
    /// Manifests and headers ÷ bytes of whole chunks.
    public var overheadRatio = 0.0
    /// By stripe: viewers that take it from a forward.
    public var roots: [Int] = []
    /// Greatest depth that the tracker told.
    public var depthMax = 0
    /// Ends of links that are open.
    public var linkEnds = 0
    /// Ends of links that have ever opened.
    public var linksOpened: UInt64 = 0
    /// Resident memory, what it was before the first viewer, and what of it waits to be played.
    public var rssBytes = 0, idleRssBytes = 0, playoutBytes = 0
    /// (rssBytes − idleRssBytes − playoutBytes) ÷ linkEnds.
    public var bytesPerLinkEnd = 0

    /// Nothing measured yet.
    public init() {}
}
