import CoreTypes
import MediaWire
import PeerCore
import PlayoutCore
import TestSupport
import Testing

struct PeerMachineTests {
    private func check(_ world: SwarmWorld, _ indices: some Sequence<Int>, _ what: String = "") {
        for index in indices {
            let counters = world.counters(index)
            #expect(counters.missing == 0 && counters.late == 0, "viewer \(index) \(what): \(counters)")
            #expect(counters.stalls == 0, "viewer \(index) \(what): \(counters)")
            #expect(world.playsWithoutHole(index), "viewer \(index) \(what)")
        }
    }

    @Test func viewersFeedEachOther() {
        var world = SwarmWorld(seed: 1)
        world.run(ms: 3_000)
        world.plant(20)
        world.run(ms: 20_000)
        check(world, 0..<20)
        var fromPeers: UInt64 = 0
        var fromForwards: UInt64 = 0
        for member in world.members {
            fromPeers += member.machine.counters.bytesFromPeers
            fromForwards += member.machine.counters.bytesFromForwards
            #expect(member.lost.isEmpty && member.accusations.isEmpty)
        }
        #expect(Double(fromPeers) / Double(fromPeers + fromForwards) > 0.8)
        // No more than two roots for each stripe once all is settled.
        let taking = world.members.reduce(0) { $0 + $1.taking.count }
        #expect(taking == 4)
    }

    @Test func nothingIsDownloadedTwice() {
        var world = SwarmWorld(seed: 2)
        world.run(ms: 3_000)
        world.plant(12)
        world.run(ms: 5_000)
        let before = world.members.map(\.machine.counters)
        world.run(ms: 20_000)
        for (member, before) in zip(world.members, before) {
            let counters = member.machine.counters
            let bytes =
                counters.bytesFromPeers + counters.bytesFromForwards - before.bytesFromPeers - before.bytesFromForwards
            // 100 chunks, give or take what is on its way.
            #expect(bytes <= UInt64(102 * world.chunkBytes))
            #expect(counters.bytesUseless == before.bytesUseless)
        }
    }

    @Test(arguments: 0..<10) func whenAParentDiesNobodyBelowSeesIt(seed: UInt64) {
        var world = SwarmWorld(seed: seed)
        world.run(ms: 3_000)
        world.plant(14)
        world.run(ms: 5_000)
        let victim = Int.random(in: 0..<14, using: &world.generator)
        world.kill(victim)
        world.run(ms: 10_000)
        check(world, (0..<14).filter { $0 != victim }, "seed \(seed), victim \(victim)")
        let repaired = world.members.filter { !$0.lost.isEmpty }
        // Only who was fed by the victim itself says so.
        #expect(repaired.allSatisfy { $0.lost.allSatisfy { $0.peer == SwarmWorld.id(victim) } }, "seed \(seed)")
    }

    @Test func whileTheTrackerIsAwayNeighboursHelp() {
        var world = SwarmWorld(seed: 3)
        world.run(ms: 3_000)
        world.plant(10)
        world.run(ms: 5_000)
        world.kill(0)
        // No answer to what is lost.
        for index in world.members.indices { world.members[index].lost = [] }
        world.run(ms: 10_000)
        check(world, 1..<10)
    }

    @Test func aViewerThatSendsWrongBytesIsAccused() {
        var world = SwarmWorld(seed: 4)
        world.run(ms: 3_000)
        world.plant(10)
        world.run(ms: 3_000)
        world.members[0].mutate = { bytes in
            guard bytes.first == PeerMessage.Kind.piece.rawValue, bytes.count > 20 else { return bytes }
            var bytes = bytes
            bytes[15] ^= 1
            return bytes
        }
        world.run(ms: 8_000)
        check(world, 1..<10)
        let accused = world.members.flatMap { $0.accusations.map(\.0) }
        #expect(!accused.isEmpty && accused.allSatisfy { $0 == SwarmWorld.id(0) })
    }

    @Test func aParentThatOnlySaysThatItLivesIsLeft() {
        var world = SwarmWorld(seed: 5)
        world.run(ms: 3_000)
        world.plant(10)
        world.run(ms: 3_000)
        world.members[0].mutate = { bytes in
            bytes.first == PeerMessage.Kind.piece.rawValue || bytes.first == PeerMessage.Kind.manifest.rawValue
                ? nil : bytes
        }
        world.run(ms: 10_000)
        check(world, 1..<10)
        #expect(world.members.contains { $0.lost.contains { $0.peer == SwarmWorld.id(0) && $0.reason == .stalled } })
    }

    @Test func refusedStartersBeginAtTheirParents() {
        var world = SwarmWorld(seed: 6)
        world.run(ms: 3_000)
        world.plant(4)
        world.run(ms: 3_000)
        world.refusesStarters = true
        let joiner = world.add()
        world.assign(joiner, 0, to: 0)
        world.assign(joiner, 1, to: 1)
        world.run(ms: 6_000)
        check(world, [joiner])
        #expect(world.members[joiner].machine.counters.bytesFromForwards == 0)
    }

    @Test func aProcessThatStoodStillAccusesNobody() {
        var world = SwarmWorld(seed: 7)
        world.run(ms: 3_000)
        world.plant(10)
        world.run(ms: 3_000)
        // A leaf of both trees sleeps: nobody depends on it.
        let leaf = 9
        world.members[leaf].asleepUntil = world.now + 1_200
        world.run(ms: 6_000)
        #expect(world.members[leaf].lost.isEmpty)
        check(world, (0..<10).filter { $0 != leaf })
    }

    @Test(arguments: 0..<5) func lossyLinksDeliverInTime(seed: UInt64) {
        var world = SwarmWorld(seed: seed)
        world.loss = 0.05
        world.linkDelayMs = 20
        world.run(ms: 3_000)
        world.plant(10)
        world.run(ms: 15_000)
        check(world, 0..<10, "seed \(seed)")
    }

    @Test func aForwardThatIsAwayIsReplacedByNeighboursWhereTheyHaveTheStripe() {
        var world = SwarmWorld(seed: 8)
        world.run(ms: 3_000)
        world.plant(10)
        world.run(ms: 3_000)
        world.isPublishing = false
        world.run(ms: 5_000)
        world.isPublishing = true
        world.run(ms: 5_000)
        // A publisher's pause is nobody's fault.
        for member in world.members { #expect(member.lost.isEmpty && member.accusations.isEmpty) }
        for index in 0..<10 { #expect(world.counters(index).missing == 0) }
    }

    @Test func uploadStaysBelowItsCap() {
        var world = SwarmWorld(seed: 9)
        world.run(ms: 3_000)
        let rate = 20_000
        world.plant(8) { $0.uploadBytesPerSecond = rate }
        world.run(ms: 10_000)
        for member in world.members {
            #expect(member.machine.counters.uploadBytes <= UInt64(rate * 10 + 40_000))
        }
    }

    @Test func oneMoveChangesParentsWithoutAGapOrADuplicate() {
        var world = SwarmWorld(seed: 10)
        world.run(ms: 3_000)
        world.plant(10)
        world.run(ms: 5_000)
        let before = world.members[9].machine.counters
        world.assign(9, 0, to: 2)
        world.run(ms: 5_000)
        check(world, 0..<10)
        let after = world.members[9].machine.counters
        #expect(after.bytesUseless - before.bytesUseless <= UInt64(world.chunkBytes))
        #expect(world.members[9].machine.snapshot.stripes[0].primary == .peer(SwarmWorld.id(2)))
    }
}
