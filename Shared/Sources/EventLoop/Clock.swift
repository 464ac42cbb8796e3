import CLinux
import CoreTypes

/// The real clocks; the only place that reads them, so that everything else can run on a virtual one.
public enum Clock {
    /// The monotonic clock.
    public static var now: MonotonicInstant { MonotonicInstant(nanoseconds: p2p_monotonic_ns()) }

    /// The wall clock, in milliseconds since the Unix epoch.
    public static var wall: WallMilliseconds { p2p_wall_ms() }

    /// The longest any timer of the loop was late since the last call, in milliseconds: a measure of how busy it is.
    @LoopActor public static func takeLoopLatenessMs() -> Double {
        Double(LoopActor.shared.executor.timers.takeLatenessMax()) / 1_000_000
    }
}
