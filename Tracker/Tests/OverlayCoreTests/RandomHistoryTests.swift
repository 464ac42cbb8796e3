import CoreTypes
import Glibc
import OverlayCore
import Testing

/// All invariants after every operation of histories that mix all operations. OVERLAY_HISTORIES=20000 runs that many
/// instead of the usual number; a failure prints one line that replays it.
struct RandomHistoryTests {
    private static let count = getenv("OVERLAY_HISTORIES").flatMap { Int(String(cString: $0)) } ?? 2_000

    private func run(_ setup: HistorySetup, steps count: Int) {
        var generator = SeededGenerator(seed: setup.seed)
        guard let complaint = complaint(setup, generator.history(setup, steps: count)) else { return }
        Issue.record("\(complaint)")
    }

    @Test func `histories of small swarms keep all invariants`() {
        for seed in UInt64(1)...UInt64(max(1, Self.count)) { run(.any(seed: seed), steps: 80) }
    }

    @Test func `histories of larger swarms keep all invariants`() {
        for seed in UInt64(1001)...UInt64(1000 + max(8, Self.count / 200)) {
            let stripeCount = seed % 4 == 0 ? 3 : 2
            run(
                HistorySetup(
                    seed: seed, stripeCount: stripeCount, regionCount: seed % 3 == 0 ? 3 : 1, size: 300), steps: 450)
        }
    }

    @Test func `ticks come to an end, and settle what can be settled`() {
        for seed in UInt64(2001)...2060 {
            let setup = HistorySetup(seed: seed, rootLimit: 1 + Int(seed % 6), size: [4, 12, 60][Int(seed % 3)])
            var generator = SeededGenerator(seed: seed)
            var runner = HistoryRunner(setup)
            for step in generator.history(setup, steps: 150) { _ = runner.run(step) }
            var overlay = runner.overlay
            var changes: [LinkChange] = []
            var ticks = 0
            while overlay.tick(budget: 10, into: &changes) > 0 && ticks < 100 { ticks += 1 }
            #expect(ticks < 100, "\(setup.line([])): still moving \(changes.suffix(8))")
            #expect(overlay.checkInvariants(settled: true) == [], "\(setup.line([]))")
        }
    }

    @Test func `indices are given out again`() {
        var runner = HistoryRunner(HistorySetup(seed: 5))
        for _ in 0..<20 { _ = runner.run(.join(capacity: 2, region: 0)) }
        for round in 0..<200 {
            _ = runner.run(.leave(round * 7))
            #expect(runner.run(.join(capacity: 2, region: 0)) == nil)
        }
        #expect(runner.overlay.indexCount == 20)
    }
}
