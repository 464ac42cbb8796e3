import CoreTypes
import OverlayCore
import Testing

/// How deep trees are after many peers left together, whoever they are, and what ticks make of trees that are too deep.
struct MassDepartureTests {
    @Test(arguments: Churn.Leavers.allCases, [50, 400, 1_000, 4_000])
    func `whoever leaves at once, depth keeps its bound and one level`(who: Churn.Leavers, count: Int) {
        for share in [0.05, 0.3, 0.5, 0.8] {
            for seed in UInt64(1)...(count > 1_000 ? 1 : 4) {
                let what: Comment = "\(who), \(count) peers, share \(share), seed \(seed)"
                var churn = Churn(count: count, rootLimit: Overlay.rootLimit(forPeers: count), seed: seed)
                churn.leaveBatch(share: share, who)
                let bound = churn.overlay.depths(stripe: 0).bound
                #expect(churn.depthMax <= bound + 1, what)
                #expect(churn.changes.count <= 2 * churn.live.count, what)
                #expect(churn.overlay.checkInvariants() == [], what)
                let hasDeepened = churn.settle(budget: max(1, count / 2_000))
                #expect(!hasDeepened, what)
                #expect(churn.depthMax <= bound, what)
                #expect(churn.overlay.checkInvariants(settled: true) == [], what)
            }
        }
    }

    @Test(arguments: Churn.Leavers.allCases, [50, 400, 1_000, 4_000])
    func `of a mixed population too`(who: Churn.Leavers, count: Int) {
        for share in [0.05, 0.3, 0.5, 0.8] {
            let what: Comment = "\(who), \(count) peers, share \(share)"
            var churn = Churn(count: count, rootLimit: Overlay.rootLimit(forPeers: count), seed: 5, isMixed: true)
            churn.leaveBatch(share: share, who)
            // In fifty peers there may be a handful who can serve two or more.
            let bound = churn.overlay.depths(stripe: 0).bound + (count < 100 ? 3 : 1)
            #expect(churn.depthMax <= bound, what)
            #expect(churn.changes.count <= 2 * churn.live.count, what)
            #expect(churn.overlay.checkInvariants() == [], what)
            _ = churn.settle(budget: max(1, count / 2_000))
            #expect(churn.depthMax <= bound, what)
            #expect(churn.overlay.checkInvariants() == [], what)
        }
    }

    @Test(arguments: [50, 400, 1_000])
    func `the oldest half leaves one by one`(count: Int) {
        var churn = Churn(count: count, rootLimit: Overlay.rootLimit(forPeers: count), seed: 3)
        var changes: [LinkChange] = []
        for (number, peer) in churn.take(share: 0.5, .oldest).reversed().enumerated() {
            churn.overlay.leave(peer, into: &changes)
            let bound = churn.overlay.depths(stripe: 0).bound
            #expect(churn.depthMax <= bound + 1, "\(count) peers, departure \(number)")
        }
        #expect(churn.overlay.checkInvariants() == [])
    }

    @Test(arguments: Churn.Leavers.allCases, [1, 20, 250])
    func `roots become fewer as peers do`(who: Churn.Leavers, step: Int) {
        var churn = Churn(count: 2_000, rootLimit: 8, seed: 7)
        var gone = churn.take(share: 0.95, who)[...]
        var changes: [LinkChange] = []
        while !gone.isEmpty {
            let leaving = Array(gone.suffix(step))
            gone.removeLast(leaving.count)
            if leaving.count < Overlay.batchMin {
                for peer in leaving { churn.overlay.leave(peer, into: &changes) }
            } else {
                churn.overlay.leaveBatch(leaving, into: &changes)
            }
            let limit = Overlay.rootLimit(forPeers: churn.overlay.liveCount, current: churn.overlay.rootLimit)
            churn.overlay.setRootLimit(limit)
            for _ in 0..<max(1, step / 25) { churn.tick(budget: 1) }
            #expect(churn.depthMax <= churn.overlay.depths(stripe: 0).bound + 3, "\(churn.overlay.liveCount) peers")
            changes.removeAll()
        }
        #expect(churn.overlay.rootLimit == 4)
        _ = churn.settle(budget: 1)
        let depths = churn.overlay.depths(stripe: 0)
        #expect(churn.depthMax <= depths.bound)
        for stripe in 0...1 { #expect(churn.overlay.rootCount(stripe: stripe) <= 4) }
        #expect(churn.overlay.checkInvariants(settled: true) == [])
    }

    /// Peers with even numbers serve stripe 0 to the next even one and to a leaf, those with odd numbers stripe 1.
    @Test(arguments: [60, 200, 1_000, 20_000]) func `a chain that is reported is made a tree`(count: Int) {
        let reports = (0..<count).map { number in
            let role = number % 2
            let parents: [Parent?] = (0...1).map { stripe in
                let before = number - (stripe == role ? 2 : 3)
                return before < 0 ? .server : .peer(PeerIndex(rawValue: Int32(before)))
            }
            return PeerReport(capacity: 2, role: role, parents: parents)
        }
        var configuration = OverlayConfiguration()
        configuration.rootLimit = 4
        var overlay = Overlay(configuration)
        var changes: [LinkChange] = []
        overlay.rebuild(from: reports, into: &changes)
        for stripe in 0...1 { #expect(overlay.depths(stripe: stripe).max <= overlay.depths(stripe: stripe).bound + 1) }
        #expect(overlay.checkInvariants() == [])
        var ticks = 0
        while ticks < 4 * count && overlay.tick(budget: 1, into: &changes) > 0 { ticks += 1 }
        for stripe in 0...1 { #expect(overlay.depths(stripe: stripe).max <= overlay.depths(stripe: stripe).bound) }
        #expect(overlay.checkInvariants(settled: true) == [])
    }
}
