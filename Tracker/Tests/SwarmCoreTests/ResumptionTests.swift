import CoreTypes
import Testing

@testable import SwarmCore

/// Viewers that come back to a tracker that has restarted, over many seconds and in any order: nobody's link is torn up
/// because somebody else was slower.
struct ResumptionTests {
    private struct World {
        var swarm: Swarm
        var mirror = Mirror()
        var generator: SeededGenerator
        var now = MonotonicInstant(nanoseconds: 1_000_000_000_000)

        init(seed: UInt64, peers: Int) {
            generator = SeededGenerator(seed: seed)
            swarm = Swarm(seed: seed, now: now)
            for _ in 0..<peers {
                let id = RandomID(using: &generator)
                let capacity = Int.random(in: 0...4, using: &generator)
                apply { world, events in
                    let place = world.swarm.join(id, capacity: capacity, now: world.now, into: &events)
                    world.mirror.place(id, place)
                }
            }
            for _ in 0..<300 { pass(1_000) }
        }

        mutating func apply(_ body: (inout World, inout [SwarmEvent]) -> Void) {
            var events: [SwarmEvent] = []
            body(&self, &events)
            mirror.take(events)
        }

        mutating func pass(_ ms: Int64) {
            now = now.advanced(byMilliseconds: ms)
            apply { world, events in world.swarm.advance(now: world.now, into: &events) }
        }

        mutating func restart() {
            swarm = Swarm(seed: 99, now: now)
        }

        /// One comes back with what it knows.
        mutating func resume(_ id: RandomID, _ old: Mirror.Viewer, capacity: Int, role: Int?) {
            apply { world, events in
                let place = world.swarm.resume(
                    id, capacity: capacity, role: role, parents: old.parents, children: Array(old.children),
                    now: world.now, into: &events)
                world.mirror.place(id, place)
            }
        }
    }

    @Test(arguments: 0..<20) func `late ones find their places free`(seed: UInt64) throws {
        var world = World(seed: seed, peers: 5 + Int(seed) * 3)
        let nodes = Dictionary(uniqueKeysWithValues: world.swarm.nodes.map { ($0.id, $0) })
        let before = world.mirror
        world.restart()
        // Ten seconds of chance and two of reconnecting: pauses of several seconds are common among few.
        let order = before.ids.map { ($0, Int64.random(in: 0...12_000, using: &world.generator)) }
            .sorted { ($0.1, $0.0.description) < ($1.1, $1.0.description) }
        var at: Int64 = 0
        for (id, due) in order {
            while at + 200 <= due {
                world.pass(200)
                at += 200
            }
            let node = try #require(nodes[id]), viewer = try #require(before.viewers[id])
            // What it passes on it may have been told wrong, if it has no children.
            let role = viewer.children.isEmpty && node.role != nil ? 0 : node.role
            world.resume(id, viewer, capacity: node.capacity, role: role)
            // It goes on feeding those who have not come yet.
            #expect(world.mirror.viewers[id]?.children == viewer.children, "seed \(seed)")
        }
        while world.swarm.isResuming { world.pass(200) }
        try world.mirror.check(world.swarm, "seed \(seed)")
        for id in before.ids {
            let sources = world.mirror.viewers[id]?.parents.map(\.source)
            #expect(sources == before.viewers[id]?.parents.map(\.source), "seed \(seed): \(id) was moved")
        }
    }

    @Test func `who never comes back is waited for only so long, and not when its children have lost it`() throws {
        var world = World(seed: 7, peers: 30)
        let nodes = Dictionary(uniqueKeysWithValues: world.swarm.nodes.map { ($0.id, $0) })
        let before = world.mirror
        let gone = try #require(before.ids.first { (before.viewers[$0]?.children.count ?? 0) > 1 })
        for tells in [false, true] {
            world.restart()
            world.mirror = before
            world.mirror.remove(gone)
            for id in before.ids where id != gone {
                let node = try #require(nodes[id]), viewer = try #require(before.viewers[id])
                world.resume(id, viewer, capacity: node.capacity, role: node.role)
            }
            if tells {
                for child in before.viewers[gone]?.children ?? [] {
                    world.apply { world, events in
                        world.swarm.lost(
                            child.peer, stripe: child.stripe, parent: gone, isFarewell: false, now: world.now,
                            into: &events)
                    }
                }
            }
            for _ in 0..<16 { world.pass(200) }
            #expect(world.swarm.isResuming == !tells)
            for _ in 0..<60 { world.pass(200) }
            #expect(!world.swarm.isResuming)
            try world.mirror.check(world.swarm, "it told: \(tells)")
        }
    }
}
