/// A table whose entries live only as long as their owners renew them: registers of trackers and forwards.
/// Bounded, and in the order of the keys wherever it is listed.
public struct LeaseTable<Value: Sendable>: Sendable {
    /// How a value was taken in.
    public enum Outcome: Equatable, Sendable {
        /// A new entry.
        case added
        /// An entry that was there already.
        case renewed
        /// The table is full; nothing changed.
        case full
    }

    private struct Entry: Sendable {
        let key: String
        var value: Value
        var expiresAt: MonotonicInstant
    }

    /// Milliseconds an entry lives after its last renewal.
    public let lifetimeMs: Int64
    /// Most entries.
    public let countMax: Int
    /// Sorted by key.
    private var entries: [Entry] = []

    /// An empty table.
    public init(lifetimeMs: Int64, countMax: Int) {
        self.lifetimeMs = lifetimeMs
        self.countMax = countMax
    }

    /// Entries held, expired ones included until `expire` is called.
    public var count: Int { entries.count }

    /// All values in the order of their keys.
    public var values: [Value] { entries.map(\.value) }

    /// The value under a key.
    public subscript(key: String) -> Value? {
        find(key).found ? entries[find(key).position].value : nil
    }

    /// Adds an entry or replaces and renews it.
    public mutating func put(_ value: Value, for key: String, now: MonotonicInstant) -> Outcome {
        let expiresAt = now.advanced(byMilliseconds: lifetimeMs)
        let (position, found) = find(key)
        if found {
            entries[position].value = value
            entries[position].expiresAt = expiresAt
            return .renewed
        }
        guard entries.count < countMax else { return .full }
        entries.insert(Entry(key: key, value: value, expiresAt: expiresAt), at: position)
        return .added
    }

    /// Takes an entry out; nil when there is none.
    @discardableResult
    public mutating func remove(_ key: String) -> Value? {
        let (position, found) = find(key)
        return found ? entries.remove(at: position).value : nil
    }

    /// Takes out what was not renewed in time and returns it.
    public mutating func expire(now: MonotonicInstant) -> [(key: String, value: Value)] {
        let gone = entries.filter { $0.expiresAt <= now }
        guard !gone.isEmpty else { return [] }
        entries.removeAll { $0.expiresAt <= now }
        return gone.map { ($0.key, $0.value) }
    }

    private func find(_ key: String) -> (position: Int, found: Bool) {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].key < key { low = middle + 1 } else { high = middle }
        }
        return (low, low < entries.count && entries[low].key == key)
    }
}
