import CoreTypes
import Testing

@testable import FragmentedMP4

@Suite struct RebaserArithmeticTests {
    @Test func `offsets in whole ticks of the track are exact, others round down`() {
        #expect(FragmentRebaser.shifted(0, by: 90_000, timescale: 44_100) == 44_100)
        #expect(FragmentRebaser.shifted(100, by: 1, timescale: 48_000) == 100)
        #expect(FragmentRebaser.shifted(100, by: -1, timescale: 48_000) == 99)
        #expect(FragmentRebaser.shifted(0, by: -1, timescale: 48_000) == nil)
        #expect(FragmentRebaser.shifted(.max, by: 1, timescale: 90_000) == nil)
        #expect(FragmentRebaser.shifted(.max, by: .max, timescale: .max) == nil)
        #expect(FragmentRebaser.shifted(.max, by: .min, timescale: 90_000) == UInt64.max - (1 << 63))
    }

    @Test(arguments: [111, 112] as [UInt64])
    func `all chunks of a session move by the same number of ticks`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<1_000 {
            let offset = Int64.random(in: -(1 << 53)...(1 << 53), using: &generator)
            let timescale = UInt32.random(in: 1...1_000_000, using: &generator)
            let base: UInt64 = 1 << 62
            let shift = try #require(FragmentRebaser.shifted(base, by: offset, timescale: timescale)) &- base
            let time = base + UInt64.random(in: 0...(1 << 53), using: &generator)
            #expect(FragmentRebaser.shifted(time, by: offset, timescale: timescale) == time &+ shift, "seed \(seed)")
            let exact = Double(offset) * Double(timescale) / 90_000
            #expect(abs(Double(Int64(bitPattern: shift)) - exact) <= 1 + abs(exact) * 1e-12, "seed \(seed)")
        }
    }
}
