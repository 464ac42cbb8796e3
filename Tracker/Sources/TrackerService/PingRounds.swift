import CoreTypes
import EventLoop

/// Viewers in the order in which they are sent pings: in turns, each once in `count` of them.
@LoopActor
struct PingRounds {
    /// Turns until all have had theirs, and between two of them: 5 s. Of 100,000 viewers there are 400 in a turn, which
    /// takes the loop 2 ms.
    static let count = 250, stepMs: Int64 = 20

    private var rounds: [[RandomID: PeerSession]] = Array(repeating: [:], count: count)
    private var current = 0

    mutating func add(_ session: PeerSession) { rounds[session.round][session.id] = session }

    mutating func remove(_ session: PeerSession) { rounds[session.round][session.id] = nil }

    /// Those whose turn it is now.
    mutating func next() -> [RandomID: PeerSession] {
        current = (current + 1) % Self.count
        return rounds[current]
    }
}
