/// Moves that make trees shallower, one at a time. Each lets somebody gain two levels or more and nobody else lose by it
/// except a leaf, which has nobody below; so they come to an end.
extension Overlay {
    /// Makes the first of the moves that there is.
    mutating func compact(_ stripe: Int) -> Bool {
        promoteToRoot(stripe) || moveToOpenSlot(stripe) || exchangeWithShallowLeaf(stripe)
    }

    /// A root slot is open: someone from below takes it. While all peers fit, everyone does.
    private mutating func promoteToRoot(_ stripe: Int) -> Bool {
        guard roots[stripe] < rootLimit else { return false }
        let everyone = liveCount <= rootLimit
        for kind in (everyone ? 0 : 1)..<Buckets.kindCount {
            let deeper = buckets.depths(stripe: stripe, kind: kind) & ~.depths(through: everyone ? 1 : 2)
            guard deeper != 0 else { continue }
            let peer = member(stripe, kind: kind, depth: deeper.shallowest)
            guard peer != nobody else { continue }
            move(peer, stripe, to: theServer)
            return true
        }
        return false
    }

    /// The deepest peer without children takes an open slot two levels or more above it.
    private mutating func moveToOpenSlot(_ stripe: Int) -> Bool {
        let open = buckets.openDepths(stripe: stripe)
        let (kind, depth) = deepest(stripe) { $0 == Buckets.leaf || Buckets.isEmpty(kind: $0) }
        guard open != 0, open.shallowest + 1 <= depth - 2 else { return false }
        let peer = member(stripe, kind: kind, depth: depth)
        guard peer != nobody else { return false }
        let parent = openParent(for: peer, stripe, maxDepth: depth - 3, orServer: false)
        guard parent != nobody else { return false }
        move(peer, stripe, to: parent)
        return true
    }

    /// The deepest interior peer and the shallowest leaf exchange their parents.
    private mutating func exchangeWithShallowLeaf(_ stripe: Int) -> Bool {
        let leafDepth = shallowestLeaf(stripe)
        let (kind, depth) = deepest(stripe) { $0 != Buckets.leaf }
        guard depth - leafDepth >= 2 else { return false }
        let peer = member(stripe, kind: kind, depth: depth)
        guard peer != nobody else { return false }
        let leaf = member(stripe, kind: Buckets.leaf, depth: leafDepth, inPlaceFor: peer)
        guard leaf != nobody, !areBroken(leaf, links[at(peer, stripe)].parent),
            !mayBeBelow(links[at(leaf, stripe)].parent, peer, stripe)
        else { return false }
        exchangeParents(peer, leaf, stripe)
        return true
    }

    /// The deepest of the kinds that are wanted; the depth is -1 if there is none.
    private func deepest(_ stripe: Int, _ isWanted: (Int) -> Bool) -> (kind: Int, depth: Int) {
        var deepest = (kind: Buckets.leaf, depth: -1)
        for kind in 0..<Buckets.kindCount where isWanted(kind) {
            let depth = buckets.depths(stripe: stripe, kind: kind).deepest
            if depth > deepest.depth { deepest = (kind, depth) }
        }
        return deepest
    }
}
