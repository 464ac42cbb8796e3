import CoreTypes
import Testing

@testable import IngestCore

@Suite struct SourceTimelineTests {
    private static let transport = TimeBase(1, 90_000)

    private func source(_ dts: Int64?, pts: Int64? = nil, wrapBits: Int = 33, duration: Int64 = 3_000)
        -> SourceTimeline.Source
    {
        SourceTimeline.Source(pts: pts, dts: dts, duration: duration, timeBase: Self.transport, wrapBits: wrapBits)
    }

    @Test func `the first packet lies at the start, the rest follow its clock`() {
        var timeline = SourceTimeline(start: 90_000, anchors: [.decode])
        #expect(timeline.map(source(500_000, pts: 506_000), track: 0) == .init(pts: 96_000, dts: 90_000, isJump: false))
        #expect(timeline.map(source(503_000), track: 0)?.dts == 93_000)
    }

    @Test func `a decoded track is anchored at its presentation time`() {
        var timeline = SourceTimeline(start: 90_000, anchors: [.presentation])
        #expect(timeline.map(source(500_000, pts: 506_000), track: 0) == .init(pts: 90_000, dts: 84_000, isJump: false))
    }

    @Test func `a 33-bit clock wraps without a trace, also between decode and presentation time`() {
        var timeline = SourceTimeline(start: 0, anchors: [.decode])
        let top = Int64(1) << 33
        #expect(timeline.map(source(top - 6_000), track: 0)?.dts == 0)
        #expect(timeline.map(source(top - 3_000, pts: 3_000), track: 0) == .init(pts: 9_000, dts: 3_000, isJump: false))
        #expect(timeline.map(source(0), track: 0) == .init(pts: 6_000, dts: 6_000, isJump: false))
        #expect(timeline.jumps == 0)
    }

    @Test func `a track that begins after the wrap joins the one that began before`() {
        var timeline = SourceTimeline(start: 90_000, anchors: [.decode, .decode])
        _ = timeline.map(source((1 << 33) - 3_000), track: 0)
        #expect(timeline.map(source(1_000), track: 1)?.dts == 94_000)
    }

    @Test func `a jump continues the track where it was due`() {
        var timeline = SourceTimeline(start: 90_000, anchors: [.decode])
        _ = timeline.map(source(0), track: 0)
        #expect(timeline.map(source(100_000_000), track: 0) == .init(pts: 93_000, dts: 93_000, isJump: true))
        #expect(timeline.map(source(5_000), track: 0)?.dts == 96_000)
        #expect(timeline.jumps == 2)
    }

    @Test func `packets left over from before a jump are dropped, and the tracks stay together`() {
        var timeline = SourceTimeline(start: 90_000, anchors: [.decode, .decode])
        _ = timeline.map(source(1_000_000_000), track: 0)
        _ = timeline.map(source(1_000_000_000), track: 1)
        #expect(timeline.map(source(0), track: 0)?.isJump == true)
        #expect(timeline.map(source(1_000_001_920), track: 1) == nil)
        #expect(timeline.map(source(0), track: 1)?.dts == 93_000)
        #expect(timeline.jumps == 1)
    }

    @Test func `a track with a clock of its own is placed after a while`() {
        var timeline = SourceTimeline(start: 90_000, anchors: [.decode, .decode])
        _ = timeline.map(source(0), track: 0)
        var placed: SourceTimeline.Mapped?
        for index in 0..<60 where placed == nil {
            placed = timeline.map(source(4_000_000_000 + Int64(index) * 1_920, wrapBits: 64), track: 1)
        }
        #expect(placed?.dts == 93_000)
    }

    @Test func `small disorder is no jump`() {
        var timeline = SourceTimeline(start: 90_000, anchors: [.decode])
        _ = timeline.map(source(10_000), track: 0)
        #expect(timeline.map(source(9_000), track: 0)?.isJump == false)
        #expect(timeline.jumps == 0)
    }

    @Test func `hostile numbers never trap and never leave the range`() {
        let seed: UInt64 = 77
        var generator = SeededGenerator(seed: seed)
        let extremes: [Int64] = [.min, .min + 1, -1, 0, 1, .max - 1, .max, 1 << 32, 1 << 33, -(1 << 33)]
        func number() -> Int64? {
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: nil
            case 1: extremes.randomElement(using: &generator)
            case 2: Int64.random(in: .min ... .max, using: &generator)
            default: Int64.random(in: -1_000_000...1_000_000, using: &generator)
            }
        }
        for round in 0..<2_000 {
            var timeline = SourceTimeline(start: number() ?? 0, anchors: [.decode, .presentation])
            for _ in 0..<60 {
                let base = TimeBase(Int64.random(in: -5...100, using: &generator), number() ?? 1)
                let bits = Int.random(in: -2...70, using: &generator)
                let packet = SourceTimeline.Source(
                    pts: number(), dts: number(), duration: number() ?? 0, timeBase: base, wrapBits: bits)
                guard let mapped = timeline.map(packet, track: Int.random(in: 0...2, using: &generator)) else {
                    continue
                }
                #expect(mapped.pts >= mapped.dts, "seed \(seed), round \(round)")
                #expect(mapped.pts - mapped.dts <= SourceTimeline.stepMax, "seed \(seed), round \(round)")
            }
        }
    }

    @Test func `conversion agrees with exact arithmetic and clamps`() {
        #expect(TimeBase(1, 1000).convert(33, to: .broadcast) == 2_970)
        #expect(TimeBase(1, 48_000).convert(1024, to: .broadcast) == 1_920)
        #expect(TimeBase(1, 3).convert(-1, to: TimeBase(1, 2)) == -1)
        #expect(TimeBase(1, 1).convert(.max, to: .broadcast) == TimeBase.ticksMax)
        #expect(TimeBase(1, 1).convert(.min, to: .broadcast) == -TimeBase.ticksMax)
    }
}
