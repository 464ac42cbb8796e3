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

    /// Who lacks upload lives on roots that are too many: how many there should be cannot be seen from those any more.
    private func isRich(_ world: World) -> Bool {
        (0..<2).allSatisfy { world.swarm.overlay.openSlots(stripe: $0) >= 0 }
    }

    /// All come back within twelve seconds: ten of chance and two of reconnecting. Pauses of several seconds are common among
    /// few. Returns who was moved.
    private func comeBack(_ world: inout World, role: (SwarmSnapshot.Node, Mirror.Viewer) -> Int?) throws -> [RandomID]
    {
        let nodes = Dictionary(uniqueKeysWithValues: world.swarm.nodes.map { ($0.id, $0) })
        let before = world.mirror
        world.restart()
        let order = before.ids.map { ($0, Int64.random(in: 0...12_000, using: &world.generator)) }
            .sorted { ($0.1, $0.0.description) < ($1.1, $1.0.description) }
        var at: Int64 = 0
        for (id, due) in order {
            while at + 200 <= due {
                world.pass(200)
                at += 200
            }
            let node = try #require(nodes[id]), viewer = try #require(before.viewers[id])
            world.resume(id, viewer, capacity: node.capacity, role: role(node, viewer))
            // It goes on feeding those who have not come yet.
            #expect(world.mirror.viewers[id]?.children == viewer.children)
        }
        while world.swarm.isResuming { world.pass(200) }
        try world.mirror.check(world.swarm, "after a restart")
        return before.ids.filter { id in
            world.mirror.viewers[id]?.parents.map(\.source) != before.viewers[id]?.parents.map(\.source)
        }
    }

    @Test(arguments: 0..<100) func `late ones find their places free`(seed: UInt64) throws {
        var world = World(seed: seed, peers: 5 + Int(seed) % 20 * 3)
        let allowed = isRich(world) ? 0 : 2
        let moved = try comeBack(&world) { node, _ in node.role }
        #expect(moved.count <= allowed, "seed \(seed): \(moved)")
    }

    @Test(arguments: 0..<100) func `who is told wrong what it passes on moves nobody but whom it outranks`(seed: UInt64)
        throws
    {
        var world = World(seed: seed, peers: 5 + Int(seed) % 20 * 3)
        let allowed = isRich(world) ? 0 : 2
        var wrong: Set<RandomID> = []
        let moved = try comeBack(&world) { node, viewer in
            // Without children it may not have heard of a change.
            guard viewer.children.isEmpty, node.role == 1 else { return node.role }
            wrong.insert(node.id)
            return 0
        }
        #expect(moved.count { !wrong.contains($0) } <= wrong.count + allowed, "seed \(seed): \(moved), \(wrong)")
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
