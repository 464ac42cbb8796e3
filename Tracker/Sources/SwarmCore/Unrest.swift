import CoreTypes

/// How fast a swarm comes apart: how many have left lately, beside how many there are.
struct Unrest: Sendable {
    /// Lately is the last so many milliseconds, those of the window before weighed by the part of it that lies within.
    static let windowMs: Int64 = 30_000
    /// A swarm is restless once a fifth of it has left lately, and until it is less than a tenth.
    static let restlessShare = 0.2, calmShare = 0.1

    /// A restless swarm of so many has this number of roots at least, and keeps them until it has shrunk to the second.
    static let peersMin = 25, peersKept = 20, roots = 4

    /// Whether it is, as of the last look.
    private(set) var isRestless = false
    /// The roots it is to have for being restless; 0 for none.
    private(set) var rootLimit = 0
    private var began: MonotonicInstant?
    private var current = 0, previous = 0

    /// So many have left.
    mutating func left(_ count: Int, now: MonotonicInstant) {
        turn(now)
        current += count
    }

    /// Looks at it again.
    mutating func look(peers: Int, now: MonotonicInstant) {
        turn(now)
        let share = lately(now) / Double(max(peers, 1))
        isRestless = share >= (isRestless ? Self.calmShare : Self.restlessShare)
        rootLimit = isRestless && peers >= (rootLimit > 0 ? Self.peersKept : Self.peersMin) ? Self.roots : 0
    }

    /// Takes a swarm to be restless that cannot know, for it has only just been put together again, but has roots as if.
    mutating func presume(peers: Int, now: MonotonicInstant) {
        turn(now)
        current += Int((Double(peers) * Self.restlessShare).rounded(.up))
        rootLimit = Self.roots
        look(peers: peers, now: now)
    }

    private func lately(_ now: MonotonicInstant) -> Double {
        let passed = began.map { now.milliseconds(since: $0) } ?? Self.windowMs
        return Double(current) + Double(previous) * Double(Self.windowMs - passed) / Double(Self.windowMs)
    }

    /// Begins another window when this one is over.
    private mutating func turn(_ now: MonotonicInstant) {
        guard let began else { return self.began = now }
        let windows = now.milliseconds(since: began) / Self.windowMs
        guard windows > 0 else { return }
        previous = windows == 1 ? current : 0
        current = 0
        self.began = began.advanced(byMilliseconds: windows * Self.windowMs)
    }
}
