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
        var repairs: [(place: Place, orphans: [Int32])] = []
        for peer in gone {
            let role = Int(peers[Int(peer)].role)
            for stripe in 0..<stripeCount where stripe != role { unlink(peer, stripe) }
            if role < stripeCount { repairs.append(vacate(peer, role)) }
        }
        balance()
        repairs.sort { $0.place.depth < $1.place.depth }
        // Subtrees first, while the places that became free are there for them; then who can serve, then leaves.
        for (place, orphans) in repairs {
            repair(place, orphans.filter { isOrphan($0, place.stripe) && hasChildren($0, place.stripe) })
        }
        attachRest(repairs, onlyInterior: true)
        attachRest(repairs, onlyInterior: false)
        refill()
        for peer in gone { release(peer) }
    }

    private func isOrphan(_ peer: Int32, _ stripe: Int) -> Bool { links[at(peer, stripe)].parent == nobody }

    /// Attaches those who are orphans still. Some may have got children meanwhile, whose former place was below them.
    private mutating func attachRest(_ repairs: [(place: Place, orphans: [Int32])], onlyInterior: Bool) {
        for (place, orphans) in repairs {
            for orphan in orphans where isOrphan(orphan, place.stripe) {
                if hasChildren(orphan, place.stripe) {
                    reattach(orphan, place.stripe, maxDepth: place.depth)
                } else if !onlyInterior || isInterior(orphan, place.stripe) {
                    attach(orphan, place.stripe)
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
