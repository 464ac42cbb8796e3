extension Overlay {
    /// Takes a peer out and repairs the trees. An index without a peer is ignored. How many links that changes at most is
    /// said by `Invariant.economy`.
    public mutating func leave(_ peer: PeerIndex, into output: inout [LinkChange]) {
        guard isLive(peer.rawValue) else { return }
        swap(&changes, &output)
        defer { swap(&changes, &output) }
        let peer = peer.rawValue
        retire(peer)
        let role = Int(peers[Int(peer)].role)
        for stripe in 0..<stripeCount where stripe != role { unlink(peer, stripe) }
        if role < stripeCount && !replaceInPlace(peer, role) {
            var orphans: [Int32] = []
            swap(&orphans, &orphanScratch)
            orphans.removeAll(keepingCapacity: true)
            let place = vacate(peer, role, orphans: &orphans)
            repair(place, orphans)
            swap(&orphans, &orphanScratch)
        }
        if role < stripeCount { refill() }
        release(peer)
    }

    /// What `repair` comes to where a peer from below can take the place of the departed one as it is, which is nearly
    /// always when all have the same capacity, without touching what does not change. False if it is not so simple.
    private mutating func replaceInPlace(_ peer: Int32, _ role: Int) -> Bool {
        let link = links[at(peer, role)]
        var (child, isNeeded) = (link.firstChild, false)
        while child != nobody {
            if hasChildren(child, role) { isNeeded = true }
            child = links[at(child, role)].next
        }
        guard isNeeded else { return false }
        let place = Place(stripe: role, parent: link.parent, depth: Int(link.depth))
        let replacement = replacement(for: place, Int(link.childCount))
        guard replacement != nobody, links[at(replacement, role)].parent != peer,
            !areBroken(replacement, link.parent), !isBrokenToChild(of: peer, replacement, role)
        else { return false }
        replacementCount += 1
        let ownChildren = children(replacement, role)
        for child in ownChildren { unlink(child, role) }
        unlink(replacement, role)
        substitute(replacement, for: peer, role)
        show(replacement, role)
        for child in ownChildren { attachSubtree(child, role) }
        return true
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
        if role < stripeCount {
            slots[role] -= Int(links[at(peer, role)].capacity)
            links[at(peer, role)].capacity = 0
        }
    }

    /// Unlinks a peer and its children in the stripe of its role. Appends the children that are still there and returns
    /// the place that is free now.
    mutating func vacate(_ peer: Int32, _ role: Int, orphans: inout [Int32]) -> Place {
        let index = at(peer, role)
        let link = links[index]
        unlink(peer, role)
        var orphan = link.firstChild
        while orphan != nobody {
            let below = at(orphan, role)
            let next = links[below].next
            // Others who leave at the same time are unlinked by themselves.
            if isLive(orphan) {
                if links[below].position >= 0 { hide(orphan, role) }
                links[below].parent = nobody
                links[below].next = nobody
                links[below].previous = nobody
                attached[role] -= 1
                orphans.append(orphan)
            }
            orphan = next
        }
        links[index].firstChild = nobody
        links[index].childCount = 0
        return Place(stripe: role, parent: link.parent, depth: Int(link.depth))
    }

    /// Gives the index of a departed peer back.
    mutating func release(_ peer: Int32) {
        peers[Int(peer)].generation &+= 1
        free.append(peer)
    }
}
