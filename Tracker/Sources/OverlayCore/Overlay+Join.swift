extension Overlay {
    /// Adds a peer and gives it a parent in each stripe.
    ///
    /// `capacity` is how many children it can serve, 0 ... 8 (clamped); with 0 it only watches. `region` is a number below
    /// the configured count; others are taken for the last region. At most capacity + K + 2 changes, mostly K or K + 1.
    public mutating func join(capacity: Int, region: Int = 0, into output: inout [LinkChange]) -> PeerIndex {
        swap(&changes, &output)
        defer { swap(&changes, &output) }
        let peer = newPeer(capacity: capacity, region: region)
        if peers[Int(peer)].capacity > 0 { assignRole(peer) }
        let role = Int(peers[Int(peer)].role)
        if role < stripeCount { attachInterior(peer, role) }
        for stripe in 0..<stripeCount where links[at(peer, stripe)].parent == nobody { attach(peer, stripe) }
        if role < stripeCount { refill() }
        return PeerIndex(rawValue: peer)
    }

    /// Most children of a peer.
    public static let capacityMax = 8

    /// Takes an index into use, for a peer without role and links.
    mutating func newPeer(capacity: Int, region: Int) -> Int32 {
        let peer: Int32
        if let reused = free.popLast() {
            peer = reused
        } else {
            peer = Int32(peers.count)
            peers.append(Peer())
            for _ in 0..<stripeCount { links.append(Link()) }
        }
        var values = Peer()
        values.generation = peers[Int(peer)].generation
        values.capacity = UInt8(min(max(capacity, 0), Self.capacityMax))
        values.region = UInt8(min(max(region, 0), regionCount - 1))
        values.isLive = true
        peers[Int(peer)] = values
        for stripe in 0..<stripeCount { links[at(peer, stripe)] = Link() }
        liveCount += 1
        return peer
    }

    /// Gives a peer with capacity the stripe that has fewest open slots; between equals a hash of its index decides.
    mutating func assignRole(_ peer: Int32) {
        var role = 0
        for stripe in 1..<max(stripeCount, 1) {
            let (better, best) = (open(stripe), open(role))
            let hash = (UInt64(peer) &* UInt64(stripeCount) &+ UInt64(stripe)) &* 0x9e37_79b9_7f4a_7c15
            if better < best || (better == best && hash >> 63 == 1) { role = stripe }
        }
        setRole(peer, role)
    }

    /// Displacement: places a peer in the stripe of its role where it can serve from as high up as possible.
    private mutating func attachInterior(_ peer: Int32, _ role: Int) {
        let parent = openParent(for: peer, role)
        let displaced = weakerPeer(above: depthBelow(parent, role), than: peer, role)
        if displaced != nobody { return displace(displaced, by: peer, role) }
        link(peer, role, to: parent == nobody ? theServer : parent)
    }

    /// The shallowest leaf or peer of a lower class that is less deep than `depth`, where the newcomer would get without.
    private mutating func weakerPeer(above depth: Int, than peer: Int32, _ role: Int) -> Int32 {
        var (found, best) = (nobody, depth)
        let capacityClass = Buckets.capacityClass(peers[Int(peer)].capacity)
        // A peer that can serve one child only makes a tree longer, not wider. It takes the place of a leaf all the same
        // where it must, and where the leaf is an overflow root: then it costs the server nothing.
        let leafDepth = shallowestLeaf(role)
        let isWorthIt = capacityClass > 1 || depth > Buckets.depthMax || (leafDepth == 1 && roots[role] > rootLimit)
        if isWorthIt && leafDepth < best {
            found = member(role, kind: Buckets.leaf, depth: leafDepth, inPlaceFor: peer)
            if found != nobody { best = leafDepth }
        }
        for weaker in 1..<max(capacityClass, 1) {
            for fill in Buckets.Fill.allCases {
                let kind = Buckets.kind(class: weaker, fill: fill)
                let depth = buckets.depths(stripe: role, kind: kind).shallowest
                guard depth < best else { continue }
                let candidate = member(role, kind: kind, depth: depth, inPlaceFor: peer)
                if candidate != nobody { (found, best) = (candidate, depth) }
            }
        }
        return found
    }

    /// Puts a newcomer in the place of a peer, which becomes its child together with as many of that peer's children as
    /// leave room for it.
    private mutating func displace(_ displaced: Int32, by peer: Int32, _ stripe: Int) {
        let parent = links[at(displaced, stripe)].parent
        let room = Int(peers[Int(peer)].capacity) - 1
        let adopted = isInterior(displaced, stripe) ? children(displaced).prefix(room) : []
        unlink(displaced, stripe)
        link(peer, stripe, to: parent)
        for child in adopted where !areBroken(child, peer) { move(child, stripe, to: peer) }
        link(displaced, stripe, to: peer)
    }
}
