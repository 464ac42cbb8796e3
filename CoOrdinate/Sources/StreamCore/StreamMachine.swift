import CoreTypes
import MediaWire

/// The life of one stream: its publisher sessions, its state, and the numbers of its chunks. Pure; time is a
/// parameter.
public struct StreamMachine: Sendable {
    /// Whether a newcomer may publish.
    public enum Admission: Equatable, Sendable {
        /// Nobody publishes.
        case free
        /// The one who does is silent, or is to be replaced: close it and go on.
        case replace
        /// Somebody publishes.
        case busy
    }

    /// Milliseconds without a byte after which a newcomer replaces the publisher.
    public static let replaceableAfterMs: Int64 = 3_000
    /// Milliseconds without a byte after which a publisher is closed.
    public static let silentAfterMs: Int64 = 10_000
    /// Milliseconds a stream without publisher keeps its viewers.
    public static let waitingMs: Int64 = 60_000

    private struct Publisher: Sendable {
        var lastByte: MonotonicInstant
    }

    /// The session's number; 0 before the first. Rises with each session.
    public private(set) var session: UInt64 = 0
    /// Number of the newest chunk; 0 before the first.
    public private(set) var sequence: UInt64 = 0
    private var nextSequence: UInt64 = 0
    private var publisher: Publisher?
    private var waitingSince: MonotonicInstant

    /// A stream that nobody has published yet.
    public init(now: MonotonicInstant) { waitingSince = now }

    /// Whether a publisher is there now.
    public var hasPublisher: Bool { publisher != nil }

    /// Its state.
    public func state(now: MonotonicInstant) -> StreamState {
        if publisher != nil { return .live }
        return now.milliseconds(since: waitingSince) >= Self.waitingMs ? .ended : .waiting
    }

    /// Whether a newcomer with a valid key may publish; `takesOver` when it insists.
    public func admission(takesOver: Bool, now: MonotonicInstant) -> Admission {
        guard let publisher else { return .free }
        let isSilent = now.milliseconds(since: publisher.lastByte) >= Self.replaceableAfterMs
        return takesOver || isSilent ? .replace : .busy
    }

    /// A publisher begins. The first chunk's number is the wall clock in milliseconds or just above the last one, so it
    /// never goes back, even when the memory of the last one is lost.
    public mutating func begin(wall: WallMilliseconds, now: MonotonicInstant) {
        publisher = Publisher(lastByte: now)
        let base = UInt64(clamping: max(1, wall))
        session = max(session + 1, base)
        nextSequence = max(sequence + 1, base)
    }

    /// Bytes came.
    public mutating func received(now: MonotonicInstant) { publisher?.lastByte = now }

    /// Milliseconds since the publisher's last byte; nil without one.
    public func silenceMs(now: MonotonicInstant) -> Int64? { publisher.map { now.milliseconds(since: $0.lastByte) } }

    /// True when the publisher has been silent for so long that it is to be closed.
    public func isSilent(now: MonotonicInstant) -> Bool { (silenceMs(now: now) ?? 0) >= Self.silentAfterMs }

    /// Numbers the next chunk: its own number and the one before it (0 for none).
    public mutating func number() -> (sequence: UInt64, previous: UInt64) {
        let numbers = (sequence: nextSequence, previous: sequence)
        sequence = nextSequence
        nextSequence += 1
        return numbers
    }

    /// The publisher is gone.
    public mutating func end(now: MonotonicInstant) {
        guard publisher != nil else { return }
        publisher = nil
        waitingSince = now
    }
}
