import CoreTypes
import SwarmCore
import Testing

@Suite struct ShareHistogramTests {
    @Test func `it is what a list of them would say, to a thousandth`() {
        let seed = UInt64.random(in: .min ... .max)
        var generator = SeededGenerator(seed: seed)
        var histogram = ShareHistogram()
        var list: [Double] = []
        #expect(histogram.mean == nil && histogram.least == nil)
        for _ in 0..<2_000 {
            if list.count > 20, Bool.random(using: &generator) {
                histogram.remove(list.remove(at: Int.random(in: list.indices, using: &generator)))
            } else {
                list.append(Double.random(in: 0...1, using: &generator))
                histogram.add(list[list.count - 1])
            }
            let mean = list.reduce(0, +) / Double(list.count)
            #expect(histogram.count == list.count, "seed \(seed)")
            #expect(abs((histogram.mean ?? -1) - mean) <= 0.001, "seed \(seed)")
            #expect(abs((histogram.least ?? -1) - (list.min() ?? 2)) <= 0.001, "seed \(seed)")
        }
        for share in list { histogram.remove(share) }
        #expect(histogram.mean == nil && histogram.least == nil)
    }

    @Test func `what is no share does not count`() {
        var histogram = ShareHistogram()
        for share in [-0.1, 1.1, .nan, .infinity] { histogram.add(share) }
        #expect(histogram.count == 0)
        histogram.add(1)
        #expect(histogram.mean == 1 && histogram.least == 1)
        histogram.remove(1)
        for share in [-0.1, 1.1, .nan] { histogram.remove(share) }
        #expect(histogram.count == 0)
    }
}
