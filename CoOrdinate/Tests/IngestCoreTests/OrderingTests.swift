import Testing

@testable import IngestCore

@Suite struct OrderingTests {
    @Test func `missing decode times are counted back from the first known one`() {
        var backfill = DecodeTimeBackfill<String>()
        #expect(backfill.add(.init(pts: 21, dts: nil, duration: 33, payload: "I")).isEmpty)
        #expect(backfill.add(.init(pts: 121, dts: nil, duration: 33, payload: "P")).isEmpty)
        let ready = backfill.add(.init(pts: 54, dts: 21, duration: 33, payload: "B"))
        #expect(ready.map(\.payload) == ["I", "P", "B"])
        #expect(ready.map(\.dts) == [-45, -12, 21])
        #expect(backfill.add(.init(pts: nil, dts: nil, duration: 0, payload: "x")).count == 1)
    }

    @Test func `a source without decode times is not held for ever`() {
        var backfill = DecodeTimeBackfill<Int>()
        let counts = (0..<20).map { backfill.add(.init(pts: nil, dts: nil, duration: 0, payload: $0)).count }
        #expect(counts.reduce(0, +) == 20)
        #expect(!backfill.isHolding)
    }

    @Test func `two tracks are merged by decode time`() {
        var interleaver = Interleaver<String>()
        var output: [String] = []
        for index in 0..<3 { output += interleaver.add("v\(index)", dts: Int64(index) * 3_000, track: 0) }
        for index in 0..<3 { output += interleaver.add("a\(index)", dts: Int64(index) * 2_000, track: 1) }
        output += interleaver.finish()
        #expect(output == ["v0", "a0", "a1", "v1", "a2", "v2"])
    }

    @Test func `a track that stays alone goes on after three seconds`() {
        var interleaver = Interleaver<Int>()
        let ready = (0..<100).flatMap { interleaver.add($0, dts: Int64($0) * 3_000, track: 0) }
        #expect(ready == Array(0..<9))
    }
}
