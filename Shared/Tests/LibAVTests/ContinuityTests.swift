import Testing

@testable import LibAV

@Suite struct ContinuityTests {
    private func packet(pid: Int, hasPayload: Bool = true, counter: UInt8 = 9) -> [UInt8] {
        [0x47, UInt8(pid >> 8), UInt8(pid & 255), (hasPayload ? 0x10 : 0x20) | counter]
            + Array(repeating: 0, count: 184)
    }

    @Test func `counters rise per PID with payloads only, over calls`() {
        var counters = ContinuityCounters()
        var first = packet(pid: 256) + packet(pid: 257) + packet(pid: 256) + packet(pid: 256, hasPayload: false)
        counters.renumber(&first)
        #expect([0, 1, 2, 3].map { first[$0 * 188 + 3] & 15 } == [0, 0, 1, 1])
        var second = packet(pid: 256) + [1, 2, 3]
        counters.renumber(&second)
        #expect(second[3] == 0x12)
        #expect(second.suffix(3) == [1, 2, 3])
    }

    @Test func `gaps and steps back are told from a millisecond clock's unrest`() {
        var continuity = PresentationContinuity()
        #expect(continuity.step(to: 0, duration: 2_970) == .regular)
        #expect(continuity.step(to: 3_060, duration: 2_970) == .regular)
        #expect(continuity.step(to: 9_000, duration: 3_000) == .gap)
        #expect(continuity.step(to: 9_000, duration: 3_000) == .backwards)
        continuity.reset()
        #expect(continuity.step(to: 900_000, duration: 3_000) == .regular)
    }
}
