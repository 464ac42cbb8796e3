/// What a simulation simulates. Times are in milliseconds.
public struct Scenario: Hashable, Sendable {
    /// How fine viewers are.
    public enum Grain: String, Hashable, Sendable, CaseIterable {
        /// Every piece is a message, handled by the code that real viewers run.
        case pieces
        /// One event per chunk and stripe, with the ladder and the playout of real viewers.
        case chunks
    }

    /// How fine viewers are.
    public var grain = Grain.pieces
    /// Decides everything that is left to chance: the same seed gives the same run.
    public var seed: UInt64 = 1
    /// Viewers there are to be.
    public var peers = 100
    /// How long it lasts.
    public var durationMs: Int64 = 60_000
    /// Over how long the first viewers arrive.
    public var arriveMs: Int64 = 10_000
    /// Mean of the exponential time that a viewer stays; nil for ever. Who left is replaced at once.
    public var meanLifeMs: Int64?
    /// Of those who leave, the share that says so; the others are gone without a word.
    public var gracefulShare = 0.0
    /// The share of the viewers that is gone all at once, and when.
    public var failShare = 0.0, failAtMs: Int64 = 30_000
    /// The share of the links that breaks all at once, then.
    public var breakShare = 0.0
    /// The tracker is gone then, for so long; it comes back without its memory. 0 for never.
    public var outageAtMs: Int64 = 30_000, outageMs: Int64 = 0
    /// The forwards are gone then, for so long. 0 for never.
    public var forwardOutageMs: Int64 = 0
    /// How many children viewers can feed.
    public var capacities = CapacityMix.full
    /// From publication to release.
    public var bufferMs: Int64 = 3_000
    /// Bits a second of the stream.
    public var bitrate = 500_000
    /// How long a chunk plays, and how many a group has.
    public var chunkMs: Int64 = 200, chunksPerGroup = 5
    /// Regions that viewers are spread over.
    public var regions = 1
    /// The network between all.
    public var network = NetworkScenario.internet
    /// Upload beyond what the declared children take, 0.25 for a quarter.
    public var headroom = 0.25
    /// From when on repairs, egress and links are counted: 5 s after the first viewers have arrived.
    public var settleMs: Int64 { 1_000 + arriveMs + 5_000 }

    /// A hundred viewers for a minute, without trouble.
    public init() {}
}

/// The network between viewers, trackers and forwards. Times are in milliseconds, one way.
public struct NetworkScenario: Hashable, Sendable {
    /// Between viewers of one region, from and to; of different regions so much more.
    public var delayMs: ClosedRange<Int64>
    /// What is added between different regions.
    public var farMs: Int64
    /// Between a viewer and its tracker, or a forward.
    public var serverMs: Int64
    /// What a link takes to come about beside the ways of its messages: gathering candidates, keys.
    public var setUpMs: ClosedRange<Int64>
    /// The share of the pairs of viewers that cannot connect.
    public var natFailures: Double
    /// Until the tracker sees that the connection of a viewer that is gone has ended.
    public var noticeMs: Int64
    /// Uploads have no limit.
    public var isUploadUnlimited: Bool

    /// Homes around the world.
    public static let internet = NetworkScenario(
        delayMs: 10...40, farMs: 40, serverMs: 25, setUpMs: 30...120, natFailures: 0, noticeMs: 50,
        isUploadUnlimited: false)

    /// Processes on one machine.
    public static let loopback = NetworkScenario(
        delayMs: 1...1, farMs: 0, serverMs: 1, setUpMs: 15...40, natFailures: 0, noticeMs: 5, isUploadUnlimited: true)
}
