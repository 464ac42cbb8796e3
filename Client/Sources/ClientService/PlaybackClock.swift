import CoreTypes
import EventLoop
import PlayoutCore

/// The coordinate's time for one viewer: corrected now and then, and never going back.
@LoopActor
final class PlaybackClock {
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

    /// Takes a new estimate unless the old one is better even after it has drifted, by up to 1 ms in 10 s.
    func correct(_ new: CoordinateClock) {
        let drift = Double(Clock.now.milliseconds(since: takenAt)) / 10_000
        guard new.errorMs <= estimate.errorMs + drift else { return }
        estimate = new
        takenAt = Clock.now
    }
}
