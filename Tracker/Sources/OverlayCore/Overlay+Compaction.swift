/// Moves that make trees shallower, one at a time. Each lets somebody gain two levels or more and nobody else lose by it
/// except a leaf, which has nobody below; so they come to an end. In a tree that is deeper than its bound one level is
/// enough of a gain, until it is not or nothing can be gained.
extension Overlay {
    /// Pairs of peers that are tried for an exchange.
    private static let exchangeTries = 4

    /// Makes the first of the moves that there is.
    mutating func compact(_ stripe: Int) -> Bool {
        let gainMin = isTooDeep(stripe) ? 1 : 2
        return promoteToRoot(stripe, gainMin) || moveToOpenSlot(stripe, gainMin) || exchangeWithShallowLeaf(stripe, gainMin)
    }

    private func isTooDeep(_ stripe: Int) -> Bool {
        deepest(stripe) { _ in true }.depth > Self.depthBound(peers: liveCount, rootLimit: rootLimit)
    }

    /// A root slot is open: someone from below takes it. While all peers fit, everyone does.
    private mutating func promoteToRoot(_ stripe: Int, _ gainMin: Int) -> Bool {
        guard roots[stripe] < rootLimit else { return false }
        let everyone = liveCount <= rootLimit
        for kind in (everyone ? 0 : 1)..<Buckets.kindCount {
            let deeper = buckets.depths(stripe: stripe, kind: kind) & ~.depths(through: everyone ? 1 : gainMin)
            guard deeper != 0 else { continue }
            let peer = member(stripe, kind: kind, depth: deeper.shallowest)
            guard peer != nobody else { continue }
            move(peer, stripe, to: theServer)
            return true
        }
        return false
    }

    /// The deepest peer without children takes an open slot well above it.
    private mutating func moveToOpenSlot(_ stripe: Int, _ gainMin: Int) -> Bool {
        let open = buckets.openDepths(stripe: stripe)
        let (kind, depth) = deepest(stripe) { $0 == Buckets.leaf || Buckets.isEmpty(kind: $0) }
        guard open != 0, open.shallowest + 1 <= depth - gainMin else { return false }
        let peer = member(stripe, kind: kind, depth: depth)
        guard peer != nobody else { return false }
        let parent = openParent(for: peer, stripe, maxDepth: depth - gainMin - 1, orServer: false)
        guard parent != nobody else { return false }
        move(peer, stripe, to: parent)
        return true
    }

    /// The shallowest leaf exchanges parents with someone on the way to the deepest interior peer: half way down, so that
    /// a chain becomes two of half its length and dissolves in a few moves, however long it is.
    private mutating func exchangeWithShallowLeaf(_ stripe: Int, _ gainMin: Int) -> Bool {
        let leafDepth = shallowestLeaf(stripe)
        let (kind, depth) = deepest(stripe) { $0 != Buckets.leaf }
        guard depth - leafDepth >= gainMin else { return false }
        let wanted = max(leafDepth + gainMin, (depth + leafDepth + 1) / 2)
        for _ in 0..<Self.exchangeTries {
            var peer = member(stripe, kind: kind, depth: depth)
            for _ in wanted..<depth where peer >= 0 { peer = links[at(peer, stripe)].parent }
            guard peer >= 0 else { return false }
            let leaf = member(stripe, kind: Buckets.leaf, depth: leafDepth, inPlaceFor: peer)
            guard leaf != nobody, !areBroken(leaf, links[at(peer, stripe)].parent),
                !mayBeBelow(links[at(leaf, stripe)].parent, peer, stripe)
            else { continue }
            exchangeParents(peer, leaf, stripe)
            return true
        }
        return false
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
