import CoreTypes

/// Holds what is sent to other viewers below a rate: a token bucket of a quarter of a second.
struct UploadBudget: Sendable {
    private let bytesPerSecond: Int?
    private var tokens: Double
    private var at: MonotonicInstant?

    /// Nil for no limit.
    init(bytesPerSecond: Int?) {
        self.bytesPerSecond = bytesPerSecond
        tokens = 0
    }

    /// One message of the largest size always fits in, or nothing would ever be sent at low rates.
    private var burst: Double { max(Double(bytesPerSecond ?? 0) / 4, 20_000) }

    mutating func refill(now: MonotonicInstant) {
        guard let bytesPerSecond else { return }
        let seconds = at.map { Double(now.milliseconds(since: $0)) / 1_000 } ?? 0.25
        guard at == nil || seconds >= 0.005 else { return }
        tokens = min(burst, tokens + seconds * Double(bytesPerSecond))
        at = now
    }

    /// True when something may be sent now.
    var hasRoom: Bool { bytesPerSecond.map { $0 > 0 && tokens > 0 } ?? true }

    /// What must be left after one of `count` who want to send has had its share.
    func floor(afterShareOf count: Int) -> Double { tokens > 0 ? tokens - tokens / Double(count) : 0 }

    /// True when something may be sent now, and `floor` is left.
    func hasRoom(above floor: Double) -> Bool { hasRoom && (bytesPerSecond == nil || tokens > floor) }

    mutating func spend(_ bytes: Int) { if bytesPerSecond != nil { tokens -= Double(bytes) } }
}
