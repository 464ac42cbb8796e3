import CoreTypes

/// How often something may be done: a token bucket.
public struct RateLimit: Sendable {
    /// Most at once.
    public let burst: Int
    /// How many more each second.
    public let perSecond: Double
    private var level: Double
    private var at: MonotonicInstant?

    /// A full bucket.
    public init(burst: Int, perSecond: Double) {
        self.burst = burst
        self.perSecond = perSecond
        level = Double(burst)
    }

    /// Takes one if there is one.
    public mutating func take(now: MonotonicInstant) -> Bool {
        refill(now)
        guard level >= 1 else { return false }
        level -= 1
        return true
    }

    /// Whether nothing was taken for so long that the bucket is full again: then it need not be remembered.
    public mutating func isFull(now: MonotonicInstant) -> Bool {
        refill(now)
        return level >= Double(burst)
    }

    /// Seconds, rounded up, until there is one.
    public func secondsToNext() -> Int {
        level >= 1 ? 0 : max(1, Int(((1 - level) / max(perSecond, 0.001)).rounded(.up)))
    }

    private mutating func refill(_ now: MonotonicInstant) {
        let passedMs = at.map { max(0, now.milliseconds(since: $0)) } ?? 0
        // Less than a millisecond is not counted yet, and not lost either.
        guard passedMs > 0 || at == nil else { return }
        level = min(Double(burst), level + Double(passedMs) / 1_000 * perSecond)
        at = now
    }
}
