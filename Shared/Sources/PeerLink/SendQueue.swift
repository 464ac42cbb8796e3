import CoreTypes
import DequeModule
import PeerWire

/// Messages of one channel that wait to be given to SCTP, in order. Bounded in bytes; expired ones are dropped here, since
/// what SCTP was given is repeated until it arrives.
struct SendQueue {
    /// A message that waits.
    struct Entry {
        let bytes: [UInt8]
        let payloadProtocol: PayloadProtocol
        let expires: MonotonicInstant?

        fileprivate func isLate(at now: MonotonicInstant) -> Bool { expires.map { $0 <= now } ?? false }
    }

    /// Bytes that wait.
    private(set) var bytes = 0
    /// Messages dropped because they were late.
    private(set) var expiredCount = 0
    private var entries: Deque<Entry> = []
    private let bytesMax: Int

    init(bytesMax: Int) { self.bytesMax = bytesMax }

    var isEmpty: Bool { entries.isEmpty }

    /// Adds a message; false when it has no place even after late ones were dropped.
    mutating func append(_ entry: Entry, at now: MonotonicInstant) -> Bool {
        if bytes + entry.bytes.count > bytesMax { dropLate(at: now) }
        guard bytes + entry.bytes.count <= bytesMax else { return false }
        entries.append(entry)
        bytes += entry.bytes.count
        return true
    }

    /// The next message that is not late; it stays until `removeFirst`.
    mutating func first(at now: MonotonicInstant) -> Entry? {
        while let entry = entries.first, entry.isLate(at: now) {
            removeFirst()
            expiredCount += 1
        }
        return entries.first
    }

    /// Removes what `first` returned.
    mutating func removeFirst() {
        guard let entry = entries.popFirst() else { return }
        bytes -= entry.bytes.count
    }

    /// Forgets everything.
    mutating func removeAll() {
        entries = []
        bytes = 0
    }

    private mutating func dropLate(at now: MonotonicInstant) {
        let before = entries.count
        entries.removeAll { $0.isLate(at: now) }
        expiredCount += before - entries.count
        bytes = entries.reduce(0) { $0 + $1.bytes.count }
    }
}
