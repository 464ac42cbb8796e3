/// The only places where links, depths and buckets change.
extension Overlay {
    /// What a peer is to a stripe, as buckets tell it.
    @inline(__always)
    func kind(_ peer: Int32, _ stripe: Int) -> Int {
        let values = peers[Int(peer)]
        guard Int(values.role) == stripe else { return Buckets.leaf }
        let fill: Buckets.Fill =
            values.childCount == 0 ? .empty : values.childCount < values.capacity ? .part : .full
        return Buckets.kind(class: Buckets.capacityClass(values.capacity), fill: fill)
    }

    /// Puts a peer into the bucket where searches find it.
    mutating func show(_ peer: Int32, _ stripe: Int) {
        let row = buckets.row(
            stripe: stripe, kind: kind(peer, stripe), region: Int(peers[Int(peer)].region))
        let index = at(peer, stripe)
        links[index].position = buckets.insert(peer, row: row, depth: Int(links[index].depth))
    }

    /// Takes a peer out of its bucket; called before what decides about the bucket changes.
    mutating func hide(_ peer: Int32, _ stripe: Int) {
        let row = buckets.row(
            stripe: stripe, kind: kind(peer, stripe), region: Int(peers[Int(peer)].region))
        let index = at(peer, stripe)
        let position = links[index].position
        let moved = buckets.remove(at: position, row: row, depth: Int(links[index].depth))
        if moved != nobody { links[at(moved, stripe)].position = position }
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
        guard let newParent = Parent(raw: parent) else { return }
        changes.append(LinkChange(peer: PeerIndex(rawValue: peer), stripe: stripe, newParent: newParent))
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

    /// The children of a peer, newest first.
    func children(_ peer: Int32) -> [Int32] {
        guard peers[Int(peer)].childCount > 0 else { return [] }
        let stripe = Int(peers[Int(peer)].role)
        var children: [Int32] = []
        var child = peers[Int(peer)].firstChild
        while child != nobody {
            children.append(child)
            child = links[at(child, stripe)].next
        }
        return children
    }

    /// Puts a peer into the list of a parent that has an open slot.
    mutating func addChild(_ peer: Int32, _ stripe: Int, of parent: Int32) {
        let isShown = changesKind(parent, childrenBy: 1) && links[at(parent, stripe)].position >= 0
        if isShown { hide(parent, stripe) }
        let first = peers[Int(parent)].firstChild
        links[at(peer, stripe)].next = first
        if first != nobody { links[at(first, stripe)].previous = peer }
        peers[Int(parent)].firstChild = peer
        peers[Int(parent)].childCount += 1
        if isShown { show(parent, stripe) }
    }

    private mutating func removeChild(_ link: Link, _ stripe: Int) {
        let isShown = changesKind(link.parent, childrenBy: -1) && links[at(link.parent, stripe)].position >= 0
        if isShown { hide(link.parent, stripe) }
        if link.previous != nobody {
            links[at(link.previous, stripe)].next = link.next
        } else {
            peers[Int(link.parent)].firstChild = link.next
        }
        if link.next != nobody { links[at(link.next, stripe)].previous = link.previous }
        peers[Int(link.parent)].childCount -= 1
        if isShown { show(link.parent, stripe) }
    }

    /// Whether a child more or less makes an interior peer empty, part or full where it was not.
    @inline(__always)
    private func changesKind(_ peer: Int32, childrenBy step: Int) -> Bool {
        let (before, capacity) = (Int(peers[Int(peer)].childCount), Int(peers[Int(peer)].capacity))
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
            let depth = min(Int(links[at(parent, stripe)].depth) + 1, Buckets.depthMax)
            var child = peers[Int(parent)].firstChild
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
