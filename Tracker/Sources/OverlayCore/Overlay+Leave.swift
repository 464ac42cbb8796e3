extension Overlay {
    /// Takes a peer out and repairs the trees. An index without a peer is ignored. At most 2 × capacity + 3 changes in
    /// overlays where all peers have the same capacity.
    public mutating func leave(_ peer: PeerIndex, into output: inout [LinkChange]) {
        guard isLive(peer.rawValue) else { return }
        swap(&changes, &output)
        defer { swap(&changes, &output) }
        let peer = peer.rawValue
        retire(peer)
        let role = Int(peers[Int(peer)].role)
        for stripe in 0..<stripeCount where stripe != role { unlink(peer, stripe) }
        if role < stripeCount {
            var orphans: [Int32] = []
            swap(&orphans, &orphanScratch)
            orphans.removeAll(keepingCapacity: true)
            let place = vacate(peer, role, orphans: &orphans)
            repair(place, orphans)
            swap(&orphans, &orphanScratch)
            refill()
        }
        release(peer)
    }

    /// The place that a peer left: below `parent`, at `depth`.
    struct Place {
        let stripe: Int
        let parent: Int32
        let depth: Int
    }

    /// Takes a departing peer out of all searches and its slots out of the count, so that no repair chooses it.
    mutating func retire(_ peer: Int32) {
        peers[Int(peer)].isLive = false
        liveCount -= 1
        for stripe in 0..<stripeCount where links[at(peer, stripe)].position >= 0 { hide(peer, stripe) }
        let role = Int(peers[Int(peer)].role)
        if role < stripeCount { slots[role] -= Int(peers[Int(peer)].capacity) }
    }

    /// Unlinks a peer and its children in the stripe of its role. Appends the children that are still there and returns
    /// the place that is free now.
    mutating func vacate(_ peer: Int32, _ role: Int, orphans: inout [Int32]) -> Place {
        let link = links[at(peer, role)]
        unlink(peer, role)
        while peers[Int(peer)].childCount > 0 {
            let orphan = peers[Int(peer)].firstChild
            unlink(orphan, role)
            if isLive(orphan) { orphans.append(orphan) }
        }
        return Place(stripe: role, parent: link.parent, depth: Int(link.depth))
    }

    /// Gives the index of a departed peer back.
    mutating func release(_ peer: Int32) {
        peers[Int(peer)].generation &+= 1
        free.append(peer)
    }
}
