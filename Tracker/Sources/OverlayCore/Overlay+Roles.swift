/// Roles move between stripes so that none runs out of slots while another has plenty.
extension Overlay {
    /// Children that are moved elsewhere for a change of role, at most.
    private static let movedChildrenMax = 2
    /// Which class gives up its role first: the usual one, then the weakest, and the strongest last.
    private static let classesByWorth = [2, 1, 3, 4]

    /// Gives a stripe that has less than its reserve one more interior peer.
    mutating func refill() {
        for stripe in 0..<stripeCount where open(stripe) < reserve { _ = changeRole(to: stripe) }
    }

    /// Gives an interior peer of the stripe with most open slots the role of `stripe`: the deepest without children, which
    /// changes no link, or else one with two children at most that find another parent. False when there is none, or when
    /// the other stripe would be left with less than this one has.
    ///
    /// `atAnyPrice` is for a peer that has no place otherwise: then it is enough that the other stripe lacks nothing.
    mutating func changeRole(to stripe: Int, atAnyPrice: Bool = false) -> Bool {
        guard stripeCount > 1 else { return false }
        var donor = stripe == 0 ? 1 : 0
        for other in 0..<stripeCount where other != stripe && open(other) > open(donor) { donor = other }
        guard open(donor) > open(stripe) + 1 else { return false }
        for fill in [Buckets.Fill.empty, .part, .full] {
            for capacityClass in Self.classesByWorth {
                let kind = Buckets.kind(class: capacityClass, fill: fill)
                let depth = buckets.depths(stripe: donor, kind: kind).deepest
                guard depth >= 0 else { continue }
                let peer = member(donor, kind: kind, depth: depth)
                guard peer != nobody else { continue }
                let link = links[at(peer, donor)]
                guard link.childCount <= Self.movedChildrenMax else { continue }
                let left = open(donor) - Int(link.capacity)
                guard left > open(stripe) || (atAnyPrice && open(stripe) <= 0 && left >= 0) else { continue }
                if fill == .empty || moveChildrenAway(from: peer, donor) {
                    setRole(peer, stripe, capacity: link.capacity)
                    return true
                }
                return false
            }
        }
        return false
    }

    /// Gives a peer without children a role and a capacity, in all that depends on them: nil and 0, or neither.
    mutating func setRole(_ peer: Int32, _ role: Int?, capacity: UInt8) {
        var shown = 0
        for stripe in 0..<stripeCount where links[at(peer, stripe)].position >= 0 {
            hide(peer, stripe)
            shown |= 1 << stripe
        }
        let old = Int(peers[Int(peer)].role)
        if old < stripeCount {
            slots[old] -= Int(links[at(peer, old)].capacity)
            links[at(peer, old)].capacity = 0
        }
        peers[Int(peer)].role = role.map { UInt8($0) } ?? Self.noRole
        if let role {
            links[at(peer, role)].capacity = capacity
            slots[role] += Int(capacity)
        }
        for stripe in 0..<stripeCount where shown >> stripe & 1 == 1 { show(peer, stripe) }
    }

    private mutating func moveChildrenAway(from peer: Int32, _ stripe: Int) -> Bool {
        for child in children(peer, stripe) {
            let parent = openParent(for: child, stripe, avoiding: peer)
            guard parent >= 0, !mayBeBelow(parent, child, stripe), !isBelow(parent, peer, stripe) else { return false }
            move(child, stripe, to: parent)
        }
        return true
    }
}
