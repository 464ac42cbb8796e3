import CoreTypes
import Testing

@testable import IngestCore

@Suite struct SampleClockTests {
    @Test func `millisecond pictures come out on the grid of their rate`() {
        var clock = SampleClock(.video(frameDuration: 3_000), timeBase: .broadcast, floor: 0)
        for index in 0..<300 {
            let dts = Int64((Double(index) * 1000 / 30).rounded()) * 90
            let sample = clock.place(pts: dts, dts: dts, duration: 2_970)
            #expect(sample == .init(pts: Int64(index) * 3_000, dts: Int64(index) * 3_000, duration: 3_000))
        }
    }

    @Test func `millisecond sound comes out on the grid of its sample rate`() {
        var clock = SampleClock(.audio(frameSamples: 1024), timeBase: TimeBase(1, 44_100), floor: 0)
        for index in 0..<500 {
            let dts = Int64((Double(index) * 1024 / 44.1).rounded()) * 90
            #expect(clock.place(pts: dts, dts: dts, duration: 0)?.dts == Int64(index) * 1024)
        }
    }

    @Test func `a hole in the sound stays a hole`() {
        var clock = SampleClock(.audio(frameSamples: 1024), timeBase: TimeBase(1, 48_000), floor: 0)
        _ = clock.place(pts: 0, dts: 0, duration: 0)
        #expect(clock.place(pts: 90_000, dts: 90_000, duration: 0)?.dts == 48_000)
    }

    @Test func `sound whose place is taken is dropped, also by the session before`() {
        var clock = SampleClock(.audio(frameSamples: 1024), timeBase: TimeBase(1, 48_000), floor: 180_000)
        #expect(clock.place(pts: 90_000, dts: 90_000, duration: 0) == nil)
        #expect(clock.place(pts: 180_000, dts: 180_000, duration: 0)?.dts == 96_000)
        #expect(clock.place(pts: 90_000, dts: 90_000, duration: 0) == nil)
    }

    @Test func `after a cut no picture starts within the one before`() {
        var clock = SampleClock(.video(frameDuration: 3_000), timeBase: .broadcast, floor: 0)
        _ = clock.place(pts: 0, dts: 0, duration: 3_000)
        clock.noteCut()
        #expect(clock.place(pts: 1_500, dts: 1_500, duration: 3_000)?.dts == 3_000)
    }

    @Test func `decode times rise and presentation never precedes them, whatever comes`() {
        let seed: UInt64 = 3
        var generator = SeededGenerator(seed: seed)
        for round in 0..<500 {
            let isVideo = Bool.random(using: &generator)
            var clock = SampleClock(
                isVideo ? .video(frameDuration: nil) : .audio(frameSamples: nil), timeBase: TimeBase(1, 48_000),
                floor: 0)
            var last: Int64 = -1
            for _ in 0..<100 {
                let dts = Int64.random(in: -100_000...(1 << 53), using: &generator)
                let pts = dts + Int64.random(in: -10_000...900_000, using: &generator)
                if Bool.random(using: &generator) { clock.noteCut() }
                let duration = Int64.random(in: 0...900_000, using: &generator)
                guard let sample = clock.place(pts: pts, dts: dts, duration: duration) else { continue }
                #expect(sample.dts > last && sample.pts >= sample.dts && sample.duration > 0, "seed \(seed), \(round)")
                last = sample.dts
            }
        }
    }
}
