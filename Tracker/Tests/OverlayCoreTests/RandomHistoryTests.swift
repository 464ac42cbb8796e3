import CoreTypes
import OverlayCore
import Testing

/// All invariants after every operation of histories that mix all operations.
struct RandomHistoryTests {
    private func run(_ setup: HistorySetup, steps count: Int) {
        var generator = SeededGenerator(seed: setup.seed)
        let steps = generator.history(setup, steps: count)
        guard let failure = firstFailure(setup, steps) else { return }
        let shortest = shrunk(setup, Array(steps.prefix(failure.step + 1)))
        let what = firstFailure(setup, shortest)?.what ?? failure.what
        Issue.record("\(setup): \(what)\n\(shortest.map { "\($0)" }.joined(separator: "\n"))")
    }

    @Test(arguments: 1...4) func `histories of small swarms keep all invariants`(stripeCount: Int) {
        for seed in UInt64(1)...120 {
            let (rootLimit, size) = (1 + Int(seed) % 5, [3, 8, 25][Int(seed) % 3])
            run(
                HistorySetup(
                    seed: seed, stripeCount: stripeCount, rootLimit: rootLimit,
                    regionCount: seed % 4 == 0 ? 5 : 1, size: size), steps: 120)
        }
    }

    @Test func `histories of larger swarms keep all invariants`() {
        for seed in UInt64(1001)...1012 {
            run(HistorySetup(seed: seed, rootLimit: 4, regionCount: seed % 3 == 0 ? 3 : 1, size: 300), steps: 450)
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
            #expect(ticks < 100, "\(setup): still moving \(changes.suffix(8))")
            #expect(overlay.checkInvariants(settled: true) == [], "\(setup)")
        }
    }

    @Test func `the same seed and operations give the same changes`() {
        for seed in UInt64(1)...10 {
            let setup = HistorySetup(seed: seed, regionCount: 1 + Int(seed % 2), size: 60)
            var generator = SeededGenerator(seed: seed)
            let steps = generator.history(setup, steps: 300)
            var (one, other) = (HistoryRunner(setup), HistoryRunner(setup))
            for step in steps {
                _ = one.run(step)
                _ = other.run(step)
            }
            #expect(one.changes == other.changes, "seed \(seed)")
            #expect(!one.changes.isEmpty)
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
