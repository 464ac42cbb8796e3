/// A point of the monotonic clock in nanoseconds. Cores take it as a parameter and never read a clock themselves.
public struct MonotonicInstant: Hashable, Comparable, Sendable {
    /// Nanoseconds since an arbitrary origin (boot on a real machine, zero in a simulation).
    public var nanoseconds: UInt64

    /// A point at `nanoseconds` of the clock in use.
    public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    /// Milliseconds from `other` to here; negative when `other` is later.
    public func milliseconds(since other: MonotonicInstant) -> Int64 {
        if nanoseconds >= other.nanoseconds { return Int64((nanoseconds - other.nanoseconds) / 1_000_000) }
        return -Int64((other.nanoseconds - nanoseconds) / 1_000_000)
    }

    /// This point moved by `milliseconds`, clamped at the origin.
    public func advanced(byMilliseconds milliseconds: Int64) -> MonotonicInstant {
        let shift = UInt64(milliseconds.magnitude) &* 1_000_000
        guard milliseconds < 0 else { return MonotonicInstant(nanoseconds: nanoseconds &+ shift) }
        return MonotonicInstant(nanoseconds: nanoseconds > shift ? nanoseconds - shift : 0)
    }

    /// Earlier is less.
    public static func < (left: MonotonicInstant, right: MonotonicInstant) -> Bool {
        left.nanoseconds < right.nanoseconds
    }
}

/// Wall-clock time in milliseconds since the Unix epoch: the unit of every time on the wire.
public typealias WallMilliseconds = Int64
