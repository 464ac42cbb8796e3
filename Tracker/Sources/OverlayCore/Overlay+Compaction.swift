/// Moves that make trees shallower, one at a time. Each lets somebody gain two levels or more and nobody else lose by it
/// except a leaf, which has nobody below; so they come to an end. In a tree that is deeper than its bound one level is
/// enough of a gain, until it is not or nothing can be gained.
extension Overlay {
    /// Peers that are tried for a move.
    private static let compactionTries = 4

    /// Makes the first of the moves that there is.
    mutating func compact(_ stripe: Int) -> Bool {
        let gainMin = isTooDeep(stripe) ? 1 : 2
        return promoteToRoot(stripe, gainMin) || moveToOpenSlot(stripe, gainMin)
            || exchangeWithShallowLeaf(stripe, gainMin)
    }

    private func isTooDeep(_ stripe: Int) -> Bool {
        deepest(stripe) { _ in true }.depth > Self.depthBound(peers: liveCount, rootLimit: rootLimit)
    }

    /// A root slot is open: someone from below takes it. While all peers fit, everyone does.
    private mutating func promoteToRoot(_ stripe: Int, _ gainMin: Int) -> Bool {
        guard roots[stripe] < rootLimit else { return false }
        let everyone = liveCount <= rootLimit
        let (kind, depth) = deepest(stripe) { everyone || $0 != Buckets.leaf }
        let gain = everyone ? 1 : gainMin
        guard depth - 1 >= gain else { return false }
        let peer = ancestor(of: member(stripe, kind: kind, depth: depth), stripe, from: depth, to: 1, gain)
        guard peer != nobody else { return false }
        move(peer, stripe, to: theServer)
        return true
    }

    /// Someone on the way to the deepest peer takes an open slot well above.
    private mutating func moveToOpenSlot(_ stripe: Int, _ gainMin: Int) -> Bool {
        let target = buckets.openDepths(stripe: stripe).shallowest + 1
        let (kind, depth) = deepest(stripe) { _ in true }
        guard target <= depth - gainMin else { return false }
        for _ in 0..<Self.compactionTries {
            let peer = ancestor(of: member(stripe, kind: kind, depth: depth), stripe, from: depth, to: target, gainMin)
            guard peer != nobody else { return false }
            let maxDepth = Int(links[at(peer, stripe)].depth) - gainMin - 1
            let parent = openParent(for: peer, stripe, maxDepth: maxDepth, orServer: false)
            guard parent != nobody else { continue }
            move(peer, stripe, to: parent)
            return true
        }
        return false
    }

    /// The shallowest leaf exchanges parents with someone on the way to the deepest interior peer.
    private mutating func exchangeWithShallowLeaf(_ stripe: Int, _ gainMin: Int) -> Bool {
        let target = shallowestLeaf(stripe)
        let (kind, depth) = deepest(stripe) { $0 != Buckets.leaf }
        guard target <= depth - gainMin else { return false }
        for _ in 0..<Self.compactionTries {
            let peer = ancestor(of: member(stripe, kind: kind, depth: depth), stripe, from: depth, to: target, gainMin)
            guard peer != nobody else { return false }
            let leaf = member(stripe, kind: Buckets.leaf, depth: target, inPlaceFor: peer)
            guard leaf != nobody, !areBroken(leaf, links[at(peer, stripe)].parent),
                !mayBeBelow(links[at(leaf, stripe)].parent, peer, stripe)
            else { continue }
            exchangeParents(peer, leaf, stripe)
            return true
        }
        return false
    }

    /// Who moves up for a peer at `depth`, when there is a place at depth `target`: the one half way between, so that a chain
    /// becomes two of half its length, and dissolves in few moves however long it is. It gains `gainMin` at least.
    private func ancestor(
        of peer: Int32, _ stripe: Int, from depth: Int, to target: Int, _ gainMin: Int
    ) -> Int32 {
        var ancestor = peer
        for _ in max(target + gainMin, (depth + target + 1) / 2)..<depth where ancestor >= 0 {
            ancestor = links[at(ancestor, stripe)].parent
        }
        return max(ancestor, nobody)
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
