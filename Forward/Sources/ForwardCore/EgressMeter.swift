import CoreTypes

/// Measures a rate from a byte counter, averaged over the last seconds.
public struct EgressMeter: Sendable {
    private var samples: [(at: MonotonicInstant, bytes: UInt64)] = []
    private let windowMs: Int64

    /// Averages over `windowMs`.
    public init(windowMs: Int64 = 5_000) { self.windowMs = windowMs }

    /// Notes what the counter showed.
    public mutating func sample(bytes: UInt64, now: MonotonicInstant) {
        samples.append((now, bytes))
        while samples.count > 2, now.milliseconds(since: samples[1].at) >= windowMs { samples.removeFirst() }
    }

    /// Bits a second between the oldest and the newest sample; 0 before there are two.
    public var bitsPerSecond: Int {
        guard let first = samples.first, let last = samples.last else { return 0 }
        let ms = last.at.milliseconds(since: first.at)
        return ms <= 0 ? 0 : Int((last.bytes &- first.bytes) &* 8_000 / UInt64(ms))
    }
}
