import CoreTypes
import OverlayCore
import Testing

/// Swarms of a few viewers, which most streams have.
struct SmallSwarmTests {
    /// Ticks until nothing moves, a bounded number of them.
    private func settle(_ overlay: inout Overlay) {
        var changes: [LinkChange] = []
        for _ in 0..<6 where overlay.tick(budget: 4, into: &changes) > 0 {}
    }

    private func follow(_ overlay: inout Overlay) {
        overlay.setRootLimit(Overlay.rootLimit(forPeers: overlay.liveCount, current: overlay.rootLimit))
    }

    private func expectGood(_ overlay: Overlay, _ when: String) {
        #expect(overlay.checkInvariants(settled: true) == [], "\(when)")
        for stripe in 0..<overlay.stripeCount {
            let statistics = overlay.depths(stripe: stripe)
            if overlay.openSlots(stripe: stripe) >= 0 {
                #expect(overlay.rootCount(stripe: stripe) <= overlay.rootLimit, "\(when), stripe \(stripe)")
            }
            #expect(statistics.max <= 2 * statistics.bound, "\(when), stripe \(stripe)")
        }
    }

    @Test(arguments: 1...30) func `growth to 50 and back, one by one`(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        var configuration = OverlayConfiguration()
        configuration.seed = UInt64(seed)
        var overlay = Overlay(configuration)
        var changes: [LinkChange] = []
        var live: [PeerIndex] = []
        for count in 1...50 {
            let capacity = seed % 2 == 0 ? 2 : [2, 2, 4, 8, 1][generator.below(5)]
            live.append(overlay.join(capacity: capacity, into: &changes))
            follow(&overlay)
            settle(&overlay)
            expectGood(overlay, "seed \(seed), up to \(count)")
            #expect(overlay.rootLimit == (count <= 3 ? count : count < 39 ? 2 : 4))
        }
        while live.count > 1 {
            overlay.leave(live.remove(at: generator.below(live.count)), into: &changes)
            follow(&overlay)
            settle(&overlay)
            expectGood(overlay, "seed \(seed), down to \(live.count)")
        }
        #expect(overlay.parents(of: live[0]) == [.server, .server])
    }

    @Test func `who cannot serve is served by the server`() {
        var configuration = OverlayConfiguration()
        configuration.rootLimit = 2
        var overlay = Overlay(configuration)
        var changes: [LinkChange] = []
        let peers = (0..<4).map { _ in overlay.join(capacity: 0, into: &changes) }
        #expect(peers.allSatisfy { overlay.parents(of: $0) == [.server, .server] })
        changes = []
        #expect(overlay.tick(budget: 10, into: &changes) == 0)
        #expect(changes.isEmpty)
        // Somebody's uplink turns out to be good: the overflow goes there at once.
        overlay.setCapacity(peers[1], 2, into: &changes)
        let role = overlay.role(of: peers[1]) ?? 0
        settle(&overlay)
        #expect(overlay.rootCount(stripe: role) == 2)
        #expect(overlay.childCount(of: peers[1]) == 2)
        #expect(overlay.checkInvariants() == [])
        changes = []
        overlay.setCapacity(peers[1], 0, into: &changes)
        #expect(overlay.rootCount(stripe: role) == 4)
        #expect(overlay.checkInvariants() == [])
    }

    @Test func `limits follow the number of peers and do not flap`() {
        #expect((0...5).map { Overlay.rootLimit(forPeers: $0) } == [1, 1, 2, 3, 2, 2])
        #expect([38, 39, 999, 1_000, 99_999, 100_000].map { Overlay.rootLimit(forPeers: $0) } == [2, 4, 4, 8, 8, 32])
        #expect([38, 31, 30].map { Overlay.rootLimit(forPeers: $0, current: 4) } == [4, 4, 2])
        #expect([999, 800, 799].map { Overlay.rootLimit(forPeers: $0, current: 8) } == [8, 8, 4])
        #expect([99_999, 80_000, 79_999].map { Overlay.rootLimit(forPeers: $0, current: 32) } == [32, 32, 8])
        #expect([3, 4].map { Overlay.rootLimit(forPeers: $0, current: 2) } == [3, 2])
        #expect(Overlay.rootLimit(forPeers: 10, current: 8) == 2)
    }

    @Test func `a lower limit is brought about by ticks`() {
        var churn = Churn(count: 400, rootLimit: 16, seed: 61)
        churn.overlay.setRootLimit(4)
        for _ in 0..<60 { churn.tick(budget: 4) }
        for stripe in 0...1 {
            #expect(churn.overlay.rootCount(stripe: stripe) <= 4 || churn.overlay.openSlots(stripe: stripe) <= 0)
        }
        #expect(churn.overlay.checkInvariants(settled: true) == [])
        churn.overlay.setRootLimit(16)
        for _ in 0..<60 { churn.tick(budget: 4) }
        #expect(churn.overlay.rootCount(stripe: 0) == 16)
    }
}
