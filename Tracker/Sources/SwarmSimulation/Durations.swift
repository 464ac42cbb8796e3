/// Lengths of time by the millisecond; all beyond half a minute count as half a minute.
public struct Durations: Sendable {
    private static let msMax = 30_000
    private var counts: [Int32] = Array(repeating: 0, count: msMax + 1)
    /// How many there are.
    public private(set) var count = 0

    mutating func add(_ ms: Int64) {
        counts[Int(min(max(ms, 0), Int64(Self.msMax)))] += 1
        count += 1
    }

    /// The least length that `share` of them (0 ... 1) do not exceed; nil without any.
    public func percentile(_ share: Double) -> Int64? {
        guard count > 0 else { return nil }
        let wanted = max(1, Int((Double(count) * share).rounded(.up)))
        var seen = 0
        for (ms, many) in counts.enumerated() {
            seen += Int(many)
            if seen >= wanted { return Int64(ms) }
        }
        return Int64(Self.msMax)
    }

    mutating func removeAll() {
        guard count > 0 else { return }
        counts = Array(repeating: 0, count: Self.msMax + 1)
        count = 0
    }
}
