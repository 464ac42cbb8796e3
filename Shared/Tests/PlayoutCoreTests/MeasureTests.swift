import CoreTypes
import Testing

@testable import PlayoutCore

@Suite struct MeasureTests {
    @Test func `percentiles are those of the nearest rank, within a percent`() {
        var histogram = LatencyHistogram()
        #expect(histogram.percentile(0.5) == nil)
        for value in Int64(1)...100 { histogram.add(value) }
        #expect(histogram.percentile(0.5) == 50 && histogram.percentile(0.95) == 95 && histogram.percentile(0.99) == 99)
        for _ in 0..<1_000 { histogram.add(3_000) }
        let median = histogram.percentile(0.5) ?? 0
        #expect(abs(median - 3_000) <= 30)
    }

    @Test func `absurd latencies neither trap nor grow the histogram`() {
        var histogram = LatencyHistogram()
        for value in [Int64.min, -1, 0, .max] { histogram.add(value) }
        #expect(histogram.count == 4 && histogram.percentile(0) == 0)
    }

    @Test func `the coordinate's clock is half a round trip away and survives a step of the local one`() {
        let sent = MonotonicInstant(nanoseconds: 5_000_000_000)
        let clock = CoordinateClock(wall: 1_000_000, sent: sent, received: sent.advanced(byMilliseconds: 40))
        #expect(clock.errorMs == 20.5)
        #expect(clock.wall(at: sent.advanced(byMilliseconds: 20)) == 1_000_000)
        #expect(clock.wall(at: sent.advanced(byMilliseconds: 1_020)) == 1_001_000)
    }
}
