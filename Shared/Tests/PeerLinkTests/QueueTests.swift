import CoreTypes
import EventLoop
import TestSupport
import Testing

@testable import PeerLink

@Suite struct SendQueueTests {
    private func entry(_ count: Int, expires: UInt64? = nil) -> SendQueue.Entry {
        SendQueue.Entry(
            bytes: [UInt8](repeating: 1, count: count), payloadProtocol: .binary,
            expires: expires.map { MonotonicInstant(nanoseconds: $0) })
    }

    @Test func `late messages make room, others do not`() {
        var queue = SendQueue(bytesMax: 100)
        let now = MonotonicInstant(nanoseconds: 10)
        let taken = [queue.append(entry(60), at: now), queue.append(entry(40, expires: 11), at: now)]
        #expect(taken == [true, true])
        let (early, late) = (
            queue.append(entry(1), at: now), queue.append(entry(30), at: MonotonicInstant(nanoseconds: 11))
        )
        #expect(!early && late)
        #expect(queue.bytes == 90 && queue.expiredCount == 1)
    }

    @Test(arguments: 0..<50) func `what goes in comes out in order or expires, and bytes add up`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var queue = SendQueue(bytesMax: 1_000)
        var model: [(count: Int, expires: UInt64?)] = []
        var expired = 0
        for time in UInt64(0)..<500 {
            let now = MonotonicInstant(nanoseconds: time)
            if Bool.random(using: &generator) {
                let count = Int.random(in: 1...200, using: &generator)
                let expires = Bool.random(using: &generator) ? time + UInt64.random(in: 0...60, using: &generator) : nil
                let isTaken = queue.append(entry(count, expires: expires), at: now)
                if model.reduce(count, { $0 + $1.count }) > 1_000 {
                    expired += model.count { $0.expires.map { $0 <= time } ?? false }
                    model.removeAll { $0.expires.map { $0 <= time } ?? false }
                }
                #expect(isTaken == (model.reduce(count) { $0 + $1.count } <= 1_000), "seed \(seed)")
                if isTaken { model.append((count, expires)) }
            } else {
                while let first = model.first, let expires = first.expires, expires <= time {
                    model.removeFirst()
                    expired += 1
                }
                let first = queue.first(at: now)
                #expect(first?.bytes.count == model.first?.count, "seed \(seed)")
                queue.removeFirst()
                if !model.isEmpty { model.removeFirst() }
            }
            #expect(queue.bytes == model.reduce(0) { $0 + $1.count }, "seed \(seed)")
            #expect(queue.expiredCount == expired, "seed \(seed)")
        }
    }
}

@Suite struct RateMeterTests {
    @Test func `a second is remembered and no more`() {
        var meter = RateMeter()
        let at = { (milliseconds: UInt64) in MonotonicInstant(nanoseconds: (1_000_000 + milliseconds) * 1_000_000) }
        for step in UInt64(0)..<50 { meter.add(100, at: at(step * 100)) }
        var seen = [UInt64(4_900), 5_400, 60_000].map { meter.bytesPerSecond(at: at($0)) }
        meter.add(7, at: at(60_010))
        seen.append(meter.bytesPerSecond(at: at(60_020)))
        #expect(seen == [1_000, 500, 0, 7])
    }
}
