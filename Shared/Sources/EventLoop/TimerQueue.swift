import CLinux
import CoreTypes
import HeapModule

/// Timers of the loop, soonest first. A cancelled one stays in the heap as a dead entry until its time comes.
final class TimerQueue: Sendable {
    private struct Entry: Comparable {
        let deadline: UInt64
        let order: UInt64
        static func < (left: Entry, right: Entry) -> Bool {
            (left.deadline, left.order) < (right.deadline, right.order)
        }
    }

    @LoopActor private var heap = Heap<Entry>()
    @LoopActor private var timers: [UInt64: LoopTimer] = [:]
    @LoopActor private var nextOrder: UInt64 = 0
    @LoopActor private(set) var latenessMaxNanoseconds: UInt64 = 0

    @LoopActor func add(_ timer: LoopTimer, deadline: UInt64) {
        timer.order = nextOrder
        nextOrder += 1
        timers[timer.order] = timer
        heap.insert(Entry(deadline: deadline, order: timer.order))
    }

    @LoopActor func remove(_ timer: LoopTimer) { timers[timer.order] = nil }

    /// Milliseconds until the next deadline, rounded up; 0 when one is due, -1 when there is none.
    @LoopActor func millisecondsToNext() -> Int32 {
        while let first = heap.min, timers[first.order] == nil { _ = heap.popMin() }
        guard let first = heap.min else { return -1 }
        let now = p2p_monotonic_ns()
        guard first.deadline > now else { return 0 }
        return Int32(clamping: (first.deadline - now + 999_999) / 1_000_000)
    }

    /// Runs everything that is due now; a timer set by a handler waits for the next turn.
    @LoopActor func fireDue() {
        let now = p2p_monotonic_ns()
        var due: [(timer: LoopTimer, deadline: UInt64)] = []
        while let first = heap.min, first.deadline <= now {
            _ = heap.popMin()
            if let timer = timers.removeValue(forKey: first.order) { due.append((timer, first.deadline)) }
        }
        for (timer, deadline) in due where !timer.isCancelled {
            latenessMaxNanoseconds = max(latenessMaxNanoseconds, now - deadline)
            if let period = timer.period {
                // Late turns skip missed periods instead of firing a burst.
                add(timer, deadline: max(deadline + period, now + 1))
            }
            timer.fire()
        }
    }

    /// The longest any timer was late since the last call, in nanoseconds; reading resets it.
    @LoopActor func takeLatenessMax() -> UInt64 {
        defer { latenessMaxNanoseconds = 0 }
        return latenessMaxNanoseconds
    }
}
