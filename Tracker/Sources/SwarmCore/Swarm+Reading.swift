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

    /// Peers that get a stripe or more from a forward. Takes time by the number of peers.
    public var rootPeerCount: Int { members.count { $0.map { isRoot($0) } ?? false } }

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

    /// One peer as it is drawn.
    public struct Node: Hashable, Sendable {
        /// Its id.
        public let id: RandomID
        /// The stripe it passes on.
        public let role: Int?
        /// Children it may have now.
        public let capacity: Int
        /// By stripe: its depth.
        public let depths: [Int]
        /// By stripe: its parent.
        public let parents: [SwarmSource?]
    }

    /// Peers, the first `limit` by index.
    public func nodes(limit: Int) -> [Node] {
        members.indices.lazy.compactMap { index in members[index].map { (index, $0) } }.prefix(max(0, limit)).map {
            (index, member) in
            Node(
                id: member.id, role: resumption == nil ? overlay.role(of: index.peer) : member.resumedRole,
                capacity: resumption == nil ? overlay.capacity(of: index.peer) : member.capacity,
                depths: member.told.indices.map { stripe in
                    resumption == nil ? overlay.depth(of: index.peer, stripe: stripe) : member.told[stripe].depth
                },
                parents: member.told.map(\.source))
        }
    }
}
