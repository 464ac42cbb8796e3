extension Overlay {
    /// From how many departures in one batching window (50 ms) `leaveBatch` does better than `leave` for each: it never
    /// repairs with peers that are about to go, and repairs from the top, so that nobody is moved twice.
    public static let batchMin = 64

    /// Takes many peers out at once. Indices without a peer, or given twice, are ignored.
    public mutating func leaveBatch(_ departed: [PeerIndex], into output: inout [LinkChange]) {
        swap(&changes, &output)
        defer { swap(&changes, &output) }
        var gone: [Int32] = []
        for peer in departed where isLive(peer.rawValue) {
            retire(peer.rawValue)
            gone.append(peer.rawValue)
        }
        // All links of all who left are cut before the first repair: the slots they held in other stripes are free then,
        // and nobody can be attached to one of them.
        var damage: [Damage] = []
        var orphans: [Int32] = []
        // Survivors who lost children: the orphans below those children are going to be theirs.
        var hadChildren = Array(repeating: false, count: peers.count)
        for peer in gone {
            let role = Int(peers[Int(peer)].role)
            for stripe in 0..<stripeCount where stripe != role { unlink(peer, stripe) }
            guard role < stripeCount else { continue }
            let first = orphans.count
            let place = vacate(peer, role, orphans: &orphans)
            if place.parent >= 0 { hadChildren[Int(place.parent)] = true }
            if orphans.count > first { damage.append(Damage(place: place, orphans: first..<orphans.count)) }
        }
        balance()
        damage.sort { $0.place.depth < $1.place.depth }
        // Subtrees first, while the places that became free are there for them; then who can serve, then leaves.
        var heavy: [Int32] = []
        for one in damage {
            let stripe = one.place.stripe
            heavy.removeAll(keepingCapacity: true)
            for orphan in orphans[one.orphans]
            where isOrphan(orphan, stripe) && (hasChildren(orphan, stripe) || hadChildren[Int(orphan)]) {
                heavy.append(orphan)
            }
            repair(one.place, heavy)
        }
        attachRest(damage, orphans, onlyInterior: true)
        attachRest(damage, orphans, onlyInterior: false)
        refill()
        for peer in gone { release(peer) }
    }

    /// What one departure left: a free place, and orphans as a range of those of all departures.
    private struct Damage {
        let place: Place
        let orphans: Range<Int>
    }

    @inline(__always)
    private func isOrphan(_ peer: Int32, _ stripe: Int) -> Bool { links[at(peer, stripe)].parent == nobody }

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

    /// Moves roles until each stripe has its reserve or nothing more can be moved.
    mutating func balance() {
        for _ in 0..<4_096 {
            var hasChanged = false
            for stripe in 0..<stripeCount where open(stripe) < reserve && changeRole(to: stripe) { hasChanged = true }
            if !hasChanged { return }
        }
    }
}
