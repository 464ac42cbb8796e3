import CoreTypes
import OverlayCore
import Testing

@testable import SwarmCore

/// Random histories of a swarm: after every step what viewers were told is what holds.
@Suite struct SwarmHistoryTests {
    private struct World {
        var swarm: Swarm
        var mirror = Mirror()
        var generator: SeededGenerator
        var now = MonotonicInstant(nanoseconds: 1_000_000_000_000)

        init(seed: UInt64) {
            swarm = Swarm(seed: seed, now: now)
            generator = SeededGenerator(seed: seed)
        }

        mutating func pass(_ milliseconds: Int64) {
            now = now.advanced(byMilliseconds: milliseconds)
            apply { $0.advance(now: $1, into: &$2) }
        }

        mutating func apply(_ body: (inout Swarm, MonotonicInstant, inout [SwarmEvent]) -> Void) {
            var events: [SwarmEvent] = []
            body(&swarm, now, &events)
            mirror.take(events)
        }

        mutating func join(capacity: Int, isLeaf: Bool = false) {
            let id = RandomID(using: &generator)
            var events: [SwarmEvent] = []
            let place = swarm.join(id, capacity: capacity, isLeaf: isLeaf, now: now, into: &events)
            mirror.place(id, place)
            mirror.take(events)
        }

        var nodes: [RandomID: SwarmSnapshot.Node] {
            let snapshot = swarm.snapshot
            let nodes = (0..<snapshot.count).compactMap { snapshot.node($0) }
            return Dictionary(uniqueKeysWithValues: nodes.map { ($0.id, $0) })
        }

        mutating func random(below bound: Int) -> Int { Int.random(in: 0..<bound, using: &generator) }

        mutating func anybody() -> RandomID? { mirror.ids.randomElement(using: &generator) }

        mutating func leave(_ ids: [RandomID]) {
            for id in ids {
                swarm.leave(id, now: now)
                mirror.remove(id)
            }
            pass(SwarmTimes.departureWindowMs)
        }

        /// One thing that happens to a swarm.
        mutating func step() {
            switch random(below: 100) {
            case 0..<45: join(capacity: [0, 1, 2, 2, 2, 3, 4, 8][random(below: 8)], isLeaf: random(below: 20) == 0)
            case 45..<60: if let id = anybody() { leave([id]) }
            case 60..<75: loseParent()
            case 75..<78: accuse()
            case 78..<84:
                guard let id = anybody() else { return }
                let capacity = random(below: 9)
                apply { $0.setCapacity(id, capacity, now: $1, into: &$2) }
            case 84..<88:
                let names = ["a", "b", "c"].filter { _ in random(below: 4) > 0 }
                let full = Set(names.filter { _ in random(below: 4) == 0 })
                apply { swarm, _, events in swarm.setForwards(names, full: full, into: &events) }
            case 88..<90:
                guard let id = anybody() else { return }
                let isSilent = random(below: 2) == 0
                swarm.setSilent(id, isSilent)
            default: pass(Int64(random(below: 3_000)))
            }
        }

        private mutating func loseParent() {
            guard let id = anybody(), let viewer = mirror.viewers[id] else { return }
            let stripe = random(below: 2)
            // Now and then a report that is out of date, or a lie.
            let parent = random(below: 5) == 0 ? anybody() : viewer.parents[stripe].source.peer
            let isFarewell = random(below: 3) == 0
            apply { $0.lost(id, stripe: stripe, parent: parent, isFarewell: isFarewell, now: $1, into: &$2) }
            // One that was taken for dead is out without a word.
            for id in mirror.ids where !swarm.contains(id) { mirror.remove(id) }
        }

        private mutating func accuse() {
            guard let id = anybody(),
                let other = random(below: 4) == 0
                    ? anybody() : mirror.viewers[id]?.children.randomElement(using: &generator)?.peer
            else { return }
            apply { _ = $0.accuse(other, by: id, now: $1, into: &$2) }
        }
    }

    @Test(arguments: 0..<12) func `what everybody was told is what holds, after every step`(number: Int) throws {
        let seed = UInt64(number) + 1
        var world = World(seed: seed)
        for step in 0..<300 {
            world.step()
            try world.mirror.check(world.swarm, "seed \(seed), step \(step)")
        }
    }

    @Test func `many leave at once, and all others have parents again`() throws {
        var world = World(seed: 7)
        world.apply { swarm, _, events in swarm.setForwards(["a", "b"], into: &events) }
        for _ in 0..<1_000 { world.join(capacity: 2) }
        let gone = world.mirror.ids.filter { _ in world.random(below: 2) == 0 }
        world.leave(gone)
        try world.mirror.check(world.swarm, "after the storm")
        for _ in 0..<100 {
            world.pass(200)
            try world.mirror.check(world.swarm, "in the storm")
        }
        for stripe in 0..<2 {
            let spread = try #require(world.swarm.spread(stripe: stripe))
            #expect(spread.depths.max <= spread.depths.bound + 2 && spread.orphans == 0)
        }
        #expect(world.swarm.rootLimit == 8)
        // What is left of a large swarm gives up its roots slowly.
        world.leave(Array(world.mirror.ids.dropLast(100)))
        for _ in 0..<500 { world.pass(200) }
        try world.mirror.check(world.swarm, "after a second one")
        #expect(world.swarm.rootLimit == 4 && world.swarm.rootsByForward.map(\.stripes) == [4, 4])
        #expect(world.swarm.counters.repairMsMax <= SwarmTimes.departureWindowMs)
    }

    @Test func `roots are spread over the forwards, and leave one that is gone`() throws {
        var world = World(seed: 3)
        for _ in 0..<40 { world.join(capacity: 2) }
        #expect(world.swarm.rootsByForward.isEmpty)
        world.apply { swarm, _, events in swarm.setForwards(["a", "b"], into: &events) }
        try world.mirror.check(world.swarm, "two forwards")
        for (_, stripes) in world.swarm.rootsByForward { #expect(stripes == 4) }
        world.apply { swarm, _, events in swarm.setForwards(["b"], into: &events) }
        try world.mirror.check(world.swarm, "one forward")
        #expect(world.swarm.rootsByForward.map(\.stripes) == [8])
        world.apply { swarm, _, events in swarm.setForwards(["b", "c"], into: &events) }
        for _ in 0..<10 { world.pass(1_000) }
        try world.mirror.check(world.swarm, "two again")
        #expect(world.swarm.rootsByForward.map(\.stripes) == [4, 4])
    }

    @Test func `a root that cannot reach its forward is sent to another one`() throws {
        var world = World(seed: 4)
        world.apply { swarm, _, events in swarm.setForwards(["a", "b"], into: &events) }
        world.join(capacity: 2)
        let id = try #require(world.mirror.ids.first)
        let first = try #require(world.mirror.viewers[id]).parents[0].source
        world.apply { $0.lost(id, stripe: 0, parent: nil, isFarewell: false, now: $1, into: &$2) }
        #expect(world.mirror.viewers[id]?.parents[0].source != first)
        try world.mirror.check(world.swarm, "after the loss")
    }

    @Test(arguments: 0..<10) func `a swarm that a new tracker collects keeps every link`(number: Int) throws {
        let seed = UInt64(number) + 100
        var world = World(seed: seed)
        world.apply { swarm, _, events in swarm.setForwards(["a", "b"], into: &events) }
        for _ in 0..<40 { world.join(capacity: 2) }
        for _ in 0..<120 { world.step() }
        world.apply { swarm, _, events in swarm.setForwards(["a", "b"], into: &events) }
        for _ in 0..<200 { world.pass(1_000) }
        let (before, nodes) = (world.mirror, world.nodes)
        world.swarm = Swarm(seed: seed + 1, now: world.now)
        world.apply { swarm, _, events in swarm.setForwards(["a", "b"], into: &events) }
        try resume(before.ids.shuffled(using: &world.generator), from: before, nodes, &world)
        let told = world.mirror.eventCount
        world.pass(SwarmTimes.resumeQuietMs)
        #expect(!world.swarm.isResuming)
        try world.mirror.check(world.swarm, "seed \(seed)")
        for id in before.ids {
            #expect(world.mirror.viewers[id]?.parents == before.viewers[id]?.parents, "seed \(seed): \(id) was moved")
        }
        #expect(world.mirror.eventCount == told, "seed \(seed): something was told that was known")
    }

    @Test(arguments: 0..<20) func `a swarm that a new tracker collects in part is whole again`(number: Int) throws {
        let seed = UInt64(number) + 200
        var world = World(seed: seed)
        for _ in 0..<200 { world.step() }
        let (before, nodes) = (world.mirror, world.nodes)
        world.swarm = Swarm(seed: seed + 1, now: world.now)
        for _ in 0..<world.random(below: 3) { world.join(capacity: 2) }
        let back = before.ids.filter { _ in world.random(below: 5) > 0 }
        for id in before.ids where !back.contains(id) { world.mirror.remove(id) }
        try resume(back, from: before, nodes, &world)
        world.join(capacity: 2)
        for _ in 0..<5 {
            guard let id = back.randomElement(using: &world.generator), let viewer = before.viewers[id] else { break }
            let parent = viewer.parents[0].source.peer
            world.apply { $0.lost(id, stripe: 0, parent: parent, isFarewell: false, now: $1, into: &$2) }
        }
        if let id = back.first, world.mirror.viewers[id] != nil { world.leave([id]) }
        world.pass(SwarmTimes.resumeMs)
        try world.mirror.check(world.swarm, "seed \(seed)")
        for step in 0..<50 {
            world.step()
            try world.mirror.check(world.swarm, "seed \(seed), step \(step)")
        }
    }

    /// Brings viewers to a new swarm, each with what it knows.
    private func resume(
        _ ids: [RandomID], from before: Mirror, _ nodes: [RandomID: SwarmSnapshot.Node], _ world: inout World
    ) throws {
        for id in ids {
            let viewer = try #require(before.viewers[id]), node = try #require(nodes[id])
            var events: [SwarmEvent] = []
            let place = world.swarm.resume(
                id, capacity: node.capacity, role: node.role, parents: viewer.parents, now: world.now, into: &events)
            world.mirror.place(id, place)
            world.mirror.take(events)
            world.now = world.now.advanced(byMilliseconds: 20)
        }
        #expect(world.swarm.isResuming || ids.isEmpty)
    }
}
