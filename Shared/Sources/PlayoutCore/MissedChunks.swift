/// The numbers of chunks that were missing when they were due, as far back as one can still come late. Bounded: of more
/// than `rangesMax` separate losses the oldest is forgotten.
struct MissedChunks: Sendable {
    static let rangesMax = 64

    private var ranges: [ClosedRange<UInt64>] = []

    mutating func add(_ range: ClosedRange<UInt64>) {
        if ranges.count >= Self.rangesMax { ranges.removeFirst() }
        ranges.append(range)
    }

    /// Takes a number out; false when it was not missing.
    mutating func remove(_ sequence: UInt64) -> Bool {
        guard let position = ranges.firstIndex(where: { $0.contains(sequence) }) else { return false }
        let range = ranges.remove(at: position)
        if sequence < range.upperBound { ranges.insert((sequence + 1)...range.upperBound, at: position) }
        if sequence > range.lowerBound { ranges.insert(range.lowerBound...(sequence - 1), at: position) }
        return true
    }
}
