import Glibc
import Testing

@testable import EventLoop

@LoopActor
struct EventLoopTests {
    @Test func `timers fire in the order of their deadlines`() async {
        var fired: [Int] = []
        await withCheckedContinuation { done in
            LoopTimer.after(milliseconds: 30) {
                fired.append(3)
                done.resume()
            }
            LoopTimer.after(milliseconds: 10) { fired.append(1) }
            LoopTimer.after(milliseconds: 20) { fired.append(2) }
        }
        #expect(fired == [1, 2, 3])
    }

    @Test func `a cancelled timer never fires, even when it is due in the same turn`() async {
        var fired = false
        await withCheckedContinuation { done in
            var second: LoopTimer?
            LoopTimer.after(milliseconds: 5) { second?.cancel() }
            second = LoopTimer.after(milliseconds: 5) { fired = true }
            LoopTimer.after(milliseconds: 20) { done.resume() }
        }
        #expect(!fired)
    }

    @Test func `a repeating timer goes on until it is cancelled`() async {
        var count = 0
        await withCheckedContinuation { done in
            var timer: LoopTimer?
            timer = LoopTimer.every(milliseconds: 1) {
                count += 1
                if count == 5 {
                    timer?.cancel()
                    LoopTimer.after(milliseconds: 10) { done.resume() }
                }
            }
        }
        #expect(count == 5)
    }

    @Test func `a watch reports readiness until it is cancelled`() async throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        var bytes = 0
        await withCheckedContinuation { done in
            var watch: DescriptorWatch?
            watch = DescriptorWatch(ends[0], .read) { events in
                #expect(events.contains(.read))
                var byte: UInt8 = 0
                bytes += read(ends[0], &byte, 1)
                if bytes == 3 {
                    watch?.cancel()
                    done.resume()
                }
            }
            _ = write(ends[1], "abcd", 4)
        }
        #expect(bytes == 3)
        close(ends[0])
        close(ends[1])
    }

    /// Something that a closure holds, to see whether the closure is gone.
    private final class Owner {}

    /// `start` makes what gets a closure; nil when the closure is gone after `end`.
    private func whatRemains<Handle>(
        start: (@escaping @LoopActor () -> Void) throws -> Handle, end: (Handle) async -> Void
    ) async rethrows -> AnyObject? {
        weak var observed: Owner?
        let handle: Handle
        do {
            let owner = Owner()
            observed = owner
            handle = try start { withExtendedLifetime(owner) {} }
        }
        await end(handle)
        return withExtendedLifetime(handle) { observed }
    }

    @Test func `what is over lets go of its closure, though it is kept itself`() async throws {
        let fired = await whatRemains {
            LoopTimer.after(milliseconds: 0, $0)
        } end: { _ in
            await withCheckedContinuation { done in LoopTimer.after(milliseconds: 1) { done.resume() } }
        }
        #expect(fired == nil)
        let cancelled = await whatRemains {
            LoopTimer.every(milliseconds: 1_000, $0)
        } end: {
            $0.cancel()
        }
        #expect(cancelled == nil)
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        let watch = try await whatRemains { body in
            try #require(DescriptorWatch(ends[0], .read) { _ in body() })
        } end: {
            $0.cancel()
        }
        #expect(watch == nil)
        close(ends[0])
        close(ends[1])
    }

    @Test func `posted work runs on the loop in the order it was posted`() async {
        let order = await withCheckedContinuation { (done: CheckedContinuation<[Int], Never>) in
            let collector = Collector()
            for number in 0..<100 { LoopActor.post { collector.numbers.append(number) } }
            LoopActor.post { done.resume(returning: collector.numbers) }
        }
        #expect(order == Array(0..<100))
    }

    @LoopActor final class Collector { var numbers: [Int] = [] }
}
