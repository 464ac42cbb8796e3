import CoreTypes
import OverlayCore

extension Swarm {
    /// The place of a peer; without parents when there is no such peer.
    public func place(of id: RandomID) -> SwarmPlace {
        guard let index = indices[id], let member = members[index] else {
            return SwarmPlace(role: nil, parents: [], children: [])
        }
        let parents = member.told.enumerated().map { stripe, told in
            parentTold(told, told.source ?? .forward(nil), stripe)
        }
        guard resumption == nil else {
            let children =
                (resumption?.claims[id] ?? []).filter { child in
                    self.member(child.peer)?.told[child.stripe].source == .peer(id)
                } + (resumption?.expected[id] ?? [])
            return SwarmPlace(role: member.resumedRole, parents: parents, children: children)
        }
        let role = overlay.role(of: index.peer)
        let children = overlay.children(of: index.peer).compactMap { child in
            members[Int(child.rawValue)].map { SwarmChild(stripe: role ?? 0, peer: $0.id) }
        }
        return SwarmPlace(role: role, parents: parents, children: children)
    }

    /// Whether a peer gets any stripe from a forward.
    public func isRoot(_ id: RandomID) -> Bool {
        member(id).map { isRoot($0) } ?? false
    }

    private func isRoot(_ member: SwarmMember) -> Bool {
        member.told.contains { told in if case .peer = told.source { false } else { true } }
    }

    /// Peers that get a stripe or more from a forward. Takes time by the number of peers, a millisecond for 100,000: the
    /// overlay is asked, whose tables are dense, and not the members.
    public var rootPeerCount: Int {
        guard resumption == nil else { return members.count { $0.map { isRoot($0) } ?? false } }
        return members.indices.count { index in
            (0..<stripeCount).contains { overlay.parent(of: index.peer, stripe: $0) == .server }
        }
    }

    /// How one stripe is spread.
    public struct Spread: Hashable, Sendable {
        /// Depths of the peers.
        public let depths: DepthStatistics
        /// Peers that get it from a forward.
        public let roots: Int
        /// Slots left.
        public let openSlots: Int
        /// Peers without a parent.
        public let orphans: Int
    }

    /// How a stripe is spread; nil while peers resume, for nothing is decided then.
    public func spread(stripe: Int) -> Spread? {
        guard resumption == nil, (0..<stripeCount).contains(stripe) else { return nil }
        let depths = overlay.depths(stripe: stripe)
        return Spread(
            depths: depths, roots: overlay.rootCount(stripe: stripe), openSlots: overlay.openSlots(stripe: stripe),
            orphans: count - depths.count)
    }

    /// How all stripes are spread; empty while peers resume.
    public var spreads: [Spread] { (0..<stripeCount).compactMap { spread(stripe: $0) } }

    /// Regular roots per stripe.
    public var rootLimit: Int { overlay.rootLimit }

    /// Pairs of peers that are known not to connect.
    public var brokenPairCount: Int { overlay.brokenPairCount }

    /// Stripes that each forward sends to roots.
    public var rootsByForward: [(name: String, stripes: Int)] {
        forwards.names.map { ($0, forwards.count($0)) }
    }
}
