import CoreTypes
import OverlayCore
import Testing

/// How deep trees get, and how many links each operation changes.
struct DepthTests {
    @Test(arguments: [0.3, 0.5], [false, true])
    func `many leave at once`(share: Double, isMixed: Bool) {
        var churn = Churn(count: 3_000, rootLimit: 8, seed: 31, isMixed: isMixed)
        churn.leaveBatch(share: share)
        #expect(churn.overlay.checkInvariants() == [])
        #expect(churn.overlay.liveCount == churn.live.count)
        let bound = Overlay.depthBound(peers: churn.live.count, rootLimit: 8)
        #expect(churn.depthMax <= bound + 2)
        // Each survivor lost a parent with that probability, in two stripes; some more are moved to make room.
        #expect(Double(churn.changes.count) < 3.5 * share * Double(churn.live.count))
        for _ in 0..<200 { churn.tick(budget: 10) }
        #expect(churn.depthMax <= bound + 1)
        #expect(churn.overlay.checkInvariants(settled: true) == [])
    }

    @Test(arguments: [12, 40, 1_000]) func `with one pair in ten that cannot connect`(count: Int) {
        func isBroken(_ one: PeerIndex, _ other: PeerIndex) -> Bool {
            let pair = UInt64(min(one, other).rawValue) << 32 | UInt64(max(one, other).rawValue)
            var generator = SeededGenerator(seed: pair)
            return generator.below(10) == 0
        }
        let rootLimit = count < 25 ? 2 : 8
        var churn = Churn(count: 0, rootLimit: rootLimit, seed: 35)
        for _ in 0..<count {
            churn.join()
            _ = churn.loseBroken(isBroken)
        }
        var told = 0
        for pair in 0..<1_000 {
            churn.leave(churn.choose().number)
            told += churn.loseBroken(isBroken)
            churn.join()
            told += churn.loseBroken(isBroken)
            churn.tick(budget: 2)
            told += churn.loseBroken(isBroken)
            #expect(churn.depthMax <= 2 * Overlay.depthBound(peers: count, rootLimit: rootLimit), "pair \(pair)")
        }
        #expect(told > 0 && told < 2_000)
        #expect(churn.overlay.checkInvariants() == [])
        for peer in churn.live {
            for case .peer(let parent) in churn.overlay.parents(of: peer) { #expect(!isBroken(peer, parent)) }
        }
    }

    @Test func `a mixed population stays well below the bound of capacity two`() {
        var churn = Churn(count: 2_000, rootLimit: 8, seed: 41, isMixed: true)
        var joinMax = 0
        for pair in 0..<1_000 {
            let capacity = churn.leave(churn.choose().number)
            #expect(churn.changes.count <= 2 * capacity + 12, "pair \(pair)")
            churn.join()
            joinMax = max(joinMax, churn.changes.count)
            if pair % 4 == 0 { churn.tick(budget: 2) }
            #expect(churn.overlay.depths(stripe: 0).max <= 8, "pair \(pair)")
        }
        #expect(joinMax <= 8 + 2 + 2)
    }

    @Test func `the bound is that of full trees of capacity two`() {
        #expect([1, 4, 5, 12, 13].map { Overlay.depthBound(peers: $0, rootLimit: 4) } == [1, 1, 2, 2, 3])
        #expect(Overlay.depthBound(peers: 50_000, rootLimit: 8) == 13)
    }

    @Test func `statistics agree with the depths of peers`() {
        let churn = Churn(count: 700, rootLimit: 4, seed: 51, isMixed: true)
        let statistics = churn.overlay.depths(stripe: 1)
        let depths = churn.live.map { churn.overlay.depth(of: $0, stripe: 1) }.sorted()
        #expect(statistics.count == 700)
        #expect(statistics.max == depths.last)
        #expect(statistics.p99 == depths[692])
        #expect(abs(statistics.mean - Double(depths.reduce(0, +)) / 700) < 1e-9)
    }
}
