import CoreTypes
import OverlayCore

/// The trees of a swarm, or a part of them, as they are at one moment: made in one go, and read at leisure while the swarm
/// goes on.
///
/// Of a whole swarm it keeps the overlay, of whose arrays the next change makes copies, and the ids: 70 bytes a peer, and
/// a few milliseconds for 100,000. Members are not kept, for copies of them are ten times as large.
public struct SwarmSnapshot: Sendable {
    /// One peer.
    public struct Node: Hashable, Sendable {
        /// Its id.
        public let id: RandomID
        /// The stripe it passes on.
        public let role: Int?
        /// Children it may have now.
        public let capacity: Int
    }

    /// One peer in one stripe.
    public struct Link: Hashable, Sendable {
        /// Its depth, 1 for a root.
        public let depth: Int
        /// Who sends it the stripe; nil when nobody does.
        public let source: SwarmSource?
    }

    /// Number of stripes.
    public let stripeCount: Int
    /// Peers of the whole swarm.
    public let swarmCount: Int
    /// True when there were more to show.
    public let isTruncated: Bool
    /// Indices of those that are shown.
    private let shown: [Int32]
    /// Nil while peers resume and nothing is decided: then what they said counts.
    private let overlay: Overlay?
    /// Empty for a whole swarm.
    private let members: [SwarmMember?]
    /// By index; empty for a part.
    private let ids: [RandomID?]
    /// Of a whole swarm: the forwards of its roots, by index and stripe.
    private let forwards: [Int: String?]

    fileprivate init(part swarm: Swarm, shown: [Int32], isTruncated: Bool) {
        stripeCount = swarm.stripeCount
        swarmCount = swarm.count
        self.shown = shown
        self.isTruncated = isTruncated
        overlay = swarm.resumption == nil ? swarm.overlay : nil
        members = swarm.members
        (ids, forwards) = ([], [:])
    }

    fileprivate init(whole swarm: Swarm) {
        stripeCount = swarm.stripeCount
        swarmCount = swarm.count
        isTruncated = false
        members = []
        overlay = swarm.overlay
        // Field by field: a member that is read as a whole is copied, with its arrays.
        let ids = swarm.members.indices.map { swarm.members[$0]?.id }
        var shown: [Int32] = []
        shown.reserveCapacity(swarm.count)
        var forwards: [Int: String?] = [:]
        for index in ids.indices where ids[index] != nil {
            shown.append(Int32(truncatingIfNeeded: index))
            for stripe in 0..<stripeCount where swarm.overlay.depth(of: index.peer, stripe: stripe) == 1 {
                guard case .forward(let name) = swarm.members[index]?.told[stripe].source else { continue }
                forwards[index * stripeCount + stripe] = .some(name)
            }
        }
        (self.ids, self.shown, self.forwards) = (ids, shown, forwards)
    }

    /// Peers that are shown.
    public var count: Int { shown.count }

    /// A peer that is shown, 0 ..< count; nil for none.
    public func node(_ number: Int) -> Node? {
        let index = Int(shown[number])
        guard let id = id(index) else { return nil }
        guard let overlay else {
            return Node(id: id, role: members[index]?.resumedRole, capacity: members[index]?.capacity ?? 0)
        }
        return Node(id: id, role: overlay.role(of: index.peer), capacity: overlay.capacity(of: index.peer))
    }

    /// What a peer that is shown gets of a stripe.
    public func link(_ number: Int, stripe: Int) -> Link {
        let index = Int(shown[number])
        guard let overlay else {
            let told = members[index]?.told[stripe]
            return Link(depth: told?.depth ?? 0, source: told?.source)
        }
        var source: SwarmSource?
        switch overlay.parent(of: index.peer, stripe: stripe) {
        case .peer(let parent)?: source = id(Int(parent.rawValue)).map { .peer($0) }
        case .server?:
            if let name = forwards[index * stripeCount + stripe] {
                source = .forward(name)
            } else if !members.isEmpty {
                source = members[index]?.told[stripe].source
            }
        case nil: break
        }
        return Link(depth: overlay.depth(of: index.peer, stripe: stripe), source: source)
    }

    private func id(_ index: Int) -> RandomID? {
        if index < ids.count { return ids[index] }
        return index < members.count ? members[index]?.id : nil
    }
}

extension Swarm {
    /// All peers.
    public var snapshot: SwarmSnapshot {
        guard resumption == nil else {
            let present = members.indices.filter { members[$0] != nil }.map { Int32(truncatingIfNeeded: $0) }
            return SwarmSnapshot(part: self, shown: present, isTruncated: false)
        }
        return SwarmSnapshot(whole: self)
    }

    /// At most `limit` peers, breadth first: one peer and those below it in the stripe that it passes on, or, without one,
    /// everybody from the roots of all stripes down. Nil when there is no such peer. To be read before the swarm changes,
    /// for it shares all its memory.
    public func snapshot(below root: RandomID? = nil, limit: Int) -> SwarmSnapshot? {
        var queue: [Int]
        var stripe: Int?
        if let root {
            guard let index = indices[root] else { return nil }
            queue = [index]
            stripe = children(of: index, stripe: nil).first?.stripe
        } else {
            queue = members.indices.filter { index in
                (0..<stripeCount).contains { depth(of: index, stripe: $0) == 1 }
            }
        }
        var seen = Set(queue)
        var next = 0
        while next < queue.count, next < limit {
            for child in children(of: queue[next], stripe: stripe) where seen.insert(child.index).inserted {
                queue.append(child.index)
            }
            next += 1
        }
        let shown = queue[..<next].map { Int32(truncatingIfNeeded: $0) }
        return SwarmSnapshot(part: self, shown: shown, isTruncated: next < queue.count)
    }

    private func depth(of index: Int, stripe: Int) -> Int {
        guard resumption == nil else { return members[index]?.told[stripe].depth ?? 0 }
        return overlay.depth(of: index.peer, stripe: stripe)
    }

    /// Children of a peer in one stripe, or in any.
    private func children(of index: Int, stripe wanted: Int?) -> [(index: Int, stripe: Int)] {
        guard resumption != nil else {
            guard let role = overlay.role(of: index.peer), wanted ?? role == role else { return [] }
            return overlay.children(of: index.peer).map { (Int($0.rawValue), role) }
        }
        guard let id = members[index]?.id else { return [] }
        return (resumption?.claims[id] ?? []).compactMap { child in
            guard wanted ?? child.stripe == child.stripe else { return nil }
            return indices[child.peer].map { ($0, child.stripe) }
        }
    }
}
