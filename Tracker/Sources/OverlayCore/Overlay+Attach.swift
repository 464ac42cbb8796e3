/// Giving orphans a parent.
extension Overlay {
    /// Links an orphan to the best open slot; without one, after another peer changed its role for it; and if that fails,
    /// to the server as an overflow root, which `tick` drains later.
    mutating func attach(_ peer: Int32, _ stripe: Int, avoiding avoided: Int32 = nobody) {
        var parent = openParent(for: peer, stripe, avoiding: avoided)
        if parent == nobody && changeRole(to: stripe, atAnyPrice: true) {
            parent = openParent(for: peer, stripe, avoiding: avoided)
        }
        link(peer, stripe, to: parent == nobody ? theServer : parent)
    }

    /// Links an orphan that may have children: where a leaf is shallower than any open slot, it takes the leaf's place, for
    /// the leaf harms nobody below it by going deeper.
    mutating func attachSubtree(_ peer: Int32, _ stripe: Int) {
        guard hasChildren(peer, stripe) else { return attach(peer, stripe) }
        let parent = openParent(for: peer, stripe)
        let depth = depthBelow(parent, stripe)
        if shallowestLeaf(stripe) < depth && takeLeafPlace(peer, stripe, maxDepth: depth - 1) { return }
        if parent == nobody { attach(peer, stripe) } else { link(peer, stripe, to: parent) }
    }

    /// Puts an orphan in the place of the shallowest leaf that is no deeper than `maxDepth`; the leaf goes anywhere.
    mutating func takeLeafPlace(_ peer: Int32, _ stripe: Int, maxDepth: Int, avoiding avoided: Int32 = nobody) -> Bool {
        let depth = shallowestLeaf(stripe)
        guard depth <= maxDepth else { return false }
        let leaf = member(stripe, kind: Buckets.leaf, depth: depth, inPlaceFor: peer)
        guard leaf != nobody else { return false }
        let parent = links[at(leaf, stripe)].parent
        guard parent != avoided, !mayBeBelow(parent, peer, stripe) else { return false }
        unlink(leaf, stripe)
        link(peer, stripe, to: parent)
        // What the peer has just left is often what the leaf can take.
        if avoided != nobody && hasOpenSlot(avoided, stripe) && !areBroken(leaf, avoided) {
            link(leaf, stripe, to: avoided)
        } else {
            attach(leaf, stripe)
        }
        return true
    }

    /// `isBelow`, without the walk where labels already tell.
    @inline(__always)
    func mayBeBelow(_ candidate: Int32, _ peer: Int32, _ stripe: Int) -> Bool {
        guard candidate >= 0 && hasChildren(peer, stripe) else { return candidate == peer }
        let depth = links[at(candidate, stripe)].depth
        if depth < links[at(peer, stripe)].depth && depth < Buckets.depthMax { return false }
        return isBelow(candidate, peer, stripe)
    }

    /// Exchanges the parents of two peers, neither of which may get the stripe through the other.
    mutating func exchangeParents(_ one: Int32, _ other: Int32, _ stripe: Int) {
        let (parentOfOne, parentOfOther) = (links[at(one, stripe)].parent, links[at(other, stripe)].parent)
        unlink(one, stripe)
        unlink(other, stripe)
        link(one, stripe, to: parentOfOther)
        link(other, stripe, to: parentOfOne)
    }

    /// Moves a peer below another parent.
    mutating func move(_ peer: Int32, _ stripe: Int, to parent: Int32) {
        unlink(peer, stripe)
        link(peer, stripe, to: parent)
    }
}
