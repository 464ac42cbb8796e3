import CoreTypes

/// Notices a publisher that sends a file as fast as it can, instead of in real time.
public struct PublisherPace: Sendable {
    /// Media ahead of the clock that is no reason to complain, in milliseconds: what a publisher had buffered.
    public static let aheadMsMax: Int64 = 10_000

    private var start: MonotonicInstant?
    private var mediaTicks: Int64 = 0
    private var wasTooFast = false

    /// A publisher that has not sent anything.
    public init() {}

    /// Adds a chunk of `duration` 90 kHz ticks that came at `now`. True once, when the media is too far ahead.
    public mutating func isNewlyTooFast(duration: UInt32, now: MonotonicInstant) -> Bool {
        let start = start ?? now
        self.start = start
        mediaTicks += Int64(duration)
        guard !wasTooFast, mediaTicks / 90 - now.milliseconds(since: start) > Self.aheadMsMax else { return false }
        wasTooFast = true
        return true
    }
}
