import CoreTypes

/// What happened to the chunks that were due, and for how long the picture stood still.
public struct PlayoutCounters: Hashable, Sendable {
    /// Chunks whose time came: on time + late + missing.
    public var due: UInt64 { onTime + late + missing }
    /// Chunks that were whole when they were due.
    public private(set) var onTime: UInt64 = 0
    /// Chunks that became whole after they were due; they are not released any more.
    public private(set) var late: UInt64 = 0
    /// Chunks that were due and have not come.
    public private(set) var missing: UInt64 = 0
    /// Chunks that were on time and yet of no use, because the start of their group was lost.
    public private(set) var skipped: UInt64 = 0
    /// Pauses of more than 100 ms although the stream published.
    public private(set) var stalls: UInt64 = 0
    /// Their length in milliseconds.
    public private(set) var stallMs: Int64 = 0
    /// Milliseconds for which the publisher was silent.
    public private(set) var publisherGapMs: Int64 = 0

    /// A pause up to this long is no stall, in milliseconds.
    public static let stallToleranceMs: Int64 = 100
    /// A publisher that is silent up to this long only stutters, in milliseconds.
    public static let publisherToleranceMs: Int64 = 1_000

    mutating func countOnTime(isUseful: Bool) {
        onTime += 1
        if !isUseful { skipped += 1 }
    }

    mutating func countMissing(_ count: UInt64) { missing += count }

    /// One that was counted as missing has come after all.
    mutating func countLate() {
        guard missing > 0 else { return }
        missing -= 1
        late += 1
    }

    mutating func countPause(ms: Int64) {
        guard ms > Self.stallToleranceMs else { return }
        stalls += 1
        stallMs += ms
    }

    mutating func countSilence(ms: Int64) {
        guard ms > Self.publisherToleranceMs else { return }
        publisherGapMs += ms
    }
}
