import CoreTypes
import Glibc
import OverlayCore
import Testing

/// What a failing history prints does the same again.
struct ReplayTests {
    /// As printed by a failure, without the name of the variable.
    private static let line = getenv("OVERLAY_REPLAY").map { String(cString: $0) }

    @Test(.enabled(if: line != nil)) func `the history of OVERLAY_REPLAY`() throws {
        let (setup, steps) = try #require(HistorySetup.parse(Self.line ?? ""), "not a history")
        var runner = HistoryRunner(setup)
        for (number, step) in steps.enumerated() {
            if let what = runner.run(step) {
                Issue.record("step \(number + 1) of \(steps.count), \(step.word): \(what)")
                return
            }
        }
        print("All \(steps.count) steps keep all invariants.")
    }

    @Test func `a line is the history that it was made of`() throws {
        for seed in UInt64(1)...200 {
            let setup = HistorySetup.any(seed: seed)
            var generator = SeededGenerator(seed: seed)
            let steps = generator.history(setup, steps: 60)
            let parsed = try #require(HistorySetup.parse(setup.line(steps)))
            #expect(parsed.steps == steps, "seed \(seed)")
            #expect(parsed.setup.configuration == setup.configuration, "seed \(seed)")
        }
        for line in ["", "1:2:3", "1:2:3:4 j2", "1:2:3:4 q5", "a:2:3:4", "1:2:3:4 l"] {
            #expect(HistorySetup.parse(line) == nil, "\(line)")
        }
    }

    @Test func `a failing history is shrunk to one line that fails in the same way`() throws {
        // Something that is no mistake, but happens after more than one step, and not at once.
        let expectation: Expectation = { overlay in
            overlay.liveCount >= 4 && overlay.rootCount(stripe: 0) > overlay.rootLimit ? "overflow" : nil
        }
        for seed in UInt64(1)...20 {
            let setup = HistorySetup(seed: seed, rootLimit: 2)
            var steps = (0..<40).map { Step.join(capacity: $0 % 4 == 3 ? 2 : 0, region: 0) }
            var generator = SeededGenerator(seed: seed)
            steps.shuffle(using: &generator)
            let text = try #require(complaint(setup, steps, expecting: expectation))
            let line = try #require(text.split(separator: "'").last.map(String.init))
            let (parsed, shortest) = try #require(HistorySetup.parse(line))
            #expect((4...6).contains(shortest.count), "seed \(seed): \(line)")
            #expect(firstFailure(parsed, shortest, expecting: expectation)?.what == "overflow", "seed \(seed)")
        }
    }
}
