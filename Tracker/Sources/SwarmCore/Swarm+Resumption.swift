import CoreTypes
import OverlayCore

/// Peers that resume after a restart of the tracker.
///
/// They come one by one over some seconds, each with the parents it has. Placing each at once would tear up every link
/// whose other end has not come yet. So they are collected: each keeps what it has until none came for a while, and then
/// the overlay is built from all of it, which leaves what fits as it was.
public struct Resumption: Sendable {
    let since: MonotonicInstant
    var last: MonotonicInstant
    /// Peers without a place of their own yet; they live off forwards meanwhile.
    var provisional: Set<RandomID> = []
    /// Who said that it is a child of whom. At most 8 for each parent, as many as it can have.
    var claims: [RandomID: [SwarmChild]] = [:]
    /// Peers that others named as their parents or children and that have not come yet: their places are kept free. At most
    /// `awaitedMax`; of a stream that large, a few are placed anew.
    var awaited: Set<RandomID> = []
    static let awaitedMax = 1 << 20
    /// By parent: children that it named and that have not come yet. It is to go on feeding them. At most 8 for each.
    var expected: [RandomID: [SwarmChild]] = [:]
    /// The same by child: who expects it.
    var expectedBy: [RandomID: [RandomID]] = [:]

    func isDue(now: MonotonicInstant) -> Bool {
        let isComplete = awaited.isEmpty && now.milliseconds(since: last) >= SwarmTimes.resumeQuietMs
        return isComplete || provisional.count > SwarmTimes.provisionalMax
            || now.milliseconds(since: since) >= SwarmTimes.resumeMs
    }

    mutating func wait(for peer: RandomID) { if awaited.count < Self.awaitedMax { awaited.insert(peer) } }

    mutating func expect(_ child: SwarmChild, of parent: RandomID) {
        wait(for: child.peer)
        expected[parent, default: []].append(child)
        expectedBy[child.peer, default: []].append(parent)
    }

    /// One has come: nobody expects it any more. Returns who did, and in which stripe.
    mutating func arrived(_ peer: RandomID) -> [(parent: RandomID, child: SwarmChild)] {
        awaited.remove(peer)
        var found: [(parent: RandomID, child: SwarmChild)] = []
        for parent in expectedBy.removeValue(forKey: peer) ?? [] {
            for child in expected[parent] ?? [] where child.peer == peer { found.append((parent, child)) }
            expected[parent]?.removeAll { $0.peer == peer }
        }
        return found
    }
}

extension Swarm {
    /// Whether peers are being collected after a restart.
    public var isResuming: Bool { resumption != nil }

    /// Adds a peer with the place it had. Of one that is here already the place it has counts.
    ///
    /// In a swarm that has been running for a while, nobody's old place is free: there it joins like a newcomer.
    /// - Parameter children: whom it feeds, as far as it says: they are waited for, and then their own word counts.
    public mutating func resume(
        _ id: RandomID, capacity: Int, region: Int = 0, isLeaf: Bool = false, role: Int?, parents: [SwarmParent],
        children: [SwarmChild] = [], now: MonotonicInstant, into events: inout [SwarmEvent]
    ) -> SwarmPlace {
        if contains(id) { return revive(id, capacity: capacity, now: now, into: &events) }
        counters.resumes += 1
        if resumption == nil {
            let isYoung = indices.isEmpty || now.milliseconds(since: startedAt) < SwarmTimes.youngMs
            guard isYoung, parents.contains(where: { $0.source.peer != nil }) || indices.isEmpty else {
                return join(id, capacity: capacity, region: region, isLeaf: isLeaf, now: now, into: &events)
            }
            resumption = Resumption(since: now, last: now)
        }
        counters.joins += 1
        resumption?.last = now
        var member = SwarmMember(id, capacity: capacity, region: region, stripeCount: stripeCount, now: now)
        member.resumedRole = role
        if isLeaf {
            member.leafUntil = now.advanced(byMilliseconds: SwarmTimes.leafMs)
            leaves.append(id)
        }
        for stripe in 0..<stripeCount {
            let told = parents.first { $0.stripe == stripe && $0.source != .peer(id) }
            member.told[stripe] = take(told, of: id, stripe, into: &events)
        }
        store(member, at: members.count)
        for peer in member.told.compactMap({ $0.source?.peer }) where !contains(peer) { resumption?.wait(for: peer) }
        for child in children.prefix(Overlay.capacityMax)
        where (0..<stripeCount).contains(child.stripe) && !contains(child.peer) {
            resumption?.expect(child, of: id)
        }
        // Whoever expected it and is not who sends it a stripe now.
        for (parent, child) in resumption?.arrived(id) ?? []
        where contains(parent) && member.told[child.stripe].source != .peer(parent) {
            events.append(SwarmEvent(to: parent, .drop(child)))
        }
        for child in resumption?.claims[id] ?? [] {
            change(child.peer) { $0.told[child.stripe].isAnnounced = true }
        }
        return place(of: id)
    }

    /// What a resuming peer says of a stripe becomes what it was told.
    private mutating func take(
        _ parent: SwarmParent?, of id: RandomID, _ stripe: Int, into events: inout [SwarmEvent]
    ) -> SwarmMember.Told {
        guard case .peer(let peer)? = parent?.source else {
            var name = forwards.choice()
            if case .forward(let known?)? = parent?.source, forwards.isGood(known) { name = known }
            forwards.add(name)
            return SwarmMember.Told(source: .forward(name), depth: 1)
        }
        let child = SwarmChild(stripe: stripe, peer: id)
        var isAnnounced = false
        if (resumption?.claims[peer]?.count ?? 0) < Overlay.capacityMax {
            resumption?.claims[peer, default: []].append(child)
            if contains(peer) {
                isAnnounced = true
                events.append(SwarmEvent(to: peer, .child(child)))
            }
        }
        return SwarmMember.Told(
            source: .peer(peer), grandparent: parent?.grandparent, depth: parent?.depth ?? 0, isAnnounced: isAnnounced)
    }

    /// A newcomer while others resume: it lives off forwards until the overlay is built.
    mutating func joinProvisionally(_ member: SwarmMember, now: MonotonicInstant) {
        var member = member
        for stripe in 0..<stripeCount {
            let name = forwards.choice()
            forwards.add(name)
            member.told[stripe] = SwarmMember.Told(source: .forward(name), depth: 1)
        }
        resumption?.provisional.insert(member.id)
        store(member, at: members.count)
    }

    /// A resuming peer lost a parent: it has none until the overlay is built.
    mutating func forget(_ id: RandomID, _ stripe: Int, now: MonotonicInstant, into events: inout [SwarmEvent]) {
        guard let told = member(id)?.told[stripe] else { return }
        release(told, of: id, stripe, now: now, into: &events)
        change(id) { $0.told[stripe] = SwarmMember.Told() }
    }

    /// The stripe that most of those who name it as their parent get from it; what it said itself when nobody does.
    private func role(of member: SwarmMember, in resumption: Resumption) -> Int? {
        var votes = Array(repeating: 0, count: stripeCount)
        for child in resumption.claims[member.id] ?? []
        where self.member(child.peer)?.told[child.stripe].source == .peer(member.id) {
            votes[child.stripe] += 1
        }
        let most = votes.max() ?? 0
        return most == 0 ? member.resumedRole : votes.firstIndex(of: most)
    }

    /// Builds the overlay from what everybody was told, and tells everybody the difference.
    mutating func endResumption(now: MonotonicInstant, into events: inout [SwarmEvent]) {
        guard let resumption else { return }
        self.resumption = nil
        let present = members.compactMap { $0 }
        members = present
        for (position, member) in present.enumerated() { indices[member.id] = position }
        let reports = present.map { member in
            PeerReport(
                capacity: member.effectiveCapacity(now: now), region: member.region,
                role: role(of: member, in: resumption),
                parents: member.told.map { told in
                    switch told.source {
                    case .peer(let parent): indices[parent].map { .peer($0.peer) }
                    case .forward: resumption.provisional.contains(member.id) ? nil : .server
                    case nil: nil
                    }
                })
        }
        let roots = (0..<stripeCount).map { stripe in reports.count { $0.parents[stripe] == .server } }
        rootLimitBySize = Overlay.rootLimit(forPeers: count, current: roots.max() ?? 0)
        if rootLimitBySize < Unrest.roots, roots.allSatisfy({ $0 >= Unrest.roots }) {
            unrest.presume(peers: count, now: now)
        }
        overlay.setRootLimit(max(rootLimitBySize, unrest.rootLimit))
        overlay.rebuild(from: reports, into: &changes)
        changes.removeAll(keepingCapacity: true)
        // In the order of the members: that of a dictionary is another one in each process.
        for parent in present.map(\.id) {
            for child in resumption.expected[parent] ?? [] { events.append(SwarmEvent(to: parent, .drop(child))) }
        }
        for index in members.indices {
            for stripe in 0..<stripeCount { tell(index, stripe, now: now, into: &events) }
        }
    }
}
