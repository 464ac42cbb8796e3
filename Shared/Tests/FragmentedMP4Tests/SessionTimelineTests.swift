import CoreTypes
import FragmentedMP4
import Testing

@Suite struct SessionTimelineTests {
    @Test func `the first session keeps its time and the next starts where it ended`() throws {
        var timeline = SessionTimeline()
        #expect(try timeline.offset(session: 5, decodeTime: 90_000, duration: 18_000) == 0)
        #expect(try timeline.offset(session: 5, decodeTime: 108_000, duration: 18_000) == 0)
        #expect(timeline.end == 126_000)
        #expect(try timeline.offset(session: 8, decodeTime: 90_000, duration: 18_000) == 36_000)
        #expect(try timeline.offset(session: 8, decodeTime: 108_000, duration: 18_000) == 36_000)
        #expect(timeline.end == 162_000)
        #expect(try timeline.offset(session: 9, decodeTime: 1_000_000, duration: 1) == 162_000 - 1_000_000)
    }

    @Test func `a gap within a session stays a gap`() throws {
        var timeline = SessionTimeline()
        _ = try timeline.offset(session: 1, decodeTime: 0, duration: 100)
        #expect(try timeline.offset(session: 1, decodeTime: 5_000, duration: 100) == 0)
        #expect(timeline.end == 5_100)
    }

    @Test func `an output may start at a time of its own`() throws {
        var timeline = SessionTimeline(start: 7)
        #expect(try timeline.offset(session: 1, decodeTime: 90_000, duration: 10) == -89_993)
        #expect(timeline.end == 17)
    }

    @Test func `what would take the output back is refused and changes nothing`() throws {
        var timeline = SessionTimeline()
        _ = try timeline.offset(session: 5, decodeTime: 1_000, duration: 100)
        let before = timeline
        #expect(throws: SessionTimeline.Rejection.olderSession(4, current: 5)) {
            try timeline.offset(session: 4, decodeTime: 9_000, duration: 1)
        }
        #expect(throws: SessionTimeline.Rejection.timeWentBack(decodeTime: 999, last: 1_000)) {
            try timeline.offset(session: 5, decodeTime: 999, duration: 1)
        }
        for time in [1 << 53, UInt64.max] {
            #expect(throws: SessionTimeline.Rejection.timeOutOfRange) {
                try timeline.offset(session: 6, decodeTime: time, duration: 1)
            }
        }
        #expect(throws: SessionTimeline.Rejection.timeOutOfRange) {
            try timeline.offset(session: 5, decodeTime: (1 << 53) - 1, duration: .max)
        }
        #expect(timeline == before)
    }

    @Test(arguments: [121, 122, 123] as [UInt64])
    func `output time never goes back over any sessions`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var timeline = SessionTimeline(start: seed == 122 ? 0 : nil)
        var last: Int64 = 0
        var session: UInt64 = 0
        var time: UInt64 = 0
        for _ in 0..<2_000 {
            if Int.random(in: 0..<20, using: &generator) == 0 {
                session += UInt64.random(in: 1...1_000, using: &generator)
                time = UInt64.random(in: 0...(1 << 40), using: &generator)
            }
            let duration = UInt32.random(in: 0...90_000, using: &generator)
            let offset = try timeline.offset(session: session, decodeTime: time, duration: duration)
            let output = Int64(time) + offset
            #expect(output >= last, "seed \(seed)")
            last = output
            time += UInt64(duration)
        }
    }
}
