/// Counts times in milliseconds in a fixed number of buckets: exact below 256 ms, then 128 buckets for each doubling
/// (less than 0.8 % wide), up to about 35 minutes. Its memory never grows.
public struct LatencyHistogram: Hashable, Sendable {
    private static let exactMax = 256
    private static let perDoubling = 128
    private static let doublings = 13
    private var counts = [UInt64](repeating: 0, count: exactMax + perDoubling * doublings)

    /// Times counted.
    public private(set) var count: UInt64 = 0

    /// Nothing counted.
    public init() {}

    /// Counts one time; negative ones count as 0, as two clocks may differ by their error.
    public mutating func add(_ milliseconds: Int64) {
        counts[Self.bucket(milliseconds)] += 1
        count += 1
    }

    /// Counts all that another one has counted.
    public mutating func merge(_ other: LatencyHistogram) {
        for bucket in counts.indices { counts[bucket] += other.counts[bucket] }
        count += other.count
    }

    /// The time that `share` (0…1) of all times do not exceed, by nearest rank, as the middle of its bucket; nil when
    /// nothing was counted.
    public func percentile(_ share: Double) -> Int64? {
        guard count > 0 else { return nil }
        let rank = max(1, UInt64((min(1, max(0, share)) * Double(count)).rounded(.up)))
        var seen: UInt64 = 0
        for (bucket, number) in counts.enumerated() {
            seen += number
            if seen >= rank { return Self.middle(bucket) }
        }
        return Self.middle(counts.count - 1)
    }

    private static func bucket(_ milliseconds: Int64) -> Int {
        guard milliseconds >= exactMax else { return max(0, Int(milliseconds)) }
        // Shifting brings the time to 128…255; how far is the doubling.
        let shift = Int64.bitWidth - milliseconds.leadingZeroBitCount - 8
        guard shift <= doublings else { return exactMax + perDoubling * doublings - 1 }
        return exactMax + (shift - 1) * perDoubling + Int(milliseconds >> Int64(shift)) - perDoubling
    }

    private static func middle(_ bucket: Int) -> Int64 {
        guard bucket >= exactMax else { return Int64(bucket) }
        let shift = (bucket - exactMax) / perDoubling + 1
        let start = (perDoubling + (bucket - exactMax) % perDoubling) << shift
        return Int64(start) + Int64((1 << shift) - 1) / 2
    }
}
