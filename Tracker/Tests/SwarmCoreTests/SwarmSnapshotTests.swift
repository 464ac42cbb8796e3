import CoreTypes
import OverlayCore
import Testing

@testable import SwarmCore

@Suite struct SwarmSnapshotTests {
    private static func at(_ milliseconds: Int64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: 1_000_000_000).advanced(byMilliseconds: milliseconds)
    }

    /// A swarm in which some have left.
    private func swarm(_ seed: UInt64) -> (Swarm, [RandomID]) {
        var generator = SeededGenerator(seed: seed)
        var swarm = Swarm(seed: seed, now: Self.at(0))
        var events: [SwarmEvent] = []
        swarm.setForwards(["a", "b"], into: &events)
        var ids: [RandomID] = []
        for number in 0..<300 {
            let id = RandomID(using: &generator)
            _ = swarm.join(id, capacity: [0, 2, 3, 4][number % 4], now: Self.at(0), into: &events)
            ids.append(id)
        }
        for _ in 0..<60 {
            swarm.leave(ids.remove(at: Int.random(in: ids.indices, using: &generator)), now: Self.at(10))
        }
        swarm.advance(now: Self.at(10 + SwarmTimes.departureWindowMs), into: &events)
        return (swarm, ids)
    }

    /// Whether a snapshot shows a peer as the peer was told. Changes of depth alone are not told.
    private func agrees(_ snapshot: SwarmSnapshot, _ number: Int, _ swarm: Swarm) -> Bool {
        guard let node = snapshot.node(number) else { return false }
        let place = swarm.place(of: node.id)
        return node.role == place.role && place.parents.count == snapshot.stripeCount
            && place.parents.allSatisfy { parent in
                let link = snapshot.link(number, stripe: parent.stripe)
                return link.source == parent.source && (link.source?.peer == nil) == (link.depth == 1)
            }
    }

    @Test func `all of a swarm is shown as it was, whatever happens to it after`() {
        let seed = UInt64.random(in: .min ... .max)
        var (swarm, ids) = swarm(seed)
        let (snapshot, before) = (swarm.snapshot, swarm)
        var events: [SwarmEvent] = []
        for id in ids.prefix(100) { swarm.leave(id, now: Self.at(100)) }
        swarm.advance(now: Self.at(100 + SwarmTimes.departureWindowMs), into: &events)
        #expect(snapshot.count == 240 && snapshot.swarmCount == 240 && !snapshot.isTruncated, "seed \(seed)")
        let shown = (0..<snapshot.count).compactMap { snapshot.node($0)?.id }
        #expect(Set(shown) == Set(ids) && shown.count == 240, "seed \(seed)")
        #expect((0..<snapshot.count).allSatisfy { agrees(snapshot, $0, before) }, "seed \(seed)")
    }

    @Test func `a part is breadth first`() throws {
        let seed = UInt64.random(in: .min ... .max)
        let (swarm, ids) = swarm(seed)
        let whole = try #require(swarm.snapshot(limit: 1_000))
        #expect(whole.count == 240 && !whole.isTruncated, "seed \(seed)")
        #expect((0..<whole.count).allSatisfy { agrees(whole, $0, swarm) }, "seed \(seed)")
        for limit in [0, 1, 10, 239, 240] {
            let part = try #require(swarm.snapshot(limit: limit))
            #expect(part.count == limit && part.isTruncated == (limit < 240), "seed \(seed)")
            #expect((0..<limit).allSatisfy { part.node($0) == whole.node($0) }, "seed \(seed)")
        }
        let top = try #require(ids.max { below($0, swarm).count < below($1, swarm).count })
        let all = below(top, swarm)
        try #require(all.count > 10)
        let part = try #require(swarm.snapshot(below: top, limit: 1_000))
        #expect(
            Set((0..<part.count).compactMap { part.node($0)?.id }) == all && part.count == all.count, "seed \(seed)")
        let role = try #require(swarm.place(of: top).role)
        let depths = (0..<part.count).map { part.link($0, stripe: role).depth }
        #expect(depths == depths.sorted() && part.node(0)?.id == top, "seed \(seed)")
        #expect(swarm.snapshot(below: .random(), limit: 5) == nil)
    }

    /// A peer, and those who get the stripe of its role through it.
    private func below(_ id: RandomID, _ swarm: Swarm) -> Set<RandomID> {
        let stripe = swarm.place(of: id).children.first?.stripe
        var (found, next): (Set<RandomID>, [RandomID]) = ([id], [id])
        while let peer = next.popLast() {
            for child in swarm.place(of: peer).children
            where child.stripe == stripe && found.insert(child.peer).inserted { next.append(child.peer) }
        }
        return found
    }

    @Test func `while peers resume what they said is shown`() throws {
        let seed = UInt64.random(in: .min ... .max)
        var generator = SeededGenerator(seed: seed)
        var swarm = Swarm(seed: seed, now: Self.at(0))
        var events: [SwarmEvent] = []
        let (one, other) = (RandomID(using: &generator), RandomID(using: &generator))
        let root = (0..<2).map { SwarmParent(stripe: $0, source: .forward(nil), grandparent: nil, depth: 1) }
        _ = swarm.resume(one, capacity: 2, role: 0, parents: root, now: Self.at(0), into: &events)
        let below = [SwarmParent(stripe: 0, source: .peer(one), grandparent: nil, depth: 2), root[1]]
        _ = swarm.resume(other, capacity: 2, role: 1, parents: below, now: Self.at(0), into: &events)
        try #require(swarm.isResuming)
        for snapshot in [swarm.snapshot, try #require(swarm.snapshot(limit: 10))] {
            #expect(snapshot.count == 2 && snapshot.node(0)?.id == one && snapshot.node(1)?.role == 1)
            #expect(snapshot.link(1, stripe: 0) == SwarmSnapshot.Link(depth: 2, source: .peer(one)))
        }
        let part = try #require(swarm.snapshot(below: one, limit: 10))
        #expect((0..<part.count).compactMap { part.node($0)?.id } == [one, other])
    }
}
