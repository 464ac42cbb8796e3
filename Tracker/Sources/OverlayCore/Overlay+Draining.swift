/// Roots that are too many become children of peers, so that nobody gets deeper by more than one level if that can be.
extension Overlay {
    /// Roots that are looked at for the lightest.
    private static let rootTries = 64

    /// Drains one root that is too many; false if there is none or nothing can take it.
    mutating func drainRoot(_ stripe: Int) -> Bool {
        guard roots[stripe] > rootLimit else { return false }
        if moveSurplusRoot(stripe) { return true }
        return open(stripe) <= 0 && changeRole(to: stripe, atAnyPrice: true) && moveSurplusRoot(stripe)
    }

    /// Those without children go to open slots, leaves first. Of the others it is the one with fewest levels below it.
    private mutating func moveSurplusRoot(_ stripe: Int) -> Bool {
        // One peer's slot is open at least; or else nothing can be moved, for each exchange leaves one peer over.
        guard open(stripe) + roots[stripe] - rootLimit > 0 else { return false }
        for fill in [nil, Buckets.Fill.empty] {
            for capacityClass in fill == nil ? 1...1 : 1...4 {
                let kind = fill.map { Buckets.kind(class: capacityClass, fill: $0) } ?? Buckets.leaf
                guard buckets.depths(stripe: stripe, kind: kind).has(1) else { continue }
                let root = member(stripe, kind: kind, depth: 1)
                guard root != nobody else { continue }
                let parent = openParent(for: root, stripe, orServer: false)
                guard parent != nobody else { continue }
                move(root, stripe, to: parent)
                return true
            }
        }
        return moveLightestRoot(stripe)
    }

    /// The lightest root goes to depth 2: to an open slot, to the place of a leaf, or below a peer from the bottom that takes
    /// the next lightest too, in its place. If none of these is possible it goes wherever it is least deep.
    private mutating func moveLightestRoot(_ stripe: Int) -> Bool {
        let (lightest, next) = lightestRoots(stripe)
        guard lightest != nobody else { return false }
        let parent = openParent(for: lightest, stripe, orServer: false)
        if parent != nobody && depthBelow(parent, stripe) == 2 {
            move(lightest, stripe, to: parent)
            return true
        }
        let leaf = buckets.depths(stripe: stripe, kind: Buckets.leaf).has(2)
        if !leaf && next != nobody && merge(lightest, next, stripe) { return true }
        guard leaf || parent != nobody else { return false }
        unlink(lightest, stripe)
        if !takeLeafPlace(lightest, stripe, maxDepth: depthBelow(parent, stripe) - 1) {
            link(lightest, stripe, to: parent == nobody ? theServer : parent)
        }
        return links[at(lightest, stripe)].parent != theServer
    }

    /// Puts the deepest peer with few children in the place of two roots, which become its children. Both get one level
    /// deeper, which is what a root less costs.
    private mutating func merge(_ one: Int32, _ other: Int32, _ stripe: Int) -> Bool {
        let place = Place(stripe: stripe, parent: theServer, depth: 1)
        let connector = replacement(for: place, 2)
        guard connector != nobody, connector != one, connector != other,
            !areBroken(connector, one), !areBroken(connector, other)
        else { return false }
        let ownChildren = children(connector, stripe)
        for child in ownChildren { unlink(child, stripe) }
        move(connector, stripe, to: theServer)
        move(one, stripe, to: connector)
        move(other, stripe, to: connector)
        for child in ownChildren { attachSubtree(child, stripe) }
        return true
    }

    /// The two roots with children that have fewest levels below them, as far as one way down from each tells.
    private func lightestRoots(_ stripe: Int) -> (lightest: Int32, next: Int32) {
        var (lightest, next) = (nobody, nobody)
        var (least, second) = (Int.max, Int.max)
        for root in roots(stripe).lazy.filter({ hasChildren($0, stripe) }).prefix(Self.rootTries) {
            let height = heightAtLeast(root, stripe)
            if height < least {
                (lightest, least, next, second) = (root, height, lightest, least)
            } else if height < second {
                (next, second) = (root, height)
            }
        }
        return (lightest, next)
    }

    private func heightAtLeast(_ peer: Int32, _ stripe: Int) -> Int {
        var (current, height) = (peer, 0)
        while height < Buckets.depthMax, hasChildren(current, stripe) {
            height += 1
            let below = children(current, stripe)
            current = below.first { hasChildren($0, stripe) } ?? below[0]
        }
        return height
    }
}
