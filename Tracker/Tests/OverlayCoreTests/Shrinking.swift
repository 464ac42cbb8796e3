import OverlayCore

/// Something besides the invariants that a history can fail by.
typealias Expectation = @Sendable (Overlay) -> String?

/// The first failure of a history: the step's number and what was wrong.
func firstFailure(
    _ setup: HistorySetup, _ steps: [Step], expecting expectation: Expectation = { _ in nil }
) -> (step: Int, what: String)? {
    var runner = HistoryRunner(setup)
    for (number, step) in steps.enumerated() {
        if let what = runner.run(step) ?? expectation(runner.overlay) { return (number, what) }
    }
    return nil
}

/// A failing history without the steps that it fails without: halves, quarters and so on are left out while it still
/// fails. Then the numbers in it are made small.
func shrunk(
    _ setup: HistorySetup, _ failing: [Step], expecting expectation: Expectation = { _ in nil }
) -> [Step] {
    var steps = failing
    var length = steps.count
    while length > 0 {
        var start = 0
        while start < steps.count {
            var fewer = steps
            fewer.removeSubrange(start..<min(start + length, steps.count))
            if let failure = firstFailure(setup, fewer, expecting: expectation) {
                steps = Array(fewer.prefix(failure.step + 1))
            } else {
                start += length
            }
        }
        length /= 2
    }
    for number in steps.indices {
        for bound in [1, 2, 4, 8, 16, 64, 1_024] {
            guard number < steps.count, let simpler = steps[number].simplified(modulo: bound) else { continue }
            var other = steps
            other[number] = simpler
            guard let failure = firstFailure(setup, other, expecting: expectation) else { continue }
            steps = Array(other.prefix(failure.step + 1))
            break
        }
    }
    return steps
}

/// What a failing history says: what is wrong, and the one line that does it again. Nil for one that does not fail.
func complaint(
    _ setup: HistorySetup, _ steps: [Step], expecting expectation: Expectation = { _ in nil }
) -> String? {
    guard let failure = firstFailure(setup, steps, expecting: expectation) else { return nil }
    let shortest = shrunk(setup, Array(steps.prefix(failure.step + 1)), expecting: expectation)
    let what = firstFailure(setup, shortest, expecting: expectation)?.what ?? failure.what
    return "\(what)\nOVERLAY_REPLAY='\(setup.line(shortest))'"
}
