import CoreTypes
import StreamCore
import Testing

@Suite struct BitrateMeterTests {
    private func measured(_ chunks: [(bytes: Int, duration: UInt32)]) -> Int {
        var meter = BitrateMeter()
        for chunk in chunks { meter.add(bytes: chunk.bytes, duration: chunk.duration) }
        return meter.bitsPerSecond
    }

    @Test func `before the first chunk there is no rate`() { #expect(measured([]) == 0) }

    @Test func `the rate is bits over the chunks' own time`() {
        #expect(measured([(25_000, 18_000)]) == 1_000_000)
        #expect(measured([(12_500, 9_000), (50_000, 36_000)]) == 1_000_000)
        #expect(measured([(0, 18_000)]) == 0)
    }

    @Test func `a constant stream keeps its rate for hours`() {
        #expect(measured(Array(repeating: (25_000, 18_000), count: 10_000)) == 1_000_000)
    }

    @Test func `a change of rate is all there is seconds later`() {
        let before = Array(repeating: (bytes: 100_000, duration: UInt32(18_000)), count: 100)
        let after = Array(repeating: (bytes: 10_000, duration: UInt32(18_000)), count: 30)
        #expect(measured(before + after) == 400_000)
    }

    @Test func `chunks without length or longer than the window neither trap nor divide by zero`() {
        #expect(measured([(1_000, 0), (1_000, 0)]) == 0)
        #expect(measured([(1_000, .max)]) == 0)
        #expect(measured([(1_000_000, 900_000), (25_000, 18_000)]) == 1_000_000)
        #expect(measured([(4 << 20, 1), (4 << 20, .max), (4 << 20, 0)]) >= 0)
    }

    @Test(arguments: UInt64(1)...20) func `the rate lies between those of the newest chunks`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var chunks: [(bytes: Int, duration: UInt32)] = []
        var meter = BitrateMeter()
        for _ in 0..<300 {
            let chunk = (
                bytes: Int.random(in: 1...500_000, using: &generator),
                duration: UInt32.random(in: 1_800...36_000, using: &generator)
            )
            chunks.append(chunk)
            meter.add(bytes: chunk.bytes, duration: chunk.duration)
            // Five seconds at least 20 ms long are never more than 250 chunks.
            let rates = chunks.suffix(250).map { $0.bytes * 8 * 90_000 / Int($0.duration) }
            #expect(meter.bitsPerSecond >= rates.min()! && meter.bitsPerSecond <= rates.max()!, "seed \(seed)")
        }
    }
}
