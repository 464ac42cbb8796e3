extension OverlayFigures: CustomStringConvertible {
    /// A few lines for people.
    public var description: String {
        """
        \(peers) viewers, capacities \(capacities), K \(stripes), R \(rootLimit), seed \(seed)
        join        \(join)
        leave       \(leave)
        tick        \(tick)
        memory      \(Int(bytesPerPeer.rounded())) bytes per viewer
        churn       \(churn)
        10 % broken \(churnWithBrokenPairs)
        half leave  \(leaveBatch)
        rebuild     \(rebuild)
        """
    }
}

extension TimeFigures: CustomStringConvertible {
    /// On one line.
    public var description: String {
        "mean \(Int(mean)) ns, p50 \(p50), p99 \(p99), p99.99 \(p9999), max \(max)"
    }
}

extension DepthFigures: CustomStringConvertible {
    /// On one line.
    public var description: String {
        "depth \(mean.rounded(to: 10)) p99 \(p99) max \(max), bound \(bound)"
            + (overflowRoots > 0 ? ", \(overflowRoots) overflow roots" : "")
    }
}

extension ChurnFigures: CustomStringConvertible {
    /// On one line.
    public var description: String {
        """
        links per leave \(changesPerLeave.rounded(to: 1_000)), beyond K per join \
        \(extraChangesPerJoin.rounded(to: 1_000)), by ticks per leave \(tickChangesPerLeave.rounded(to: 1_000)); \(depth), \
        ever \(depthMaxEver); distinct parents \(distinctParents)
        """
    }
}

extension BulkFigures: CustomStringConvertible {
    /// On one line.
    public var description: String {
        """
        \(milliseconds.rounded(to: 10)) ms, \(changes) links, \(depth); after a minute \
        \(settledDepth), \(settlingChanges) links
        """
    }
}

extension Double {
    fileprivate func rounded(to parts: Double) -> Double { (self * parts).rounded() / parts }
}
