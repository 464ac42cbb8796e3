import CoreTypes
import EventLoop
import Testing

@testable import PeerLink

@LoopActor
struct BottleneckTests {
    @Test func `one datagram leaves after the other, and what would wait too long is lost`() throws {
        let bottleneck = Bottleneck(bytesPerSecond: 100_000, afterMs: 0)
        let now = Clock.now.advanced(byMilliseconds: 1_000)
        var lastMs: Int64 = 0
        var count = 0
        while let leavesAt = bottleneck.pass(1_000, now: now) {
            count += 1
            // 10 ms for each.
            #expect(leavesAt.milliseconds(since: now) == Int64(count) * 10)
            lastMs = leavesAt.milliseconds(since: now)
            try #require(count < 100)
        }
        #expect(lastMs > 200 && lastMs <= 210)
        let later = try #require(bottleneck.pass(1_000, now: now.advanced(byMilliseconds: 100)))
        #expect(later.milliseconds(since: now) == lastMs + 10)
    }

    @Test func `before its time it lets everything pass at once`() {
        let bottleneck = Bottleneck(bytesPerSecond: 1, afterMs: 3_600_000)
        let now = Clock.now
        for _ in 0..<1_000 { #expect(bottleneck.pass(10_000, now: now) == now) }
    }
}
