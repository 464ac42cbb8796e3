import CoreTypes
import MediaWire
import PeerCore
import PlayoutCore
import TestSupport
import Testing

/// What a viewer does about holes, outages, and neighbours that claim things.
struct RescueTests {
    private func check(_ world: SwarmWorld, _ indices: some Sequence<Int>, _ what: String = "") {
        for index in indices {
            let counters = world.counters(index)
            #expect(counters.missing == 0 && counters.late == 0, "viewer \(index) \(what): \(counters)")
            #expect(world.playsWithoutHole(index), "viewer \(index) \(what)")
        }
    }

    @Test(arguments: 0..<5) func holesAreFilledBeforeTheyAreDue(seed: UInt64) {
        var world = SwarmWorld(seed: seed)
        world.run(ms: 3_000)
        world.plant(8)
        world.run(ms: 3_000)
        for index in world.members.indices {
            // Every twentieth piece never leaves.
            world.members[index].dropsOneIn = 20
        }
        world.run(ms: 15_000)
        check(world, 0..<8, "seed \(seed)")
        #expect(world.members.contains { $0.machine.counters.piecesRequested > 0 })
        #expect(world.members.allSatisfy { $0.accusations.isEmpty })
    }

    @Test func whenTheForwardIsAwayNobodyIsBlamed() {
        var world = SwarmWorld(seed: 1)
        world.run(ms: 3_000)
        world.plant(14)
        world.run(ms: 5_000)
        world.cutForward()
        world.run(ms: 6_000)
        world.forwardIsUp = true
        world.run(ms: 8_000)
        for member in world.members {
            #expect(member.lost.isEmpty && member.accusations.isEmpty, "\(member.lost.map(\.reason))")
            #expect(member.machine.snapshot.stripes.allSatisfy { $0.primary != nil })
        }
        // Everybody plays again, and the roots alone take from the forward.
        let newest = world.published.last?.description.sequence ?? 0
        #expect(world.members.allSatisfy { ($0.played.last ?? 0) + 20 > newest })
        #expect(world.members.reduce(0) { $0 + $1.taking.count } == 4)
    }

    @Test func aGrandparentIsReachedThroughTheParent() {
        var world = SwarmWorld(seed: 2)
        world.run(ms: 3_000)
        world.plant(10)
        world.run(ms: 3_000)
        // By now the tracker knows who stands behind whom.
        for child in 0..<10 {
            let parent = world.members[child].machine.snapshot.stripes[0].primary?.peer
            world.assign(child, 0, to: parent.map(world.index))
        }
        world.run(ms: 5_000)
        let relayed = world.members.filter { $0.relayedConnects > 0 }
        #expect(!relayed.isEmpty)
    }

    @Test func aNeighboursWordCostsNobodyALink() throws {
        var machine = PeerMachine(PeerConfiguration(), hash: testHash, verify: { _ in nil })
        let now = PeerTime(monotonic: MonotonicInstant(nanoseconds: 0), wall: 0)
        let (me, child, friend, stranger) = (SwarmWorld.id(1), SwarmWorld.id(2), SwarmWorld.id(3), SwarmWorld.id(4))
        machine.join(as: me)
        for peer in [child, friend] {
            machine.addChild(peer, stripe: 0, now: now)
            _ = machine.offered(by: peer, relay: nil, now: now)
            machine.opened(peer, now: now)
        }
        #expect(machine.openPeers == [child, friend])
        // Whom it does not feed, it does not believe.
        let tooSoon = machine.offered(by: stranger, relay: child, now: now)
        let wish = try PeerMessage.subscribe(stripe: 0, from: 0).encoded()
        machine.received(wish[...], from: child, now: now)
        let inAnothersName = machine.offered(by: friend, relay: child, now: now)
        let grandchild = machine.offered(by: stranger, relay: child, now: now)
        #expect(!tooSoon && !inAnothersName && grandchild)
        #expect(machine.openPeers.contains(friend))
        machine.opened(stranger, now: now)
        // What comes over such a link accuses nobody.
        machine.received([250, 1, 2][...], from: stranger, now: now)
        machine.received([6, 0][...], from: stranger, now: now)
        let accused = machine.takeActions().contains { if case .accuse = $0 { true } else { false } }
        #expect(!accused && !machine.openPeers.contains(stranger))
    }

    @Test func siblingsShareAnUploadThatIsNotEnough() {
        var world = SwarmWorld(seed: 3)
        world.run(ms: 3_000)
        let parent = world.add { $0.uploadBytesPerSecond = 30_000 }
        let children = [world.add(), world.add()]
        world.assign(parent, 0, to: nil)
        world.assign(parent, 1, to: nil)
        world.run(ms: 1_000)
        for child in children {
            world.assign(child, 0, to: parent)
            world.assign(child, 1, to: nil)
        }
        world.run(ms: 12_000)
        let received = children.map { world.members[$0].machine.counters.bytesFromPeers }
        #expect(received.min()! * 3 > received.max()!, "\(received)")
    }

    @Test func aParentInWhosePlaceAForwardSendsIsLeft() {
        var world = SwarmWorld(seed: 4)
        world.run(ms: 3_000)
        // A quarter of what four children of one stripe take. Nothing is ever missing for long, for a forward helps out.
        let parent = world.add { $0.uploadBytesPerSecond = 30_000 }
        let children = (0..<4).map { _ in world.add() }
        let grandchild = world.add()
        for stripe in 0..<2 { world.assign(parent, stripe, to: nil) }
        world.run(ms: 1_000)
        for child in children {
            world.assign(child, 0, to: parent)
            world.assign(child, 1, to: nil)
        }
        world.assign(grandchild, 0, to: children[0], depth: 2)
        world.assign(grandchild, 1, to: nil)
        world.run(ms: 20_000)
        for child in children {
            let lost = world.members[child].lost
            #expect(lost.contains { $0.peer == SwarmWorld.id(parent) && $0.reason == .stalled }, "\(lost)")
        }
        // What the child gets late it passes on in time.
        #expect(world.members[grandchild].lost.isEmpty, "\(world.members[grandchild].lost)")
    }
}
