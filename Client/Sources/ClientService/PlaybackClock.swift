import CoreTypes
import EventLoop
import PlayoutCore

/// The coordinate's time for one viewer: corrected now and then, and never going back, except where what it was taken for
/// was plainly wrong.
@LoopActor
final class PlaybackClock {
    /// Two estimates that differ by more than both may err, and this, contradict each other, in milliseconds.
    private static let contradictionMs = 100.0

    private var estimate: CoordinateClock
    private var takenAt: MonotonicInstant
    private var latest = WallMilliseconds.min

    init() {
        takenAt = Clock.now
        estimate = CoordinateClock(localWall: Clock.wall, now: takenAt)
    }

    /// Uncertainty in milliseconds; nil while the coordinate has not told its time.
    var errorMs: Double? { estimate.errorMs.isFinite ? (estimate.errorMs * 10).rounded() / 10 : nil }

    var now: WallMilliseconds {
        latest = max(latest, estimate.wall(at: Clock.now))
        return latest
    }

    /// Takes a new estimate unless the old one is better even after it has drifted, by up to 1 ms in 10 s. One that is
    /// plainly wrong, a guess or from before the machine slept, is no reason to let the time stand still.
    func correct(_ new: CoordinateClock) {
        let now = Clock.now
        let errorMs = estimate.errorMs + Double(now.milliseconds(since: takenAt)) / 10_000
        let difference = Double((new.wall(at: now) - estimate.wall(at: now)).magnitude)
        let isContradicted = difference > new.errorMs + errorMs + Self.contradictionMs
        guard isContradicted || new.errorMs <= errorMs else { return }
        if isContradicted || !errorMs.isFinite { latest = .min }
        estimate = new
        takenAt = now
    }
}
