import CoreTypes
import Testing

@testable import SwarmCore

/// How much of what a peer declares is believed.
@Suite final class TrustTests {
    private var swarm: Swarm
    private var mirror = Mirror()
    private var generator = SeededGenerator(seed: 17)
    private var now = MonotonicInstant(nanoseconds: 1_000_000_000_000)
    private let liar: RandomID

    /// 30 peers that feed one each, and one that says it can feed eight.
    init() {
        swarm = Swarm(seed: 6, now: now)
        liar = RandomID(using: &generator)
        join(liar, capacity: 8)
        for _ in 0..<30 { join(RandomID(using: &generator), capacity: 1) }
        pass(1_000)
    }

    private func join(_ id: RandomID, capacity: Int) {
        apply { self.mirror.place(id, $0.join(id, capacity: capacity, now: $1, into: &$2)) }
    }

    private func apply(_ body: (inout Swarm, MonotonicInstant, inout [SwarmEvent]) -> Void) {
        var events: [SwarmEvent] = []
        body(&swarm, now, &events)
        mirror.take(events)
    }

    private func pass(_ ms: Int64) {
        for _ in 0..<max(1, ms / 1_000) {
            now = now.advanced(byMilliseconds: min(ms, 1_000))
            apply { $0.advance(now: $1, into: &$2) }
        }
    }

    private var children: [SwarmChild] { swarm.place(of: liar).children }
    private var believed: Int { swarm.nodes.first { $0.id == liar }?.capacity ?? -1 }

    private func complain(_ child: SwarmChild, isUnreachable: Bool = false) {
        apply {
            $0.lost(
                child.peer, stripe: child.stripe, parent: self.liar, isFarewell: false, isUnreachable: isUnreachable,
                now: $1, into: &$2)
        }
    }

    @Test func `who served nobody well is believed to feed one, and one more each minute`() throws {
        try #require(children.count == 8)
        for child in children.prefix(2) { complain(child) }
        #expect(children.isEmpty && believed == 0)
        try mirror.check(swarm, "its children have other parents")
        pass(SwarmTimes.leafMs)
        #expect(believed == 1)
        for more in 1...6 {
            pass(SwarmTimes.trustMs)
            #expect(believed == 1 + more)
        }
        pass(SwarmTimes.trustMs)
        #expect(believed == 8)
        // All is forgotten: one complaint is one child's trouble again.
        try #require(children.count > 1)
        complain(children[0])
        #expect(believed == 8)
        try mirror.check(swarm, "at the end")
    }

    @Test func `children that were content confirm what a parent declares`() throws {
        pass(SwarmTimes.confirmedMs)
        try #require(children.count == 8)
        for child in children.prefix(2) { complain(child) }
        #expect(believed == 0)
        pass(SwarmTimes.leafMs)
        #expect(believed == 6)
        try mirror.check(swarm, "a minute later")
    }

    @Test func `in doubt one complaint is enough, but not that no link came about`() throws {
        for child in children.prefix(2) { complain(child) }
        pass(SwarmTimes.leafMs + SwarmTimes.trustMs)
        try #require(believed == 2 && !children.isEmpty)
        complain(try #require(children.first), isUnreachable: true)
        #expect(believed == 2)
        pass(5_000)
        complain(try #require(children.first))
        #expect(believed == 0)
        pass(SwarmTimes.leafMs)
        #expect(believed == 1)
        try mirror.check(swarm, "twice in doubt")
    }

    @Test func `a child that finds no link after another one complained confirms it`() throws {
        complain(try #require(children.first))
        pass(SwarmTimes.doubtMs)
        complain(try #require(children.first), isUnreachable: true)
        #expect(children.isEmpty && believed == 0)
        try mirror.check(swarm, "its uplink is gone")
    }

    @Test func `no link long after a complaint, or before one, confirms nothing`() throws {
        complain(try #require(children.first))
        pass(SwarmTimes.doubtMs + 1_000)
        complain(try #require(children.first), isUnreachable: true)
        complain(try #require(children.first))
        #expect(believed == 8)
        try mirror.check(swarm, "three complaints apart")
    }

    @Test func `no link confirms nothing while others are content`() throws {
        pass(SwarmTimes.confirmedMs)
        complain(try #require(children.first))
        complain(try #require(children.first), isUnreachable: true)
        #expect(believed == 8)
        try mirror.check(swarm, "six are content")
    }

    @Test func `less is believed at once, more only as far as trust goes`() throws {
        for child in children.prefix(2) { complain(child) }
        pass(SwarmTimes.leafMs + SwarmTimes.trustMs)
        apply { $0.setCapacity(self.liar, 1, now: $1, into: &$2) }
        #expect(believed == 1 && children.count <= 1)
        apply { $0.setCapacity(self.liar, 8, now: $1, into: &$2) }
        #expect(believed == 2)
        try mirror.check(swarm, "less and more")
    }

    @Test func `a peer that has shrunk keeps as many children as it can feed`() throws {
        let before = Set(children)
        apply { $0.setCapacity(self.liar, 3, now: $1, into: &$2) }
        #expect(children.count == 3 && before.isSuperset(of: children))
        try mirror.check(swarm, "five have other parents")
    }

    @Test func `who has no event stream keeps its children and gets no others`() throws {
        let before = Set(children)
        swarm.setSilent(liar, true)
        #expect(swarm.isSilent(liar))
        pass(1_000)
        #expect(Set(children) == before && believed == before.count)
        // Whoever was below a child that leaves may take its place; nobody else does.
        let child = try #require(children.first)
        apply { swarm, now, _ in swarm.leave(child.peer, now: now) }
        mirror.remove(child.peer)
        pass(1_000)
        let left = Set(children)
        #expect(left.count <= before.count && believed == left.count)
        let idle = RandomID(using: &generator)
        join(idle, capacity: 0)
        swarm.setSilent(idle, true)
        apply { $0.setCapacity(idle, 8, now: $1, into: &$2) }
        for _ in 0..<20 { join(RandomID(using: &generator), capacity: 1) }
        #expect(swarm.place(of: idle).children.isEmpty)
        #expect(Set(children) == left)
        try mirror.check(swarm, "while they are silent")
        swarm.setSilent(liar, false)
        pass(1_000)
        #expect(!swarm.isSilent(liar) && believed == 8)
        try mirror.check(swarm, "back")
    }
}
