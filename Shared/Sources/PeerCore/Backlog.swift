import CoreTypes

/// What waits for one child, followed over time: whether it drains.
///
/// A child that joins is sent some seconds of stream at once, and one whose link hiccups catches up again. Only what has
/// waited long and does not get less says that more is wanted of the uplink than it carries.
struct Backlog: Sendable {
    /// So much may wait, in milliseconds of stream: what is on its way is part of it.
    static let toleratedMs: Int64 = 600
    /// For how long what waits must not get less, and how much less counts, in milliseconds.
    static let patienceMs: Int64 = 1_500, drainedMs: Int64 = 200
    private static let pauseMs: Int64 = 500

    /// One every half second, oldest first: four at most.
    private var samples: [(at: MonotonicInstant, ms: Int64)] = []
    /// More waits than may, and it does not get less.
    private(set) var isStuck = false
    /// What waited at the last look.
    private(set) var ms: Int64 = 0

    /// Takes note of what waits, in milliseconds of stream.
    mutating func note(ms: Int64, now: MonotonicInstant) {
        self.ms = ms
        guard ms > Self.toleratedMs else { return clear() }
        if samples.last.map({ now.milliseconds(since: $0.at) >= Self.pauseMs }) ?? true {
            samples.append((now, ms))
            if samples.count > 4 { samples.removeFirst() }
        }
        guard let first = samples.first, now.milliseconds(since: first.at) >= Self.patienceMs else { return }
        isStuck = ms > first.ms - Self.drainedMs
    }

    /// Nothing was seen for a while: what was before says nothing.
    mutating func clear() {
        samples = []
        isStuck = false
    }
}
