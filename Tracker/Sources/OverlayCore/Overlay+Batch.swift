extension Overlay {
    /// From how many departures in one batching window (50 ms) `leaveBatch` does better than `leave` for each: it never
    /// repairs with peers that are about to go, and repairs from the top, so that nobody is moved twice.
    public static let batchMin = 64

    /// A stripe is restructured when one in so many of its peers has lost its way to the server.
    private static let restructuredShare = 16

    /// Takes many peers out at once. Indices without a peer, or given twice, are ignored.
    ///
    /// While most of a tree still stands, each place is repaired as `leave` does, from the top. Where much of it hangs in
    /// the air that would fail, because replacements come from the bottom and so from what hangs in the air itself: such
    /// a stripe is restructured. Where all peers have capacity 2 no tree is deeper than its bound and one level then.
    public mutating func leaveBatch(_ departed: [PeerIndex], into output: inout [LinkChange]) {
        swap(&changes, &output)
        defer { swap(&changes, &output) }
        let isMass = departed.count > peers.count / Self.restructuredShare
        let gone = isMass ? retireMany(departed) : retireFew(departed)
        changes.reserveCapacity(changes.count + gone.count * 5 / 4)
        // All links of all who left are cut before the first repair: the slots they held in other stripes are free then,
        // and nobody can be attached to one of them.
        var damage: [[Damage]] = Array(repeating: [], count: stripeCount)
        var orphans: [[Int32]] = Array(repeating: [], count: stripeCount)
        for peer in gone {
            let role = Int(peers[Int(peer)].role)
            for stripe in 0..<stripeCount where stripe != role { unlink(peer, stripe) }
            guard role < stripeCount else { continue }
            let first = orphans[role].count
            let place = vacate(peer, role, orphans: &orphans[role])
            // Places without orphans count too: those below them may be about to lose theirs.
            damage[role].append(Damage(place: place, orphans: first..<orphans[role].count))
        }
        if isMass { for stripe in 0..<stripeCount { showAll(stripe) } }
        balance()
        for stripe in 0..<stripeCount where !orphans[stripe].isEmpty {
            if isShattered(stripe, orphans[stripe]) {
                restructure(stripe, orphans[stripe])
            } else {
                repair(damage[stripe], orphans[stripe])
            }
        }
        refill()
        for peer in gone { release(peer) }
    }

    private mutating func retireFew(_ departed: [PeerIndex]) -> [Int32] {
        var gone: [Int32] = []
        for peer in departed where isLive(peer.rawValue) {
            retire(peer.rawValue)
            gone.append(peer.rawValue)
        }
        return gone
    }

    /// Retires those who are in the overlay and returns them, by index. Nobody is in a bucket afterwards: it takes less to
    /// fill buckets anew than to take so many out one by one, and memory likes to be read in order.
    private mutating func retireMany(_ departed: [PeerIndex]) -> [Int32] {
        for stripe in 0..<stripeCount { hideAll(stripe) }
        var isGone = Array(repeating: false, count: peers.count)
        for peer in departed where isLive(peer.rawValue) { isGone[Int(peer.rawValue)] = true }
        var gone: [Int32] = []
        gone.reserveCapacity(departed.count)
        for peer in isGone.indices where isGone[peer] {
            retire(Int32(peer))
            gone.append(Int32(peer))
        }
        return gone
    }

    /// What one departure left: a free place, and orphans as a range of those of the stripe.
    private struct Damage {
        let place: Place
        let orphans: Range<Int>
    }

    @inline(__always)
    func isOrphan(_ peer: Int32, _ stripe: Int) -> Bool { links[at(peer, stripe)].parent == nobody }

    /// Whether too many peers are below orphans for a repair place by place. Counts no further than it must.
    func isShattered(_ stripe: Int, _ orphans: [Int32]) -> Bool {
        guard liveCount > rootLimit else { return false }
        let enough = liveCount / Self.restructuredShare
        var count = 0
        var stack = orphans
        while let peer = stack.popLast() {
            count += 1
            if count > enough { return true }
            if hasChildren(peer, stripe) { stack += children(peer, stripe) }
        }
        return false
    }

    /// Repairs place by place, from the top. Subtrees come first, while the places that became free are there for them;
    /// then who can serve, then leaves.
    private mutating func repair(_ unsorted: [Damage], _ orphans: [Int32]) {
        let damage = unsorted.filter { !$0.orphans.isEmpty }.sorted { $0.place.depth < $1.place.depth }
        // Survivors who lost children: the orphans below those children are going to be theirs.
        let bereaved = Set(unsorted.map(\.place.parent))
        var heavy: [Int32] = []
        for one in damage {
            let stripe = one.place.stripe
            heavy.removeAll(keepingCapacity: true)
            for orphan in orphans[one.orphans]
            where isOrphan(orphan, stripe) && (hasChildren(orphan, stripe) || bereaved.contains(orphan)) {
                heavy.append(orphan)
            }
            repair(one.place, heavy)
        }
        attachRest(damage, orphans, onlyInterior: true)
        attachRest(damage, orphans, onlyInterior: false)
    }

    /// Attaches those who are orphans still. Some may have got children meanwhile, whose former place was below them.
    private mutating func attachRest(_ damage: [Damage], _ orphans: [Int32], onlyInterior: Bool) {
        for one in damage {
            let stripe = one.place.stripe
            for orphan in orphans[one.orphans] where isOrphan(orphan, stripe) {
                if hasChildren(orphan, stripe) {
                    reattach(orphan, stripe, maxDepth: one.place.depth)
                } else if !onlyInterior || isInterior(orphan, stripe) {
                    attach(orphan, stripe)
                }
            }
        }
    }

    /// Moves roles until each stripe has its reserve or nothing more can be moved. Orphans count as attached: all of them
    /// are going to need a slot, and a stripe that has more of them than another only seems to have more slots left.
    mutating func balance() {
        let orphanCounts = attached.map { liveCount - $0 }
        for stripe in 0..<stripeCount { attached[stripe] += orphanCounts[stripe] }
        defer { for stripe in 0..<stripeCount { attached[stripe] -= orphanCounts[stripe] } }
        for _ in 0..<4_096 {
            var hasChanged = false
            for stripe in 0..<stripeCount where open(stripe) < reserve && changeRole(to: stripe) { hasChanged = true }
            if !hasChanged { return }
        }
    }
}
