import CoreTypes
import Testing

@testable import OverlayCore

/// The fifteen invariants by number. 1 to 8, 11 and 12 are checked after every operation of every random history
/// (`HistoryRunner`) as well; here is what finds a breach of each, and what needs histories of its own.
struct InvariantTests {
    /// One way to break an invariant of a state.
    struct Breach: Sendable, CustomTestStringConvertible {
        let invariant: Invariant
        let make: @Sendable (inout Overlay) -> Void
        var testDescription: String { "\(invariant.rawValue) (\(invariant))" }
    }

    /// A peer with a peer as its parent in stripe 0, and that parent.
    private static func pair(_ overlay: Overlay) -> (child: Int32, parent: Int32) {
        for peer in overlay.livePeers.map(\.rawValue) {
            let parent = overlay.links[overlay.at(peer, 0)].parent
            if parent >= 0 { return (peer, parent) }
        }
        return (nobody, nobody)
    }

    private static let breaches: [Breach] = [
        Breach(invariant: .parents) { $0.links[$0.at(pair($0).child, 0)].parent = 1_000 },
        Breach(invariant: .roles) { $0.peers[Int(pair($0).parent)].role = 1 },
        Breach(invariant: .children) { $0.links[$0.at(pair($0).parent, 0)].childCount += 1 },
        Breach(invariant: .children) { $0.links[$0.at(pair($0).parent, 0)].firstChild = nobody },
        Breach(invariant: .acyclic) { $0.links[$0.at(pair($0).parent, 0)].parent = pair($0).child },
        Breach(invariant: .depth) { $0.links[$0.at(pair($0).child, 0)].depth += 1 },
        Breach(invariant: .buckets) { $0.links[$0.at(pair($0).child, 0)].position += 1 },
        Breach(invariant: .buckets) { $0.hide(pair($0).child, 0) },
        Breach(invariant: .counts) { $0.slots[0] += 1 },
        Breach(invariant: .counts) { $0.attached[1] -= 1 },
        Breach(invariant: .counts) { $0.roots[0] += 1 },
        Breach(invariant: .overflow) { overlay in
            overlay.setRootLimit(16)
            var changes: [LinkChange] = []
            while overlay.tick(budget: 10, into: &changes) > 0 {}
            for peer in overlay.livePeers { overlay.setCapacity(peer, 4, into: &changes) }
            overlay.setRootLimit(4)
        },
        Breach(invariant: .direct) { $0.setRootLimit(100) },
    ]

    @Test(arguments: breaches) func `invariants 1 to 7, 9 and 15: a breach is found`(breach: Breach) {
        var overlay = Churn(count: 40, rootLimit: 4, seed: 1).overlay
        #expect(overlay.checkInvariants(settled: true) == [])
        breach.make(&overlay)
        let found = Set(overlay.checkInvariants(settled: true).map(\.invariant))
        #expect(found.contains(breach.invariant), "\(found)")
    }

    @Test func `invariant 8: changes that are not told, and told changes that are not made, are found`() {
        var runner = HistoryRunner(HistorySetup(seed: 1))
        for _ in 0..<20 { #expect(runner.run(.join(capacity: 2, region: 0)) == nil) }
        var (silent, talking) = (runner, runner)
        silent.tamper { overlay, _ in
            var unheard: [LinkChange] = []
            overlay.move(Self.pair(overlay).child, 0, to: theServer)
            overlay.tick(budget: 0, into: &unheard)
        }
        #expect(silent.run(.tick(budget: 0))?.hasPrefix("invariant 8 (changes)") == true)
        talking.tamper { overlay, changes in
            let peer = PeerIndex(rawValue: Self.pair(overlay).child)
            changes.append(LinkChange(peer: peer, stripe: 0, newParent: .server))
        }
        #expect(talking.run(.tick(budget: 0))?.hasPrefix("invariant 8 (changes)") == true)
    }

    @Test(arguments: [4, 8], [50, 500, 5_000])
    func `invariants 9, 10 and 11: pairs of a departure and an arrival`(rootLimit: Int, count: Int) {
        let seed = UInt64(rootLimit * count)
        var churn = Churn(count: count, rootLimit: rootLimit, seed: seed)
        let bound = Overlay.depthBound(peers: count, rootLimit: rootLimit)
        var (leaveChanges, joinChanges) = (0, 0)
        let pairs = 2_000
        for pair in 0..<pairs {
            churn.leave(churn.choose().number)
            #expect(churn.changes.count <= 7, "leave, seed \(seed), pair \(pair)")
            leaveChanges += churn.changes.count
            churn.join()
            #expect(churn.changes.count <= 6, "join, seed \(seed), pair \(pair)")
            joinChanges += churn.changes.count
            #expect(churn.depthMax <= bound, "seed \(seed), pair \(pair)")
            for stripe in 0...1 where churn.overlay.openSlots(stripe: stripe) > 0 {
                #expect(churn.overlay.rootCount(stripe: stripe) <= rootLimit, "seed \(seed), pair \(pair)")
            }
        }
        #expect(churn.overlay.checkInvariants(settled: true) == [])
        #expect(Double(leaveChanges) / Double(pairs) < 2.75, "links changed by a departure")
        #expect(Double(joinChanges) / Double(pairs) < 3.0, "links changed by an arrival")
    }

    @Test func `invariant 11: arrivals and departures of a mixed population`() {
        var churn = Churn(count: 2_000, rootLimit: 8, seed: 41, isMixed: true)
        for pair in 0..<1_000 {
            let capacity = churn.leave(churn.choose().number)
            let most = changesMax(capacity: capacity, stripeCount: 2, isJoin: false)
            #expect(churn.changes.count <= most, "pair \(pair)")
            churn.join()
            #expect(churn.changes.count <= 8 + 2 + 2, "pair \(pair)")
        }
    }

    @Test func `invariant 12: a replacement leaves the depth of all others as it was`() {
        var churn = Churn(count: 600, rootLimit: 8, seed: 21)
        var kept = 0
        for pair in 0..<300 {
            let (number, gone) = churn.choose()
            let role = churn.overlay.role(of: gone) ?? 0
            let before = churn.overlay
            let hadGrandchildren = before.children(of: gone).contains { peer in
                before.role(of: peer) == role && before.childCount(of: peer) > 0
            }
            churn.leave(number)
            guard hadGrandchildren else { continue }
            let told = Set(churn.changes.filter { $0.stripe == role }.map(\.peer))
            let moved = told.subtracting(before.children(of: gone))
            for peer in churn.live where !moved.contains(peer) {
                #expect(
                    churn.overlay.depth(of: peer, stripe: role) <= before.depth(of: peer, stripe: role),
                    "pair \(pair), \(peer)")
            }
            kept += 1
            churn.join()
        }
        #expect(kept > 20)
    }

    @Test func `invariant 13: the same seed and operations give the same changes`() {
        for seed in UInt64(1)...20 {
            let setup = HistorySetup.any(seed: seed)
            var generator = SeededGenerator(seed: seed)
            let steps = generator.history(setup, steps: 150)
            var (one, other) = (HistoryRunner(setup), HistoryRunner(setup))
            for step in steps {
                _ = one.run(step)
                _ = other.run(step)
            }
            #expect(one.changes == other.changes, "seed \(seed)")
            #expect(!one.changes.isEmpty, "seed \(seed)")
        }
    }

    @Test func `invariant 14: an undamaged overlay is rebuilt without a change, whatever the order of reports`() {
        for seed in UInt64(1)...12 {
            let setup = HistorySetup(
                seed: seed, stripeCount: 1 + Int(seed % 4), rootLimit: 4, regionCount: 1 + Int(seed % 3), size: 120)
            var generator = SeededGenerator(seed: seed)
            var runner = HistoryRunner(setup)
            for step in generator.history(setup, steps: 300) { _ = runner.run(step) }
            let reports = runner.reports()
            var order = Array(reports.indices)
            order.shuffle(using: &generator)
            var position = Array(repeating: 0, count: order.count)
            for (new, old) in order.enumerated() { position[old] = new }
            let shuffled = order.map { old in
                PeerReport(
                    capacity: reports[old].capacity, region: reports[old].region, role: reports[old].role,
                    parents: reports[old].parents.map { parent in
                        guard case .peer(let index)? = parent else { return parent }
                        return .peer(PeerIndex(rawValue: Int32(position[Int(index.rawValue)])))
                    })
            }
            var configuration = setup.configuration
            configuration.rootLimit = runner.overlay.rootLimit
            var rebuilt = Overlay(configuration)
            var changes: [LinkChange] = []
            rebuilt.rebuild(from: shuffled, into: &changes)
            #expect(changes == [], "seed \(seed)")
            for (new, report) in shuffled.enumerated() {
                #expect(rebuilt.parents(of: PeerIndex(rawValue: Int32(new))) == report.parents, "seed \(seed)")
            }
            #expect(rebuilt.checkInvariants() == [], "seed \(seed)")
        }
    }

    @Test func `invariant 15: while all fit at the server all are there`() {
        for seed in UInt64(1)...40 {
            var setup = HistorySetup.any(seed: seed)
            setup.rootLimit = 4 + Int(seed % 8)
            var overlay = Overlay(setup.configuration)
            var generator = SeededGenerator(seed: seed)
            var changes: [LinkChange] = []
            var live: [PeerIndex] = []
            for _ in 0..<60 {
                if live.isEmpty || (live.count < 2 * setup.rootLimit && generator.below(5) < 3) {
                    live.append(overlay.join(capacity: generator.mixedCapacity(), into: &changes))
                } else {
                    overlay.leave(live.remove(at: generator.below(live.count)), into: &changes)
                }
                while overlay.tick(budget: 4, into: &changes) > 0 {}
                guard live.count <= setup.rootLimit else { continue }
                let stripes = 0..<setup.stripeCount
                #expect(live.allSatisfy { overlay.parents(of: $0) == stripes.map { _ in .server } }, "seed \(seed)")
            }
        }
    }
}
