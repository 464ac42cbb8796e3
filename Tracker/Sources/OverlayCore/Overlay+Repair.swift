/// Replacement: what keeps trees from getting deeper with every departure.
extension Overlay {
    /// Gives the orphans of a departed peer new parents. Where some have children, a peer from below takes the
    /// place that became free and adopts them, which leaves all depths as they were.
    mutating func repair(_ place: Place, _ unsorted: [Int32]) {
        let stripe = place.stripe
        guard unsorted.contains(where: { hasChildren($0, stripe) }) else {
            for orphan in unsorted { attach(orphan, stripe) }
            return
        }
        // Those with most below them first: they are whom a change of depth would hurt.
        let orphans = unsorted.count < 2 ? unsorted : unsorted.sorted { weight($0, stripe) > weight($1, stripe) }
        var rest = orphans[...]
        let parentTakes = isUsable(place)
        let replacement = replacement(for: place, orphans.count)
        if replacement != nobody {
            replace(place, parentTakes, by: replacement, &rest)
        } else if parentTakes, let heaviest = rest.first, !areBroken(heaviest, place.parent) {
            link(heaviest, stripe, to: place.parent)
            rest.removeFirst()
        }
        for orphan in rest {
            if hasChildren(orphan, stripe) {
                reattach(orphan, stripe, maxDepth: place.depth)
            } else {
                attach(orphan, stripe)
            }
        }
    }

    /// Gives an orphan with children a parent no deeper than `maxDepth` if it can: an open slot, or else the place of a
    /// leaf; and if that would be deeper, whichever of the two is less deep.
    mutating func reattach(_ orphan: Int32, _ stripe: Int, maxDepth: Int) {
        let parent = openParent(for: orphan, stripe, maxDepth: maxDepth)
        if parent != nobody { return link(orphan, stripe, to: parent) }
        if takeLeafPlace(orphan, stripe, maxDepth: maxDepth + 1) { return }
        attachSubtree(orphan, stripe)
    }

    @inline(__always)
    private func weight(_ orphan: Int32, _ stripe: Int) -> Int {
        let link = links[at(orphan, stripe)]
        return (link.childCount > 0 ? 256 : 0) + Int(link.capacity) * 16 + Int(link.childCount)
    }

    /// Whether the parent of a departed peer can take another child in its place. When many leave at once, it may have
    /// left too, have other children or another role by now, or have got below the orphans. The server always can, for
    /// subtrees hurt more at the bottom than as roots that are too many: `tick` drains those and gets nobody so deep.
    @inline(__always)
    private func isUsable(_ place: Place) -> Bool {
        if place.parent == theServer { return true }
        guard hasOpenSlot(place.parent, place.stripe) else { return false }
        return Int(links[at(place.parent, place.stripe)].depth) <= place.depth
    }

    /// Puts a peer from below in the place of the departed one, with as many orphans as it can serve. Its own children go
    /// elsewhere.
    private mutating func replace(
        _ place: Place, _ parentTakes: Bool, by replacement: Int32, _ orphans: inout ArraySlice<Int32>
    ) {
        replacementCount += 1
        let stripe = place.stripe
        let ownChildren = children(replacement, stripe)
        for child in ownChildren { unlink(child, stripe) }
        unlink(replacement, stripe)
        var parent = parentTakes && !areBroken(replacement, place.parent) ? place.parent : nobody
        if parent == nobody { parent = openParent(for: replacement, stripe, maxDepth: place.depth) }
        if parent == nobody {
            // Deeper ones may be below an orphan, which is going to be below the replacement.
            parent = openParent(for: replacement, stripe)
            let below = orphans + ownChildren
            if parent >= 0 && below.contains(where: { isBelow(parent, $0, stripe) }) { parent = nobody }
        }
        link(replacement, stripe, to: parent == nobody ? theServer : parent)
        var refused: [Int32] = []
        while hasOpenSlot(replacement, stripe), let orphan = orphans.popFirst() {
            if areBroken(orphan, replacement) {
                refused.append(orphan)
            } else {
                link(orphan, stripe, to: replacement)
            }
        }
        if !refused.isEmpty { orphans = (refused + orphans)[...] }
        for child in ownChildren { attachSubtree(child, stripe) }
    }

    /// A peer deeper than the place that can serve all orphans: the deepest without children, else with few. Failing
    /// that, one of the weakest that can and that is two levels deeper or more, however many children it has: the strong
    /// are the ones that are never idle, and where one of them leaves, another from further down has to move up, or its
    /// orphans' subtrees would get deeper each time. What is below it is small, for it is from the bottom of its class.
    mutating func replacement(for place: Place, _ orphanCount: Int) -> Int32 {
        let stripe = place.stripe
        for fill in [Buckets.Fill.empty, .part] {
            var (found, deepest) = (nobody, place.depth)
            for capacityClass in 1...4 {
                let kind = Buckets.kind(class: capacityClass, fill: fill)
                let depth = buckets.depths(stripe: stripe, kind: kind).deepest
                guard depth > deepest else { continue }
                let candidate = member(stripe, kind: kind, depth: depth)
                guard candidate != nobody else { continue }
                let link = links[at(candidate, stripe)]
                guard Int(link.capacity) >= orphanCount && link.childCount <= 2 else { continue }
                (found, deepest) = (candidate, depth)
            }
            if found != nobody { return found }
        }
        for capacityClass in Buckets.capacityClass(UInt8(orphanCount))...4 {
            let kind = Buckets.kind(class: capacityClass, fill: .full)
            let depth = buckets.depths(stripe: stripe, kind: kind).deepest
            guard depth > place.depth + 1 else { continue }
            let candidate = member(stripe, kind: kind, depth: depth)
            if candidate != nobody && Int(links[at(candidate, stripe)].capacity) >= orphanCount { return candidate }
        }
        return nobody
    }
}
