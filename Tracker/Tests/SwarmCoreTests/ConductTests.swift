import CoreTypes
import Testing

@testable import SwarmCore

/// Whom a swarm believes.
@Suite final class ConductTests {
    private var swarm: Swarm
    private var mirror = Mirror()
    private var generator = SeededGenerator(seed: 11)
    private var now = MonotonicInstant(nanoseconds: 1_000_000_000_000)
    private var events: [SwarmEvent] = []

    /// 40 peers, each of which can feed two.
    init() {
        swarm = Swarm(seed: 5, now: now)
        for _ in 0..<40 {
            let id = RandomID(using: &generator)
            var events: [SwarmEvent] = []
            let place = swarm.join(id, capacity: 2, now: now, into: &events)
            mirror.place(id, place)
            mirror.take(events)
        }
    }

    private func apply(_ body: (inout Swarm, MonotonicInstant, inout [SwarmEvent]) -> Void) {
        events = []
        body(&swarm, now, &events)
        mirror.take(events)
    }

    private func lost(_ id: RandomID, _ stripe: Int, _ parent: RandomID?, isFarewell: Bool = false) {
        apply { $0.lost(id, stripe: stripe, parent: parent, isFarewell: isFarewell, now: $1, into: &$2) }
    }

    private func accuse(_ id: RandomID, by accuser: RandomID) -> Swarm.Verdict {
        var verdict = Swarm.Verdict.irrelevant
        apply { verdict = $0.accuse(id, by: accuser, now: $1, into: &$2) }
        return verdict
    }

    /// A peer with two children, and these.
    private func family() throws -> (parent: RandomID, stripe: Int, children: [RandomID]) {
        for id in mirror.ids {
            let place = swarm.place(of: id)
            if place.children.count == 2 { return (id, place.children[0].stripe, place.children.map(\.peer)) }
        }
        throw CancellationError()
    }

    @Test func `one child that complains gets another parent`() throws {
        let (parent, stripe, children) = try family()
        lost(children[0], stripe, parent)
        #expect(swarm.contains(parent))
        #expect(mirror.viewers[children[0]]?.parents[stripe].source != .peer(parent))
        #expect(mirror.viewers[children[1]]?.parents[stripe].source == .peer(parent))
        #expect(swarm.brokenPairCount == 1)
        try mirror.check(swarm, "one loss")
    }

    @Test func `two children that complain make a parent a leaf for a minute`() throws {
        let (parent, stripe, children) = try family()
        lost(children[0], stripe, parent)
        now = now.advanced(byMilliseconds: SwarmTimes.doubtMs - 1)
        lost(children[1], stripe, parent)
        #expect(mirror.viewers[parent]?.children.isEmpty == true)
        #expect(swarm.place(of: parent).role == nil)
        try mirror.check(swarm, "two losses")
        now = now.advanced(byMilliseconds: SwarmTimes.leafMs)
        apply { $0.advance(now: $1, into: &$2) }
        #expect(swarm.place(of: parent).role != nil)
        try mirror.check(swarm, "a minute later")
    }

    @Test func `a farewell, or complaints long after each other, are not held against a parent`() throws {
        let (parent, stripe, children) = try family()
        lost(children[0], stripe, parent, isFarewell: true)
        lost(children[1], stripe, parent)
        #expect(swarm.place(of: parent).role != nil)
        now = now.advanced(byMilliseconds: SwarmTimes.doubtMs + 1)
        if let child = mirror.viewers[parent]?.children.first { lost(child.peer, child.stripe, parent) }
        #expect(swarm.place(of: parent).role != nil)
        try mirror.check(swarm, "all are parents still")
    }

    @Test func `a parent that the tracker does not hear either is out at once`() throws {
        let (parent, stripe, children) = try family()
        swarm.setSilent(parent, true)
        lost(children[0], stripe, parent)
        #expect(!swarm.contains(parent))
        mirror.remove(parent)
        try mirror.check(swarm, "one is dead")
    }

    @Test func `what does not hold any more, or never did, changes nothing`() throws {
        let (parent, stripe, children) = try family()
        let stranger = RandomID(using: &generator)
        for (id, stripe, other) in [
            (children[0], 1 - stripe, parent), (children[0], 7, parent), (children[0], -1, parent),
            (children[0], stripe, stranger), (stranger, stripe, parent), (parent, stripe, children[0]),
        ] where mirror.viewers[id]?.parents.first(where: { $0.stripe == stripe })?.source != .peer(other) {
            lost(id, stripe, other)
            #expect(events.isEmpty)
        }
        try mirror.check(swarm, "nothing happened")
    }

    @Test func `who loses more parents than anybody honest feeds nobody for a minute`() throws {
        let (liar, _, _) = try family()
        for _ in 0...SwarmTimes.lossesMax {
            lost(liar, 0, mirror.viewers[liar]?.parents[0].source.peer)
        }
        #expect(mirror.viewers[liar]?.children.isEmpty == true)
        #expect(swarm.place(of: liar).role == nil)
        let parent = mirror.viewers[liar]?.parents[0].source
        lost(liar, 0, parent?.peer)
        #expect(mirror.viewers[liar]?.parents[0].source == parent)
        try mirror.check(swarm, "a liar")
    }

    @Test func `a newcomer's accusation only parts the two`() throws {
        let (parent, stripe, children) = try family()
        #expect(accuse(parent, by: children[0]) == .separated)
        #expect(accuse(parent, by: children[0]) == .irrelevant)
        #expect(mirror.banned.isEmpty && swarm.contains(parent))
        #expect(mirror.viewers[children[0]]?.parents[stripe].source != .peer(parent))
        try mirror.check(swarm, "parted")
    }

    @Test func `an address that accuses much is not believed`() {
        var book = AddressBook()
        let address = IPAddress("192.0.2.1")!
        let believed = (0..<20).filter { _ in book.believes(address, now: now) }.count
        #expect(believed == AddressBook.accusationBurst)
        now = now.advanced(byMilliseconds: 31_000)
        let again = book.believes(address, now: now)
        #expect(again)
    }

    @Test func `an accusation throws a neighbour out, and another one the accuser`() throws {
        // Nobody is a neighbour any more that was one while the swarm grew.
        now = now.advanced(byMilliseconds: SwarmTimes.formerNeighbourMs + 1)
        let (parent, _, children) = try family()
        let accuser = try #require(mirror.viewers[children[0]])
        let others = mirror.ids.filter { id in
            id != children[0] && !accuser.children.contains { $0.peer == id }
                && !accuser.parents.contains { $0.source.peer == id || $0.grandparent == id }
                && mirror.viewers[id]?.parents.contains { $0.grandparent == children[0] } == false
        }
        #expect(accuse(others[0], by: children[0]) == .irrelevant)
        #expect(accuse(children[0], by: children[0]) == .irrelevant)
        #expect(accuse(parent, by: children[0]) == .guilty)
        #expect(mirror.banned == [parent])
        #expect(accuse(parent, by: children[0]) == .irrelevant)
        try mirror.check(swarm, "one is out")
        let next = try #require(mirror.viewers[children[0]]?.parents.compactMap(\.source.peer).first)
        now = now.advanced(byMilliseconds: SwarmTimes.accusationMs - 1)
        #expect(accuse(next, by: children[0]) == .slander)
        #expect(mirror.banned == [parent, children[0]])
        #expect(swarm.contains(next))
        try mirror.check(swarm, "so is the accuser")
    }

    @Test func `after a minute somebody may be accused again, a neighbour of a moment ago as well`() throws {
        let (parent, stripe, children) = try family()
        lost(children[0], stripe, parent)
        now = now.advanced(byMilliseconds: SwarmTimes.formerNeighbourMs)
        #expect(accuse(parent, by: children[0]) == .guilty)
        now = now.advanced(byMilliseconds: SwarmTimes.accusationMs)
        let next = try #require(mirror.viewers[children[0]]?.parents.compactMap(\.source.peer).first)
        #expect(accuse(next, by: children[0]) == .guilty)
        try mirror.check(swarm, "two are out")
    }

    @Test func `a neighbour of long ago cannot be accused`() throws {
        let (parent, stripe, children) = try family()
        lost(children[0], stripe, parent)
        now = now.advanced(byMilliseconds: SwarmTimes.formerNeighbourMs + 1)
        let isNeighbour = mirror.viewers[children[0]]!.parents.contains {
            $0.source.peer == parent || $0.grandparent == parent
        }
        #expect(accuse(parent, by: children[0]) == (isNeighbour ? .guilty : .irrelevant))
    }

    @Test func `somebody who comes back before it was taken out keeps its place`() throws {
        let (parent, _, _) = try family()
        swarm.leave(parent, now: now)
        var events: [SwarmEvent] = []
        let place = swarm.resume(parent, capacity: 2, role: nil, parents: [], now: now, into: &events)
        #expect(place == swarm.place(of: parent) && place.children.count == 2)
        now = now.advanced(byMilliseconds: 10 * SwarmTimes.departureWindowMs)
        apply { $0.advance(now: $1, into: &$2) }
        #expect(swarm.contains(parent) && swarm.counters.departures == 0)
        try mirror.check(swarm, "nobody left")
    }

    @Test func `a newcomer in a doubtful place feeds nobody at first`() throws {
        let id = RandomID(using: &generator)
        apply { self.mirror.place(id, $0.join(id, capacity: 8, isLeaf: true, now: $1, into: &$2)) }
        #expect(swarm.place(of: id).role == nil)
        now = now.advanced(byMilliseconds: SwarmTimes.leafMs)
        apply { $0.advance(now: $1, into: &$2) }
        #expect(swarm.place(of: id).role != nil)
        try mirror.check(swarm, "a minute later")
    }

    @Test func `claims of resuming peers cost no parent more events than it can have children`() throws {
        swarm = Swarm(seed: 1, now: now)
        mirror = Mirror()
        let victim = RandomID(using: &generator)
        var told = 0
        for number in 0..<100 {
            let id = number == 0 ? victim : RandomID(using: &generator)
            let parent = SwarmParent(stripe: 0, source: .peer(victim), grandparent: nil, depth: 2)
            events = []
            let place = swarm.resume(id, capacity: 2, role: 0, parents: [parent], now: now, into: &events)
            mirror.place(id, place)
            mirror.take(events)
            told += events.count
        }
        #expect(told <= 8)
        now = now.advanced(byMilliseconds: SwarmTimes.resumeQuietMs)
        apply { $0.advance(now: $1, into: &$2) }
        try mirror.check(swarm, "whole again")
        #expect(swarm.place(of: victim).children.count <= 2)
    }
}
