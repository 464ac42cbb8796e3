import CoreTypes
import OverlayCore

/// From changes of the overlay to events.
extension Swarm {
    /// Tells what the changes made so far come to. `joiner` gets its place otherwise, all at once.
    mutating func tellChanges(except joiner: RandomID? = nil, now: MonotonicInstant, into events: inout [SwarmEvent]) {
        let changed = changes
        changes.removeAll(keepingCapacity: true)
        for change in changed {
            let index = Int(change.peer.rawValue)
            tell(index, change.stripe, except: joiner, now: now, into: &events)
            // For those below, another one stands behind their parent.
            guard overlay.role(of: change.peer) == change.stripe else { continue }
            for child in overlay.children(of: change.peer) {
                tell(Int(child.rawValue), change.stripe, except: joiner, now: now, into: &events)
            }
        }
    }

    /// Tells a peer, its old and its new parent what has changed in one stripe since they were told last.
    mutating func tell(
        _ index: Int, _ stripe: Int, except joiner: RandomID? = nil, now: MonotonicInstant,
        into events: inout [SwarmEvent]
    ) {
        guard members.indices.contains(index), let id = members[index]?.id, let told = members[index]?.told[stripe],
            let parent = overlay.parent(of: index.peer, stripe: stripe)
        else { return }
        let source = source(of: parent, told: told.source)
        let grandparent = overlay.grandparent(of: index.peer, stripe: stripe).flatMap(self.id)
        let isMoved = source != told.source
        var isAnnounced = told.isAnnounced
        if isMoved {
            release(told, of: id, stripe, except: joiner, now: now, into: &events)
            isAnnounced = false
            if case .forward(let name) = source { forwards.add(name) }
        }
        if case .peer(let parent) = source, !isAnnounced {
            isAnnounced = true
            if parent != joiner { events.append(SwarmEvent(to: parent, .child(SwarmChild(stripe: stripe, peer: id)))) }
        }
        let depth = overlay.depth(of: index.peer, stripe: stripe)
        let new = SwarmMember.Told(
            source: source, grandparent: grandparent, depth: depth, isAnnounced: isAnnounced,
            since: isMoved ? now : told.since)
        change(id) { $0.told[stripe] = new }
        guard isMoved || grandparent != told.grandparent, id != joiner else { return }
        events.append(SwarmEvent(to: id, .parent(parentTold(new, source, stripe))))
    }

    /// Ends what a peer was told of a stripe: its parent loses a child, or a forward a root.
    mutating func release(
        _ told: SwarmMember.Told, of id: RandomID, _ stripe: Int, except joiner: RandomID? = nil, now: MonotonicInstant,
        into events: inout [SwarmEvent]
    ) {
        switch told.source {
        case .peer(let parent):
            change(id) { $0.part(from: parent, now: now) }
            guard contains(parent), told.isAnnounced else { return }
            change(parent) { $0.part(from: id, now: now) }
            if parent != joiner { events.append(SwarmEvent(to: parent, .drop(SwarmChild(stripe: stripe, peer: id)))) }
        case .forward(let name): forwards.remove(name)
        case nil: break
        }
    }

    /// The id of a parent that is a peer.
    func id(of parent: Parent) -> RandomID? {
        guard case .peer(let index) = parent, members.indices.contains(Int(index.rawValue)) else { return nil }
        return members[Int(index.rawValue)]?.id
    }

    func parentTold(_ told: SwarmMember.Told, _ source: SwarmSource, _ stripe: Int) -> SwarmParent {
        SwarmParent(stripe: stripe, source: source, grandparent: told.grandparent, depth: told.depth)
    }

    /// A root keeps its forward as long as that is there.
    private func source(of parent: Parent, told: SwarmSource?) -> SwarmSource {
        if let id = id(of: parent) { return .peer(id) }
        if case .forward(let name) = told, forwards.isGood(name) { return .forward(name) }
        return .forward(forwards.choice())
    }

    // MARK: Forwards

    /// The forwards that are alive, the preferred ones first, and those among them that take no more. Roots of one that is
    /// not alive any more are sent to another.
    public mutating func setForwards(_ names: [String], full: Set<String> = [], into events: inout [SwarmEvent]) {
        let isFirst = forwards.names.isEmpty
        guard forwards.set(names, full: full) else { return }
        for index in members.indices {
            for stripe in 0..<stripeCount {
                guard case .forward(let name) = members[index]?.told[stripe].source, !forwards.isGood(name) || isFirst
                else { continue }
                reroute(index, stripe, into: &events)
            }
        }
    }

    /// Sends a root to another forward. One that is alone is told again, for the token that comes with it.
    mutating func reroute(_ index: Int, _ stripe: Int, into events: inout [SwarmEvent]) {
        guard let member = members[index], case .forward(let old) = member.told[stripe].source else { return }
        forwards.remove(old)
        let source = SwarmSource.forward(forwards.choice(avoiding: old))
        if case .forward(let name) = source { forwards.add(name) }
        change(member.id) { $0.told[stripe].source = source }
        var told = member.told[stripe]
        told.source = source
        events.append(SwarmEvent(to: member.id, .parent(parentTold(told, source, stripe))))
    }

    /// Moves one root from the forward that has most to the one that has fewest.
    mutating func spreadRoots(into events: inout [SwarmEvent]) {
        guard let busiest = forwards.busiest else { return }
        for index in members.indices {
            for stripe in 0..<stripeCount
            where members[index]?.told[stripe].source == .forward(busiest) {
                return reroute(index, stripe, into: &events)
            }
        }
    }
}
