extension Overlay {
    /// Adds a peer and gives it a parent in each stripe.
    ///
    /// `capacity` is how many children it can serve, 0 ... 8 (clamped); with 0 it only watches. `region` is a number below
    /// the configured count; others are taken for the last region. Mostly K or K + 1 changes; at most
    /// what `Invariant.economy` says.
    public mutating func join(capacity: Int, region: Int = 0, into output: inout [LinkChange]) -> PeerIndex {
        swap(&changes, &output)
        defer { swap(&changes, &output) }
        let peer = newPeer(region: region)
        let capacity = Self.clamped(capacity)
        if capacity > 0 { assignRole(peer, capacity: capacity) }
        let role = Int(peers[Int(peer)].role)
        if role < stripeCount { attachInterior(peer, role) }
        for stripe in 0..<stripeCount where links[at(peer, stripe)].parent == nobody { attach(peer, stripe) }
        if role < stripeCount { refill() }
        return PeerIndex(rawValue: peer)
    }

    /// Most children of a peer.
    public static let capacityMax = 8

    /// A capacity within its range.
    static func clamped(_ capacity: Int) -> UInt8 { UInt8(min(max(capacity, 0), capacityMax)) }

    /// Takes an index into use, for a peer without role and links.
    mutating func newPeer(region: Int) -> Int32 {
        let peer: Int32
        if let reused = free.popLast() {
            peer = reused
        } else {
            peer = Int32(peers.count)
            peers.append(Peer())
            for _ in 0..<stripeCount { links.append(Link()) }
        }
        peers[Int(peer)].role = Self.noRole
        peers[Int(peer)].isLive = true
        var link = Link()
        link.region = UInt8(min(max(region, 0), regionCount - 1))
        for stripe in 0..<stripeCount { links[at(peer, stripe)] = link }
        liveCount += 1
        return peer
    }

    /// Gives a peer a capacity, and for its role the stripe that has fewest open slots; between equals a hash of its
    /// index decides.
    mutating func assignRole(_ peer: Int32, capacity: UInt8) {
        var role = 0
        for stripe in 1..<max(stripeCount, 1) {
            let (better, best) = (open(stripe), open(role))
            let hash = (UInt64(peer) &* UInt64(stripeCount) &+ UInt64(stripe)) &* 0x9e37_79b9_7f4a_7c15
            if better < best || (better == best && hash >> 63 == 1) { role = stripe }
        }
        setRole(peer, role, capacity: capacity)
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
        let capacityClass = Buckets.capacityClass(links[at(peer, role)].capacity)
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
        // It can serve all children of a weaker peer, and that peer too.
        if !isBrokenToChild(of: displaced, peer, stripe) {
            substitute(peer, for: displaced, stripe)
            link(displaced, stripe, to: peer)
            return show(peer, stripe)
        }
        let parent = links[at(displaced, stripe)].parent
        let room = Int(links[at(peer, stripe)].capacity) - 1
        let adopted = children(displaced, stripe).prefix(room)
        unlink(displaced, stripe)
        link(peer, stripe, to: parent)
        for child in adopted where !areBroken(child, peer) { move(child, stripe, to: peer) }
        link(displaced, stripe, to: peer)
    }
}
