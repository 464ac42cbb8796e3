import CoreTypes

/// How long messages take between any two viewers, and who cannot reach whom. Nothing is stored: all of it follows from
/// the numbers of the two and the seed.
struct NetworkModel {
    let scenario: NetworkScenario
    let seed: UInt64
    let regionCount: Int

    init(_ scenario: NetworkScenario, seed: UInt64, regionCount: Int) {
        self.scenario = scenario
        self.seed = seed
        self.regionCount = max(1, regionCount)
    }

    /// A number that belongs to a pair of viewers, whichever comes first.
    private func mark(_ one: Int, _ other: Int, _ salt: UInt64) -> UInt64 {
        var generator = SeededGenerator(
            seed: seed ^ salt ^ UInt64(min(one, other)) &* 0x9e37_79b9 ^ UInt64(max(one, other)) << 32)
        return generator.next()
    }

    private func draw(_ range: ClosedRange<Int64>, _ mark: UInt64) -> Int64 {
        range.lowerBound + Int64(mark % UInt64(range.upperBound - range.lowerBound + 1))
    }

    /// Where a viewer lives.
    func region(_ viewer: Int) -> Int { Int(mark(viewer, viewer, 3) % UInt64(regionCount)) }

    /// One way, in milliseconds.
    func delayMs(_ one: Int, _ other: Int) -> Int64 {
        draw(scenario.delayMs, mark(one, other, 1)) + (region(one) == region(other) ? 0 : scenario.farMs)
    }

    /// Whether a link between the two comes about.
    func canConnect(_ one: Int, _ other: Int) -> Bool {
        scenario.natFailures <= 0 || Double(mark(one, other, 2) >> 11) * 0x1p-53 >= scenario.natFailures
    }

    /// From the arrival of an offer to the open link: answer, checks of candidates, handshakes.
    func setUpMs(_ one: Int, _ other: Int, answerMs: Int64) -> Int64 {
        draw(scenario.setUpMs, mark(one, other, 4)) + answerMs + 8 * delayMs(one, other)
    }
}
