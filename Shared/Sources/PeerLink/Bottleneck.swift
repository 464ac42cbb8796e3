import CoreTypes
import EventLoop

/// A narrow uplink that all links of a host share: one datagram leaves after the other, and what would wait too long is
/// lost, as in a router.
@LoopActor
final class Bottleneck {
    /// Milliseconds that a datagram may wait.
    private static let waitMs: Int64 = 200

    private let bytesPerSecond: Int
    private let from: MonotonicInstant
    private var busyUntil: MonotonicInstant

    /// Narrow from `afterMs` milliseconds from now on.
    init(bytesPerSecond: Int, afterMs: Int64) {
        self.bytesPerSecond = max(1, bytesPerSecond)
        from = Clock.now.advanced(byMilliseconds: afterMs)
        busyUntil = from
    }

    /// When a datagram of `count` bytes has left; nil when it is lost.
    func pass(_ count: Int, now: MonotonicInstant) -> MonotonicInstant? {
        guard now >= from else { return now }
        guard busyUntil.milliseconds(since: now) <= Self.waitMs else { return nil }
        let nanoseconds = UInt64(count) * 1_000_000_000 / UInt64(bytesPerSecond)
        busyUntil = MonotonicInstant(nanoseconds: max(busyUntil, now).nanoseconds + nanoseconds)
        return busyUntil
    }
}
