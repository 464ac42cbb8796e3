/// How long a viewer waits before it asks for a place again.
enum JoinPause {
    /// Milliseconds: the longest pause of its own accord, and the longest one that a tracker may ask for.
    static let ownMax: Int64 = 5_000, askedMax: Int64 = 60_000

    /// Milliseconds until the next attempt; twice as many with each failure in a row, at least what was asked for, and some
    /// by chance, so that all who were refused at the same time come back at different ones.
    /// - Parameters:
    ///   - failures: attempts that failed in a row, this one included.
    ///   - retryAfter: the header of the refusal (RFC 9110, 10.2.3); anything but seconds asks for nothing.
    ///   - chance: which of the possible pauses, from 0 for the shortest to 1 for the longest.
    static func milliseconds(failures: Int, retryAfter: String?, chance: Double) -> Int64 {
        let own = min(ownMax, 100 << Int64(min(max(failures, 0), 6)))
        let asked = max(0, min(retryAfter.flatMap { Int64($0) } ?? 0, askedMax / 1_000)) * 1_000
        return max(own, asked) + Int64(chance * Double(100 + asked / 4))
    }
}
