/// Pairs of peers that could not connect, so that nobody sends them to each other again. Bounded: beyond the bound the
/// oldest of four neighbours is forgotten, which costs one vain attempt if that pair is ever chosen again.
struct BrokenPairs: Sendable {
    private static let ways = 4
    private static let setsAtFirst = 16

    private let setsMax: Int
    /// Fingerprints, four to a set, newest first; 0 is a free place.
    private var fingerprints: [UInt64] = []
    /// Pairs that are remembered.
    private(set) var count = 0

    /// An empty table for at most `pairsMax` pairs, rounded up to a power of two. It takes memory only as it fills.
    init(pairsMax: Int) {
        var sets = Self.setsAtFirst
        while sets * Self.ways < pairsMax { sets *= 2 }
        setsMax = sets
    }

    /// Whether a pair is known, in either order. Names are those of `name(of:generation:)`.
    func contains(_ one: UInt64, _ other: UInt64) -> Bool {
        guard count > 0 else { return false }
        let fingerprint = Self.fingerprint(one, other)
        let first = place(fingerprint)
        for place in first..<first + Self.ways where fingerprints[place] == fingerprint { return true }
        return false
    }

    /// Remembers a pair.
    mutating func insert(_ one: UInt64, _ other: UInt64) {
        guard !contains(one, other) else { return }
        if fingerprints.isEmpty { fingerprints = Array(repeating: 0, count: Self.setsAtFirst * Self.ways) }
        let fingerprint = Self.fingerprint(one, other)
        while isFull(fingerprint) && fingerprints.count < setsMax * Self.ways { grow() }
        put(fingerprint)
    }

    /// Forgets all pairs.
    mutating func removeAll() {
        fingerprints = []
        count = 0
    }

    /// A peer's name: its index and how often that was given out before, so that a newcomer does not inherit the pairs of
    /// the peer that had the index before it.
    static func name(of peer: Int32, generation: UInt16) -> UInt64 {
        UInt64(UInt32(bitPattern: peer)) | UInt64(generation) << 32
    }

    private func place(_ fingerprint: UInt64) -> Int {
        Int(fingerprint >> 32) & (fingerprints.count / Self.ways - 1) * Self.ways
    }

    private func isFull(_ fingerprint: UInt64) -> Bool { fingerprints[place(fingerprint) + Self.ways - 1] != 0 }

    private mutating func put(_ fingerprint: UInt64) {
        let first = place(fingerprint)
        let last = first + Self.ways - 1
        if fingerprints[last] == 0 { count += 1 }
        for place in stride(from: last, to: first, by: -1) { fingerprints[place] = fingerprints[place - 1] }
        fingerprints[first] = fingerprint
    }

    private mutating func grow() {
        let old = fingerprints
        fingerprints = Array(repeating: 0, count: old.count * 2)
        count = 0
        for fingerprint in old.reversed() where fingerprint != 0 { put(fingerprint) }
    }

    /// 64 bits of the unordered pair, never 0. Two pairs may share them once in 2^64, and are then merely avoided.
    private static func fingerprint(_ one: UInt64, _ other: UInt64) -> UInt64 {
        var mixed = min(one, other) &* 0x9e37_79b9_7f4a_7c15 ^ (max(one, other) &+ 0x7f4a_7c15) &* 0xd6e8_feb8_6659_fd93
        mixed = (mixed ^ (mixed >> 32)) &* 0xd6e8_feb8_6659_fd93
        return (mixed ^ (mixed >> 29)) | 1
    }
}
