extension Overlay {
    /// Changes how many children a peer can serve, 0 ... 8 (clamped), as measurements of its uplink tell. Children beyond
    /// the new capacity get other parents. With 0 it gives up its role and place for those of a leaf; from 0 it gets a role.
    public mutating func setCapacity(_ peer: PeerIndex, _ capacity: Int, into output: inout [LinkChange]) {
        guard isLive(peer.rawValue) else { return }
        let peer = peer.rawValue
        let capacity = Self.clamped(capacity)
        let role = Int(peers[Int(peer)].role)
        guard capacity != (role < stripeCount ? links[at(peer, role)].capacity : 0) else { return }
        swap(&changes, &output)
        defer { swap(&changes, &output) }
        if role >= stripeCount {
            assignRole(peer, capacity: capacity)
        } else if capacity == 0 {
            demote(peer, role)
        } else {
            resize(peer, role, to: capacity)
        }
        refill()
    }

    private mutating func demote(_ peer: Int32, _ role: Int) {
        guard hasChildren(peer, role) else { return setRole(peer, nil, capacity: 0) }
        var orphans: [Int32] = []
        let place = vacate(peer, role, orphans: &orphans)
        setRole(peer, nil, capacity: 0)
        repair(place, orphans)
        attach(peer, role)
    }

    private mutating func resize(_ peer: Int32, _ role: Int, to capacity: UInt8) {
        let index = at(peer, role)
        let surplus = Int(links[index].childCount) - Int(capacity)
        var shed: ArraySlice<Int32> = []
        if surplus > 0 {
            // The lightest go: whoever has children keeps its place as long as possible.
            shed = children(peer, role)
                .sorted { links[at($0, role)].childCount < links[at($1, role)].childCount }.prefix(surplus)
            for child in shed { unlink(child, role) }
        }
        hide(peer, role)
        slots[role] += Int(capacity) - Int(links[index].capacity)
        links[index].capacity = capacity
        show(peer, role)
        for child in shed.reversed() {
            if hasChildren(child, role) {
                reattach(child, role, maxDepth: Int(links[index].depth))
            } else {
                attach(child, role)
            }
        }
    }
}
