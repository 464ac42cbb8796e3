import CoreTypes
import OverlayCore
import Testing

/// What single operations promise.
struct OperationTests {
    @Test func `reports that make no sense cost no more than others`() {
        func peer(_ number: Int32) -> Parent { .peer(PeerIndex(rawValue: number)) }
        let reports = [
            PeerReport(capacity: 2, role: 0, parents: [peer(1), peer(0)]),
            PeerReport(capacity: 2, role: 0, parents: [peer(0), .server]),
            PeerReport(capacity: 99, role: 7, parents: []),
            PeerReport(capacity: -4, role: 0, parents: [peer(1), peer(-7), peer(3), .server]),
            PeerReport(capacity: 1, role: nil, parents: [peer(900), peer(2)]),
            PeerReport(capacity: 1, region: 50, role: 1, parents: [nil, peer(4)]),
        ]
        var overlay = Overlay()
        var changes: [LinkChange] = []
        overlay.rebuild(from: reports, into: &changes)
        #expect(overlay.checkInvariants() == [])
        #expect(overlay.liveCount == 6)
        #expect(overlay.role(of: PeerIndex(rawValue: 2)) == 1, "named as the parent in stripe 1")
        #expect(overlay.parent(of: PeerIndex(rawValue: 4), stripe: 1) == peer(2))
        #expect(overlay.capacity(of: PeerIndex(rawValue: 2)) == Overlay.capacityMax)
    }

    @Test func `with two in a hundred missing only their children move`() {
        var churn = Churn(count: 2_000, rootLimit: 8, seed: 71)
        churn.tick(budget: 10)
        let peers = churn.live.enumerated().filter { $0.offset % 50 != 0 }.map(\.element)
        var positions: [PeerIndex: PeerIndex] = [:]
        for (position, peer) in peers.enumerated() { positions[peer] = PeerIndex(rawValue: Int32(position)) }
        let reports = peers.map { peer in
            PeerReport(
                capacity: 2, role: churn.overlay.role(of: peer),
                parents: churn.overlay.parents(of: peer).map { parent in
                    guard case .peer(let index) = parent else { return parent }
                    return positions[index].map { .peer($0) }
                })
        }
        let orphans = reports.flatMap(\.parents).count { $0 == nil }
        var rebuilt = churn.overlay
        var changes: [LinkChange] = []
        rebuilt.rebuild(from: reports, into: &changes)
        #expect(rebuilt.checkInvariants() == [])
        #expect(changes.count <= 2 * orphans)
        #expect((0...1).allSatisfy { rebuilt.depths(stripe: $0).max <= rebuilt.depths(stripe: $0).bound + 2 })
    }

    @Test func `a pair that cannot connect is not tried again`() {
        var churn = Churn(count: 200, rootLimit: 8, seed: 81)
        var generator = SeededGenerator(seed: 81)
        var broken: Set<[PeerIndex]> = []
        for _ in 0..<300 {
            let (_, peer) = churn.choose()
            let stripe = generator.below(2)
            guard case .peer(let parent)? = churn.overlay.parent(of: peer, stripe: stripe) else { continue }
            broken.insert([min(peer, parent), max(peer, parent)])
            var changes: [LinkChange] = []
            churn.overlay.lost(peer, stripe: stripe, parent: .peer(parent), into: &changes)
            #expect(changes.contains { $0.peer == peer && $0.stripe == stripe })
            for change in changes {
                guard case .peer(let parent) = change.newParent else { continue }
                #expect(!broken.contains([min(change.peer, parent), max(change.peer, parent)]))
            }
            // The report comes twice, as both sides may tell it.
            changes = []
            churn.overlay.lost(peer, stripe: stripe, parent: .peer(parent), into: &changes)
            #expect(changes == [])
        }
        #expect(churn.overlay.brokenPairCount == broken.count)
        #expect(churn.overlay.checkInvariants() == [])
    }

    @Test func `a parent that says farewell is replaced and not remembered`() {
        var churn = Churn(count: 100, rootLimit: 4, seed: 83)
        var changes: [LinkChange] = []
        let child = churn.live.first { if case .peer = churn.overlay.parent(of: $0, stripe: 0) { true } else { false } }
        guard let child, let parent = churn.overlay.parent(of: child, stripe: 0) else {
            Issue.record("all are roots")
            return
        }
        churn.overlay.lost(child, stripe: 0, parent: parent, remembersPair: false, into: &changes)
        #expect(churn.overlay.brokenPairCount == 0)
        #expect(churn.overlay.parent(of: child, stripe: 0) != parent)
        #expect(churn.overlay.checkInvariants() == [])
    }

    @Test func `a lost link to the server is given out again`() {
        var overlay = Overlay()
        var changes: [LinkChange] = []
        let peer = overlay.join(capacity: 2, into: &changes)
        changes = []
        overlay.lost(peer, stripe: 1, parent: .server, into: &changes)
        #expect(changes == [LinkChange(peer: peer, stripe: 1, newParent: .server)])
    }

    @Test func `operations on peers who are gone change nothing`() {
        var churn = Churn(count: 10, rootLimit: 2, seed: 91)
        let (number, gone) = churn.choose()
        churn.leave(number)
        var changes: [LinkChange] = []
        for peer in [gone, PeerIndex(rawValue: -1), PeerIndex(rawValue: 10_000)] {
            churn.overlay.leave(peer, into: &changes)
            churn.overlay.leaveBatch([peer, peer], into: &changes)
            churn.overlay.setCapacity(peer, 3, into: &changes)
            churn.overlay.lost(peer, stripe: 0, parent: .server, into: &changes)
            #expect(churn.overlay.parents(of: peer) == [] && churn.overlay.role(of: peer) == nil)
        }
        #expect(changes == [])
        #expect(churn.overlay.liveCount == 9)
    }

    @Test func `parents are in nearer regions where depth allows`() {
        var configuration = OverlayConfiguration()
        configuration.rootLimit = 8
        configuration.regionCount = 4
        var near = Overlay(configuration)
        configuration.regionCount = 1
        var anywhere = Overlay(configuration)
        var changes: [LinkChange] = []
        for number in 0..<1_000 {
            _ = near.join(capacity: 4, region: number % 4, into: &changes)
            _ = anywhere.join(capacity: 4, region: number % 4, into: &changes)
        }
        let within = near.livePeers.count { peer in
            guard case .peer(let parent)? = near.parent(of: peer, stripe: 0) else { return false }
            return near.region(of: parent) == near.region(of: peer)
        }
        #expect(within > 500, "of 1,000, where chance gives 250")
        #expect(near.depths(stripe: 0).max <= anywhere.depths(stripe: 0).max + 1)
    }
}
