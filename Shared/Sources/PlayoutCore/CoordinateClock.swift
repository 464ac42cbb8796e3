import CoreTypes

/// The coordinate's wall clock as seen from here: the best of several round trips, carried on by the monotonic clock,
/// so that a step of this machine's wall clock changes nothing. Source: Cristian, "Probabilistic clock
/// synchronization", Distributed Computing 3 (1989).
public struct CoordinateClock: Hashable, Sendable {
    private let reference: MonotonicInstant
    private let wall: WallMilliseconds
    /// Half the round trip of the best sample in milliseconds: the clock is right to within this much.
    public let errorMs: Double

    /// From the answer `wall` to a question sent at `sent` and answered at `received`.
    public init(wall: WallMilliseconds, sent: MonotonicInstant, received: MonotonicInstant) {
        let roundTrip = received.nanoseconds &- min(sent.nanoseconds, received.nanoseconds)
        reference = MonotonicInstant(nanoseconds: received.nanoseconds &- roundTrip / 2)
        // The answer is a whole millisecond, cut off: on average half of one has passed since.
        self.wall = wall
        errorMs = Double(roundTrip) / 2_000_000 + 0.5
    }

    /// The local clock, for when the coordinate does not tell: nobody knows how far off.
    public init(localWall: WallMilliseconds, now: MonotonicInstant) {
        reference = now
        wall = localWall
        errorMs = .infinity
    }

    /// The more certain one of two.
    public func better(than other: CoordinateClock) -> Bool { errorMs < other.errorMs }

    /// The coordinate's time at `instant`, in milliseconds.
    public func wall(at instant: MonotonicInstant) -> WallMilliseconds {
        wall &+ instant.milliseconds(since: reference)
    }

    /// When the coordinate's clock shows `time`.
    public func instant(of time: WallMilliseconds) -> MonotonicInstant {
        reference.advanced(byMilliseconds: time &- wall)
    }
}
