import CoreTypes

extension PeerMachine {
    /// The tracker gave this viewer its id.
    public mutating func join(as id: PeerID) { self.id = id }

    /// All that the tracker wants, after joining or a gap in its events.
    public mutating func place(_ assignments: [Assignment], children: [(stripe: Int, peer: PeerID)], now: PeerTime) {
        for assignment in assignments { assign(assignment, now: now) }
        for old in self.children where !children.contains(where: { $0 == old }) {
            dropChild(old.peer, stripe: old.stripe, now: now)
        }
        for child in children { addChild(child.peer, stripe: child.stripe, now: now) }
    }

    /// Somebody else is to send a stripe. The old parent goes on until the new one delivers.
    public mutating func assign(_ assignment: Assignment, now: PeerTime) {
        guard intakes.indices.contains(assignment.stripe), assignment.source.peer != id || id == nil else { return }
        intakes[assignment.stripe].assignment = assignment
        intakes[assignment.stripe].connectNotBefore = nil
        intakes[assignment.stripe].waitsSince = nil
        settle(now)
    }

    /// The tracker is not reachable and the forward is all there is: every stripe from there.
    public mutating func liveOffForwards(now: PeerTime) {
        for stripe in intakes.indices where intakes[stripe].assignment == nil {
            intakes[stripe].assignment = Assignment(stripe: stripe, source: .forward, grandparent: nil, depth: 0)
        }
        settle(now)
    }

    /// A viewer is to be fed.
    public mutating func addChild(_ peer: PeerID, stripe: Int, now: PeerTime) {
        guard intakes.indices.contains(stripe), children.count < 64 else { return }
        if !children.contains(where: { $0 == (stripe, peer) }) { children.append((stripe, peer)) }
        if let position = position(peer) { links[position].child.assign(stripe) }
    }

    /// A viewer has another parent now. It is fed until it says so itself, or for another 5 s.
    public mutating func dropChild(_ peer: PeerID, stripe: Int, now: PeerTime) {
        children.removeAll { $0 == (stripe, peer) }
        if let position = position(peer) { links[position].child.drop(stripe, at: now.monotonic) }
    }

    /// Says good-bye to everybody.
    public mutating func leave(now: PeerTime) {
        isLeaving = true
        for link in links where link.isOpen { send(.bye, to: link.peer, now: now) }
    }
}
