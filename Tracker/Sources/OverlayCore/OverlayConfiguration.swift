/// What an overlay is made with.
public struct OverlayConfiguration: Hashable, Sendable {
    /// K, the number of stripes and of trees, 1 ... 4.
    public var stripeCount = 2
    /// R, peers per stripe that a forward serves, at least 1. Changed later with `setRootLimit`.
    public var rootLimit = 1
    /// Number of regions, 1 ... 64.
    public var regionCount = 1
    /// For each region all regions, nearest first; empty means its own first and then the others by number.
    public var nearestRegions: [[Int]] = []
    /// How many levels deeper a parent may be for being in a nearer region. One costs nothing in depth, since some slots
    /// of the level below are always open; two gain nothing more.
    public var proximitySlack = 1
    /// Decides between equals. The same seed and operations give the same changes.
    public var seed: UInt64 = 1
    /// Pairs of peers that could not connect and are remembered, at most.
    public var brokenPairsMax = 65_536
    /// Peers to make room for from the beginning.
    public var expectedPeers = 0

    /// The defaults: two stripes, one root, one region.
    public init() {}
}

extension Overlay {
    /// R for a number of peers, given the limit in force (0: none yet).
    ///
    /// Up to 3 peers all are served directly: a tree would only add delay. From 4 the forward gives 2 copies, because
    /// two roots per stripe keep a small swarm shallow: 30 peers that feed two each fit into four levels. From 39 it gives 4,
    /// the least with which depth stays at its bound; from 1,000 8, and from 100,000 32, where a level less is worth more than
    /// a few units of egress. (A swarm in which many come and go needs more: `Unrest` of the module `SwarmCore`.)
    ///
    /// A limit that has been raised is kept until the peers are a fifth fewer than it was raised for, so that comings and
    /// goings at a boundary move nobody. At 3 and 4 peers there is no such margin: each peer changes the limit there.
    public static func rootLimit(forPeers count: Int, current: Int = 0) -> Int {
        guard count > 3 else { return max(1, count) }
        for (least, limit) in [(100_000, 32), (1_000, 8), (39, 4)] {
            if count >= least || (current == limit && count >= least * 4 / 5) { return limit }
        }
        return 2
    }
}
