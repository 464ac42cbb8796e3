import OverlayCore

/// What operations of a kind took, in nanoseconds.
public struct TimeFigures: Codable, Sendable {
    /// Operations measured.
    public let count: Int
    /// Arithmetic mean.
    public let mean: Double
    /// What half, 99 % and 99.99 % of them did not exceed.
    public let p50, p99, p9999: Int64
    /// The longest.
    public let max: Int64

    init(_ unsorted: [Int64]) {
        let sorted = unsorted.sorted()
        func quantile(_ share: Double) -> Int64 {
            sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
        }
        count = sorted.count
        mean = sorted.isEmpty ? 0 : Double(sorted.reduce(0, +)) / Double(sorted.count)
        (p50, p99, p9999, max) = (quantile(0.5), quantile(0.99), quantile(0.9999), sorted.last ?? 0)
    }
}

/// How deep the trees are: the worst of the stripes in each figure.
public struct DepthFigures: Codable, Sendable {
    /// As in `DepthStatistics`.
    public let mean: Double
    /// As in `DepthStatistics`.
    public let p99, max, bound: Int
    /// Overflow roots in all stripes.
    public let overflowRoots: Int

    init(_ overlay: Overlay) {
        let stripes = (0..<overlay.stripeCount).map { overlay.depths(stripe: $0) }
        mean = stripes.map(\.mean).max() ?? 0
        p99 = stripes.map(\.p99).max() ?? 0
        max = stripes.map(\.max).max() ?? 0
        bound = stripes.map(\.bound).max() ?? 0
        overflowRoots = (0..<overlay.stripeCount).reduce(0) {
            $0 + Swift.max(0, overlay.rootCount(stripe: $1) - overlay.rootLimit)
        }
    }
}

/// Pairs of a departure and an arrival.
public struct ChurnFigures: Codable, Sendable {
    /// How many pairs there were.
    public var pairs = 0
    /// Links changed by a departure, what the loss of links to peers that cannot connect changed after it included.
    public var changesPerLeave = 0.0
    /// Links changed by an arrival beyond one for each stripe, likewise.
    public var extraChangesPerJoin = 0.0
    /// The most links that a departure changed beyond twice what the viewer could serve, and that an arrival changed
    /// beyond what it can serve and one for each stripe.
    public var excessPerLeaveMax = Int.min, excessPerJoinMax = Int.min
    /// Links that background work changed, per departure.
    public var tickChangesPerLeave = 0.0
    /// After the last pair.
    public var depth: DepthFigures
    /// The greatest depth after any pair.
    public var depthMaxEver = 0
    /// Viewers whose parents are distinct peers, or the server, all of them in the overlay; of all.
    public var distinctParents = 0.0
}

/// One operation on very many viewers.
public struct BulkFigures: Codable, Sendable {
    /// Processor time.
    public let milliseconds: Double
    /// Links changed.
    public let changes: Int
    /// Right afterwards.
    public let depth: DepthFigures
    /// After background work as in 60 s; with how many links changed.
    public let settledDepth: DepthFigures
    /// Links changed by that.
    public let settlingChanges: Int
}

/// All that is measured of an overlay.
public struct OverlayFigures: Codable, Sendable {
    /// What was asked for.
    public let peers: Int
    /// What was asked for.
    public let capacities: Capacities
    /// What was asked for.
    public let seed: UInt64
    /// K and R.
    public let stripes, rootLimit: Int
    /// Time of one operation.
    public let join, leave, tick: TimeFigures
    /// Measurements of single operations that another process interrupted; they are not among the others.
    public let discarded: Int
    /// Memory of the overlay.
    public let bytesPerPeer: Double
    /// Where all pairs can connect.
    public let churn: ChurnFigures
    /// Where one pair in ten cannot, and the overlay is told only when it tries.
    public let churnWithBrokenPairs: ChurnFigures
    /// Half of all leave at once.
    public let leaveBatch: BulkFigures
    /// From the reports of all but one in fifty.
    public let rebuild: BulkFigures
}
