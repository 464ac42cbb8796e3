/// Finding a place for a peer. All searches look at a few members of a bucket only, so that none takes time by the number
/// of peers.
extension Overlay {
    /// Members of a bucket that are looked at for a parent before the next bucket is.
    private static let parentTries = 6
    /// Members of a bucket that are looked at for any other use.
    private static let memberTries = 4

    /// The parent for an orphan: the server while interior peers fill its root slots (or all peers fit there), else the
    /// shallowest open slot no deeper than `maxDepth`, of equals in the nearest region, else a root slot; `nobody` if there
    /// is nothing. Known broken pairs and the orphan's own descendants are passed over.
    mutating func openParent(
        for peer: Int32, _ stripe: Int, maxDepth: Int = Buckets.depthMax, avoiding avoided: Int32 = nobody,
        orServer: Bool = true
    ) -> Int32 {
        let hasRootSlot = orServer && roots[stripe] < rootLimit
        if hasRootSlot && (isInterior(peer, stripe) || liveCount <= rootLimit) { return theServer }
        let parent =
            regionCount == 1
            ? shallowestParent(for: peer, stripe, maxDepth, avoided)
            : nearestParent(for: peer, stripe, maxDepth, avoided)
        return parent == nobody && hasRootSlot ? theServer : parent
    }

    private mutating func shallowestParent(
        for peer: Int32, _ stripe: Int, _ maxDepth: Int, _ avoided: Int32
    ) -> Int32 {
        var open = buckets.openDepths(stripe: stripe, region: 0) & .depths(through: maxDepth)
        while open != 0 {
            let parent = parent(for: peer, stripe, region: 0, depth: open.shallowest, avoided)
            if parent != nobody { return parent }
            open &= open - 1
        }
        return nobody
    }

    private mutating func nearestParent(
        for peer: Int32, _ stripe: Int, _ maxDepth: Int, _ avoided: Int32
    ) -> Int32 {
        let order = preference(peer)
        var any: UInt64 = 0
        for region in 0..<regionCount {
            depthScratch[region] =
                buckets.openDepths(stripe: stripe, region: region) & .depths(through: maxDepth)
            any |= depthScratch[region]
        }
        while any != 0 {
            let window = UInt64.depths(through: any.shallowest + proximitySlack)
            for region in nearestRegions[order..<order + regionCount].lazy.map({ Int($0) })
            where depthScratch[region] & window != 0 {
                let depth = (depthScratch[region] & window).shallowest
                let parent = parent(for: peer, stripe, region: region, depth: depth, avoided)
                if parent != nobody { return parent }
                depthScratch[region] &= ~(1 << UInt64(depth))
            }
            any = depthScratch.reduce(0, |)
        }
        return nobody
    }

    /// A peer with an open slot at a depth of a region. Those with some children come first, which keeps the empty ones
    /// free to change their roles; weak ones before strong ones, which keeps those for large subtrees.
    private mutating func parent(
        for peer: Int32, _ stripe: Int, region: Int, depth: Int, _ avoided: Int32
    ) -> Int32 {
        // Labels rise along links, so only a parent that is as deep as the peer can be below it. At the deepest
        // label that says nothing.
        let maybeBelow =
            hasChildren(peer, stripe)
            && (Int(links[at(peer, stripe)].depth) <= depth || depth >= Buckets.depthMax - 1)
        for fill in [Buckets.Fill.part, .empty] {
            for capacityClass in 1...4 {
                let row = buckets.row(
                    stripe: stripe, kind: Buckets.kind(class: capacityClass, fill: fill), region: region)
                guard buckets.depths(row: row).has(depth) else { continue }
                let count = buckets.count(row: row, depth: depth)
                let first = random(below: count)
                for step in 0..<min(count, Self.parentTries) {
                    let candidate = buckets.member(row: row, depth: depth, position: (first + step) % count)
                    if candidate == peer || candidate == avoided || areBroken(peer, candidate) { continue }
                    if maybeBelow && isBelow(candidate, peer, stripe) { continue }
                    return candidate
                }
            }
        }
        return nobody
    }

    /// Some peer of a kind at a depth; with `peer`, one that may take its place: neither itself nor known not to connect
    /// to it, and whose parent can take the peer.
    mutating func member(_ stripe: Int, kind: Int, depth: Int, inPlaceFor peer: Int32 = nobody) -> Int32 {
        let order = peer == nobody ? 0 : preference(peer)
        for step in 0..<regionCount {
            let region = Int(nearestRegions[order + step])
            let row = buckets.row(stripe: stripe, kind: kind, region: region)
            let count = buckets.count(row: row, depth: depth)
            guard count > 0 else { continue }
            let first = random(below: count)
            for step in 0..<min(count, Self.memberTries) {
                let candidate = buckets.member(row: row, depth: depth, position: (first + step) % count)
                if candidate == peer { continue }
                if peer != nobody
                    && (areBroken(peer, candidate) || areBroken(peer, links[at(candidate, stripe)].parent))
                {
                    continue
                }
                return candidate
            }
        }
        return nobody
    }

    /// The depth of the shallowest leaf of a stripe; 64 without leaves.
    @inline(__always)
    func shallowestLeaf(_ stripe: Int) -> Int { buckets.depths(stripe: stripe, kind: Buckets.leaf).shallowest }

    /// The depth at which a child of a parent is; 64 for `nobody`.
    @inline(__always)
    func depthBelow(_ parent: Int32, _ stripe: Int) -> Int {
        switch parent {
        case nobody: Buckets.depthMax + 1
        case theServer: 1
        default: Int(links[at(parent, stripe)].depth) + 1
        }
    }

    /// Whether a parent can take one more child of a stripe now.
    @inline(__always)
    func hasOpenSlot(_ parent: Int32, _ stripe: Int) -> Bool {
        guard parent >= 0 else { return parent == theServer && roots[stripe] < rootLimit }
        let link = links[at(parent, stripe)]
        return link.childCount < link.capacity
    }

    /// Whether two peers are known not to connect. The server connects to all.
    @inline(__always)
    func areBroken(_ one: Int32, _ other: Int32) -> Bool {
        guard brokenPairs.count > 0 && one >= 0 && other >= 0 else { return false }
        return brokenPairs.contains(name(one), name(other))
    }

    /// What broken pairs know a peer by.
    @inline(__always)
    func name(_ peer: Int32) -> UInt64 { BrokenPairs.name(of: peer, generation: peers[Int(peer)].generation) }
}
