import CoreTypes

/// The events of one peer, numbered from 1, of which the last ones are kept for a stream that breaks and goes on.
///
/// Bounded by number, bytes and age: a peer without a stream has left after 5 s, so nobody asks for what is much older.
public struct EventLog: Sendable {
    /// Most events kept.
    public static let countMax = 64
    /// Most bytes kept.
    public static let bytesMax = 256 << 10
    /// How long they are kept.
    public static let ageMs: Int64 = 30_000

    /// The number of the newest event; 0 before the first.
    public private(set) var lastID: UInt64 = 0
    private var kept: [(at: MonotonicInstant, bytes: [UInt8])] = []
    private var byteCount = 0

    /// A log without events.
    public init() {}

    /// Numbers an event: `encode` writes it under its number. Returns what it wrote.
    public mutating func append(now: MonotonicInstant, encode: (UInt64) -> [UInt8]) -> [UInt8] {
        lastID += 1
        let bytes = encode(lastID)
        kept.append((now, bytes))
        byteCount += bytes.count
        while kept.count > Self.countMax || (byteCount > Self.bytesMax && kept.count > 1) { removeOldest() }
        return bytes
    }

    /// The bytes of all events after one; nil when some are not kept any more, or it never was.
    public func after(_ id: UInt64) -> [UInt8]? {
        guard id <= lastID, lastID - id <= kept.count else { return nil }
        return kept.suffix(Int(lastID - id)).flatMap(\.bytes)
    }

    /// Forgets what is too old.
    public mutating func trim(now: MonotonicInstant) {
        while let first = kept.first, now.milliseconds(since: first.at) > Self.ageMs { removeOldest() }
    }

    private mutating func removeOldest() { byteCount -= kept.removeFirst().bytes.count }
}
