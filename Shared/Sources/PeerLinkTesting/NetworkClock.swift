import CoreTypes
import EventLoop
import HeapModule

/// The time of a network within the process, and what happens in it later.
@LoopActor
public protocol NetworkClock: AnyObject {
    /// The time; compare with the expiry of messages.
    var now: MonotonicInstant { get }
    /// Calls `body` at `instant`, or as soon as can be when that is past; in the order of the calls among equal ones.
    func schedule(at instant: MonotonicInstant, _ body: @escaping @LoopActor () -> Void)
}

/// The loop's own time.
@LoopActor
public final class RealClock: NetworkClock {
    /// The real time.
    public init() {}

    /// The time.
    public var now: MonotonicInstant { Clock.now }

    /// Calls `body` at `instant`, within a millisecond after it.
    public func schedule(at instant: MonotonicInstant, _ body: @escaping @LoopActor () -> Void) {
        let nanoseconds = instant.nanoseconds > now.nanoseconds ? instant.nanoseconds - now.nanoseconds : 0
        LoopTimer.after(milliseconds: Int64(clamping: (nanoseconds + 999_999) / 1_000_000), body)
    }
}

/// A time that moves only when it is told to: hours pass in milliseconds, the same way in every run.
@LoopActor
public final class VirtualClock: NetworkClock {
    private struct Event: Comparable {
        let instant: MonotonicInstant
        let order: UInt64
        let body: @LoopActor () -> Void
        static func < (left: Event, right: Event) -> Bool {
            (left.instant, left.order) < (right.instant, right.order)
        }
        static func == (left: Event, right: Event) -> Bool { left.order == right.order }
    }

    /// The time; begins at 1 s.
    public private(set) var now = MonotonicInstant(nanoseconds: 1_000_000_000)
    private var events = Heap<Event>()
    private var nextOrder: UInt64 = 0

    /// A clock that stands.
    public init() {}

    /// Remembers `body` for `instant`.
    public func schedule(at instant: MonotonicInstant, _ body: @escaping @LoopActor () -> Void) {
        events.insert(Event(instant: max(instant, now), order: nextOrder, body: body))
        nextOrder += 1
    }

    /// Lets `milliseconds` pass, with everything that happens in them.
    public func advance(byMilliseconds milliseconds: Int64) {
        let end = now.advanced(byMilliseconds: milliseconds)
        while let first = events.min, first.instant <= end {
            _ = events.popMin()
            now = first.instant
            first.body()
        }
        now = end
    }
}
