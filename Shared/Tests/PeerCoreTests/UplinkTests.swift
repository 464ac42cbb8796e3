import CoreTypes
import MediaWire
import PeerCore
import PlayoutCore
import TestSupport
import Testing

/// Viewers whose uplinks end somewhere: what they declare, and that nobody below misses anything.
struct UplinkTests {
    /// The tracker: who has more children than it declares loses some to the forward, and who has fewer gets them back.
    private func track(_ world: inout SwarmWorld, _ parent: Int, _ children: inout [Int], of family: [Int]) {
        let capacity = world.members[parent].machine.capacity
        while children.count > capacity, let child = children.popLast() {
            world.assign(child, 0, to: nil)
            world.members[parent].machine.dropChild(SwarmWorld.id(child), stripe: 0, now: world.time)
        }
        for child in family where children.count < capacity && !children.contains(child) {
            world.assign(child, 0, to: parent, depth: 2)
            children.append(child)
        }
    }

    /// A parent whose children get one stripe from it and the other from the forward.
    private func family(_ count: Int, in world: inout SwarmWorld) -> (parent: Int, family: [Int]) {
        let parent = world.add()
        for stripe in 0..<2 { world.assign(parent, stripe, to: nil) }
        world.run(ms: 1_000)
        let family = (0..<count).map { _ in world.add() }
        for child in family { for stripe in 0..<2 { world.assign(child, stripe, to: nil) } }
        return (parent, family)
    }

    @Test func whoHasUploadIsGivenMoreChildren() {
        var world = SwarmWorld(seed: 21)
        world.run(ms: 3_000)
        let (parent, family) = family(6, in: &world)
        var children: [Int] = []
        for _ in 0..<500 {
            track(&world, parent, &children, of: family)
            world.run(ms: 100)
        }
        #expect(children.count == 6)
        // More than it has children it need not declare.
        #expect(world.members[parent].machine.capacity == 7)
        for child in family { #expect(world.playsWithoutHole(child)) }
    }

    @Test(arguments: 0..<10) func anUplinkThatBreaksDownCostsNobodyAChunk(seed: UInt64) {
        var world = SwarmWorld(seed: seed)
        world.run(ms: 3_000)
        let (parent, family) = family(4, in: &world)
        var children: [Int] = []
        for _ in 0..<300 {
            track(&world, parent, &children, of: family)
            world.run(ms: 100)
        }
        #expect(children.count == 4, "seed \(seed)")
        // One stripe takes 30 kB a second; from now on less than two get through.
        let share = Double.random(in: 0.2...1.9, using: &world.generator)
        world.members[parent].uplinkBytesPerSecond = Int(share * 30_000)
        var toldAfterMs: Int64?
        for step in 1...200 {
            track(&world, parent, &children, of: family)
            if toldAfterMs == nil, children.count <= Int(share) { toldAfterMs = Int64(step) * 100 }
            world.run(ms: 100)
        }
        #expect((toldAfterMs ?? .max) <= 6_000, "seed \(seed), \(share) stripes")
        #expect(children.count <= 1, "seed \(seed), \(share) stripes")
        for viewer in [parent] + family {
            let counters = world.counters(viewer)
            #expect(counters.missing == 0 && counters.late == 0, "seed \(seed), viewer \(viewer): \(counters)")
        }
    }

    @Test func aViewerThatStandsStillIsNotTakenForASlowUplink() {
        var world = SwarmWorld(seed: 22)
        world.run(ms: 3_000)
        let (parent, family) = family(2, in: &world)
        var children: [Int] = []
        for step in 0..<200 {
            track(&world, parent, &children, of: family)
            // For less time than would make its children leave.
            if step % 20 == 0 { world.members[parent].asleepUntil = world.now + 450 }
            world.run(ms: 100)
        }
        #expect(children.count == 2)
        for child in family { #expect(world.playsWithoutHole(child)) }
    }

    @Test func whoFeedsNobodyNeverWill() {
        var configuration = PeerConfiguration()
        configuration.capacityMax = 0
        var machine = PeerMachine(configuration, hash: testHash, verify: { _ in nil })
        for step in 0..<1_000 {
            let at = MonotonicInstant(nanoseconds: UInt64(step) * 100_000_000)
            machine.tick(now: PeerTime(monotonic: at, wall: Int64(step) * 100))
        }
        #expect(machine.capacity == 0 && machine.snapshot.capacity == 0)
    }
}
