extension Overlay {
    /// Changes how many children a peer can serve, 0 ... 8 (clamped), as measurements of its uplink tell. Children beyond
    /// the new capacity get other parents. With 0 it gives up its role and place for those of a leaf; from 0 it gets a role.
    public mutating func setCapacity(_ peer: PeerIndex, _ capacity: Int, into output: inout [LinkChange]) {
        guard isLive(peer.rawValue) else { return }
        let peer = peer.rawValue
        let capacity = UInt8(min(max(capacity, 0), Self.capacityMax))
        guard capacity != peers[Int(peer)].capacity else { return }
        swap(&changes, &output)
        defer { swap(&changes, &output) }
        let role = Int(peers[Int(peer)].role)
        if role >= stripeCount {
            peers[Int(peer)].capacity = capacity
            assignRole(peer)
        } else if capacity == 0 {
            demote(peer, role)
        } else {
            resize(peer, role, to: capacity)
        }
        refill()
    }

    private mutating func demote(_ peer: Int32, _ role: Int) {
        guard peers[Int(peer)].childCount > 0 else {
            setRole(peer, nil)
            peers[Int(peer)].capacity = 0
            return
        }
        var orphans: [Int32] = []
        let place = vacate(peer, role, orphans: &orphans)
        setRole(peer, nil)
        peers[Int(peer)].capacity = 0
        repair(place, orphans)
        attach(peer, role)
    }

    private mutating func resize(_ peer: Int32, _ role: Int, to capacity: UInt8) {
        let surplus = Int(peers[Int(peer)].childCount) - Int(capacity)
        var shed: ArraySlice<Int32> = []
        if surplus > 0 {
            // The lightest go: whoever has children keeps its place as long as possible.
            shed = children(peer).sorted { peers[Int($0)].childCount < peers[Int($1)].childCount }.prefix(surplus)
            for child in shed { unlink(child, role) }
        }
        hide(peer, role)
        slots[role] += Int(capacity) - Int(peers[Int(peer)].capacity)
        peers[Int(peer)].capacity = capacity
        show(peer, role)
        for child in shed.reversed() {
            if hasChildren(child, role) {
                reattach(child, role, maxDepth: Int(links[at(peer, role)].depth))
            } else {
                attach(child, role)
            }
        }
    }
}
