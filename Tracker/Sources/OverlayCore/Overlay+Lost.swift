extension Overlay {
    /// Equals that are tried for an exchange.
    private static let exchangeTries = 6

    /// Gives a peer another parent because the link to `parent` broke or never came about, while both are alive. The pair is
    /// remembered and not tried again. A report that is out of date (the parent is another one by now) is ignored.
    ///
    /// With `remembersPair` false the pair is not held to be broken: for a parent that said that it leaves.
    ///
    /// When the parent is the server, the same link is given out again: whoever watches can reach some forward, and which
    /// one is the owner's choice.
    public mutating func lost(
        _ peer: PeerIndex, stripe: Int, parent: Parent, remembersPair: Bool = true, into output: inout [LinkChange]
    ) {
        guard isLive(peer.rawValue), (0..<stripeCount).contains(stripe),
            links[at(peer.rawValue, stripe)].parent == parent.raw
        else { return }
        swap(&changes, &output)
        defer { swap(&changes, &output) }
        switch parent {
        case .server:
            changes.append(LinkChange(peer: peer, stripe: stripe, newParent: .server))
        case .peer(let parent):
            if remembersPair { brokenPairs.insert(name(peer.rawValue), name(parent.rawValue)) }
            unlink(peer.rawValue, stripe)
            replaceParent(of: peer.rawValue, stripe, instead: parent.rawValue)
        }
    }

    /// A peer with children looks for a place that is no deeper than the one it had, whatever the price in links; then, as
    /// one without children does at once, for any.
    private mutating func replaceParent(of peer: Int32, _ stripe: Int, instead lost: Int32) {
        if hasChildren(peer, stripe) {
            let depth = Int(links[at(lost, stripe)].depth)
            let parent = openParent(for: peer, stripe, maxDepth: depth, avoiding: lost)
            if parent != nobody { return link(peer, stripe, to: parent) }
            if takeLeafPlace(peer, stripe, maxDepth: depth + 1, avoiding: lost) { return }
            if exchangeWithEqual(peer, stripe, instead: lost) { return }
        }
        var parent = openParent(for: peer, stripe, avoiding: lost)
        if parent == nobody && changeRole(to: stripe, atAnyPrice: true) {
            parent = openParent(for: peer, stripe, avoiding: lost)
        }
        if parent == nobody && exchangeWithLeaf(peer, stripe, instead: lost) { return }
        link(peer, stripe, to: parent == nobody ? theServer : parent)
    }

    /// Exchanges parents with a peer at the depth that the peer had, so that both subtrees keep their depths.
    private mutating func exchangeWithEqual(_ peer: Int32, _ stripe: Int, instead lost: Int32) -> Bool {
        let depth = Int(links[at(lost, stripe)].depth) + 1
        guard depth < Buckets.depthMax else { return false }
        let kinds = (0..<Buckets.kindCount).filter { buckets.depths(stripe: stripe, kind: $0).has(depth) }
        guard !kinds.isEmpty else { return false }
        for _ in 0..<Self.exchangeTries {
            let other = member(stripe, kind: kinds[random(below: kinds.count)], depth: depth, inPlaceFor: peer)
            if other != nobody && takePlace(of: other, peer, stripe, giving: lost) { return true }
        }
        return false
    }

    /// Exchanges parents with one of the deepest leaves, where all slots are taken.
    private mutating func exchangeWithLeaf(_ peer: Int32, _ stripe: Int, instead lost: Int32) -> Bool {
        let depth = buckets.depths(stripe: stripe, kind: Buckets.leaf).deepest
        guard depth >= 0 else { return false }
        for _ in 0..<Self.exchangeTries {
            let leaf = member(stripe, kind: Buckets.leaf, depth: depth, inPlaceFor: peer)
            if leaf != nobody && takePlace(of: leaf, peer, stripe, giving: lost) { return true }
        }
        return false
    }

    /// Links an orphan to the parent of another peer, which gets the parent that the orphan lost.
    private mutating func takePlace(of other: Int32, _ peer: Int32, _ stripe: Int, giving lost: Int32) -> Bool {
        let parent = links[at(other, stripe)].parent
        guard parent != lost, parent >= 0, hasOpenSlot(lost, stripe), !areBroken(other, lost),
            !mayBeBelow(parent, peer, stripe), !mayBeBelow(lost, other, stripe), !isBelow(lost, peer, stripe)
        else { return false }
        unlink(other, stripe)
        link(peer, stripe, to: parent)
        link(other, stripe, to: lost)
        return true
    }
}
