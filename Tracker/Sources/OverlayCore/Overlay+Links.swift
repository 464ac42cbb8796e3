/// The only places where links, depths and buckets change.
extension Overlay {
    /// The row of buckets that what a peer is to a stripe says.
    @inline(__always)
    func row(_ link: Link, _ stripe: Int) -> Int {
        guard link.capacity > 0 else {
            return buckets.row(stripe: stripe, kind: Buckets.leaf, region: Int(link.region))
        }
        let fill: Buckets.Fill = link.childCount == 0 ? .empty : link.childCount < link.capacity ? .part : .full
        let kind = Buckets.kind(class: Buckets.capacityClass(link.capacity), fill: fill)
        return buckets.row(stripe: stripe, kind: kind, region: Int(link.region))
    }

    /// Puts a peer into the bucket where searches find it.
    mutating func show(_ peer: Int32, _ stripe: Int) {
        let index = at(peer, stripe)
        let link = links[index]
        links[index].position = buckets.insert(peer, row: row(link, stripe), depth: Int(link.depth))
    }

    /// Empties the buckets of a stripe. Links change without them then, until `showAll`.
    mutating func hideAll(_ stripe: Int) {
        buckets.removeAll(stripe: stripe)
        for index in stride(from: stripe, to: links.count, by: stripeCount) { links[index].position = nobody }
    }

    /// Puts everybody with a parent into the bucket of a stripe, who is in none, in the order of memory.
    mutating func showAll(_ stripe: Int) {
        for peer in 0..<Int32(peers.count) {
            let link = links[at(peer, stripe)]
            if link.position < 0 && link.parent != nobody { show(peer, stripe) }
        }
    }

    /// Takes a peer out of its bucket; called before what decides about the bucket changes.
    mutating func hide(_ peer: Int32, _ stripe: Int) {
        let index = at(peer, stripe)
        let link = links[index]
        let moved = buckets.remove(at: link.position, row: row(link, stripe), depth: Int(link.depth))
        if moved != nobody { links[at(moved, stripe)].position = link.position }
        links[index].position = nobody
    }

    /// Makes an orphan the child of a peer or of the server, and tells.
    mutating func link(_ peer: Int32, _ stripe: Int, to parent: Int32) {
        let index = at(peer, stripe)
        links[index].parent = parent
        attached[stripe] += 1
        if parent == theServer {
            roots[stripe] += 1
            relabel(peer, stripe, depth: 1)
        } else {
            addChild(peer, stripe, of: parent)
            relabel(peer, stripe, depth: min(Int(links[at(parent, stripe)].depth) + 1, Buckets.depthMax))
        }
        show(peer, stripe)
        tell(peer, stripe, parent)
    }

    /// Puts an orphan without children in the very place of a peer: under its parent, over its children, at its depth.
    /// That peer becomes an orphan without children; for nobody else anything changes but whom it knows, and as many
    /// are attached as before. The caller shows the newcomer.
    mutating func substitute(_ peer: Int32, for former: Int32, _ stripe: Int) {
        if links[at(former, stripe)].position >= 0 { hide(former, stripe) }
        var place = links[at(former, stripe)]
        links[at(former, stripe)].parent = nobody
        links[at(former, stripe)].next = nobody
        links[at(former, stripe)].previous = nobody
        links[at(former, stripe)].firstChild = nobody
        links[at(former, stripe)].childCount = 0
        let own = links[at(peer, stripe)]
        (place.capacity, place.region, place.position) = (own.capacity, own.region, nobody)
        links[at(peer, stripe)] = place
        if place.previous != nobody {
            links[at(place.previous, stripe)].next = peer
        } else if place.parent >= 0 {
            links[at(place.parent, stripe)].firstChild = peer
        }
        if place.next != nobody { links[at(place.next, stripe)].previous = peer }
        tell(peer, stripe, place.parent)
        var child = place.firstChild
        while child != nobody {
            links[at(child, stripe)].parent = peer
            tell(child, stripe, peer)
            child = links[at(child, stripe)].next
        }
    }

    @inline(__always)
    private mutating func tell(_ peer: Int32, _ stripe: Int, _ parent: Int32) {
        guard let newParent = Parent(raw: parent) else { return }
        changes.append(LinkChange(peer: PeerIndex(rawValue: peer), stripe: stripe, newParent: newParent))
    }

    /// Whether a peer is known not to connect to some child of another.
    func isBrokenToChild(of parent: Int32, _ peer: Int32, _ stripe: Int) -> Bool {
        guard brokenPairs.count > 0 else { return false }
        var child = links[at(parent, stripe)].firstChild
        while child != nobody {
            if areBroken(peer, child) { return true }
            child = links[at(child, stripe)].next
        }
        return false
    }

    /// Makes a peer an orphan: in no bucket, its children and depth as they were.
    mutating func unlink(_ peer: Int32, _ stripe: Int) {
        let index = at(peer, stripe)
        let link = links[index]
        guard link.parent != nobody else { return }
        if link.position >= 0 { hide(peer, stripe) }
        attached[stripe] -= 1
        if link.parent == theServer {
            roots[stripe] -= 1
        } else {
            // A parent that leaves at the same time loses its list of children as a whole.
            guard links[at(link.parent, stripe)].capacity > 0 else {
                links[index].parent = nobody
                return
            }
            removeChild(link, stripe)
        }
        links[index].parent = nobody
        links[index].next = nobody
        links[index].previous = nobody
    }

    /// Whether `peer` is `ancestor` or gets the stripe through it. Chains that are longer than any tree worth having count
    /// as going through it, so that a walk is bounded.
    func isBelow(_ peer: Int32, _ ancestor: Int32, _ stripe: Int) -> Bool {
        var current = peer
        for _ in 0..<4_096 {
            guard current >= 0 else { return false }
            if current == ancestor { return true }
            current = links[at(current, stripe)].parent
        }
        return true
    }

    /// The children of a peer in a stripe, newest first.
    func children(_ peer: Int32, _ stripe: Int) -> [Int32] {
        let link = links[at(peer, stripe)]
        guard link.childCount > 0 else { return [] }
        var children: [Int32] = []
        children.reserveCapacity(Int(link.childCount))
        var child = link.firstChild
        while child != nobody {
            children.append(child)
            child = links[at(child, stripe)].next
        }
        return children
    }

    /// Puts a peer into the list of a parent that has an open slot.
    mutating func addChild(_ peer: Int32, _ stripe: Int, of parent: Int32) {
        let above = at(parent, stripe)
        let isShown = changesKind(links[above], childrenBy: 1)
        if isShown { hide(parent, stripe) }
        let first = links[above].firstChild
        links[at(peer, stripe)].next = first
        if first != nobody { links[at(first, stripe)].previous = peer }
        links[above].firstChild = peer
        links[above].childCount += 1
        if isShown { show(parent, stripe) }
    }

    private mutating func removeChild(_ link: Link, _ stripe: Int) {
        let above = at(link.parent, stripe)
        let isShown = changesKind(links[above], childrenBy: -1)
        if isShown { hide(link.parent, stripe) }
        if link.previous != nobody {
            links[at(link.previous, stripe)].next = link.next
        } else {
            links[above].firstChild = link.next
        }
        if link.next != nobody { links[at(link.next, stripe)].previous = link.previous }
        links[above].childCount -= 1
        if isShown { show(link.parent, stripe) }
    }

    /// Whether a child more or less makes an interior peer that searches find empty, part or full where it was not.
    @inline(__always)
    private func changesKind(_ link: Link, childrenBy step: Int) -> Bool {
        guard link.position >= 0 else { return false }
        let (before, capacity) = (Int(link.childCount), Int(link.capacity))
        let after = before + step
        return before == 0 || after == 0 || before >= capacity || after >= capacity
    }

    /// Gives a peer a depth and those below it theirs. Below a peer whose depth stays, all depths stay.
    private mutating func relabel(_ peer: Int32, _ stripe: Int, depth: Int) {
        guard Int(links[at(peer, stripe)].depth) != depth else { return }
        setDepth(peer, stripe, depth)
        guard hasChildren(peer, stripe) else { return }
        var stack: [Int32] = []
        swap(&stack, &relabelScratch)
        stack.append(peer)
        while let parent = stack.popLast() {
            let above = links[at(parent, stripe)]
            let depth = min(Int(above.depth) + 1, Buckets.depthMax)
            var child = above.firstChild
            while child != nobody {
                if Int(links[at(child, stripe)].depth) != depth {
                    setDepth(child, stripe, depth)
                    if hasChildren(child, stripe) { stack.append(child) }
                }
                child = links[at(child, stripe)].next
            }
        }
        swap(&stack, &relabelScratch)
    }

    private mutating func setDepth(_ peer: Int32, _ stripe: Int, _ depth: Int) {
        let index = at(peer, stripe)
        let isShown = links[index].position >= 0
        if isShown { hide(peer, stripe) }
        links[index].depth = UInt8(depth)
        if isShown { show(peer, stripe) }
    }
}
