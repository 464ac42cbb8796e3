/// All attached peers of an overlay by stripe, kind, region and depth, so that "the shallowest with an open slot" and "the
/// deepest without children" are a few bit operations, whatever the number of peers.
///
/// A kind says what a peer is to a stripe: a leaf, or an interior peer of a class of capacity with no, some or as many
/// children as it may have. Peers with some children are told from those with none because only the latter can be
/// moved, or take another role, without changing more than one link.
struct Buckets: Sendable {
    /// A peer that serves nobody in the stripe.
    static let leaf = 0
    /// The leaf, and four classes of capacity with three kinds each.
    static let kindCount = 13
    /// Deeper peers count as being at `depthMax`.
    static let depthMax = 63

    private static let depthCount = depthMax + 1

    /// Members by row and depth, in no particular order.
    private var members: [[Int32]]
    /// By row: which depths have members.
    private var occupied: [UInt64]
    private let regionCount: Int

    init(stripeCount: Int, regionCount: Int) {
        let rows = stripeCount * Self.kindCount * regionCount
        members = Array(repeating: [], count: rows * Self.depthCount)
        occupied = Array(repeating: 0, count: rows)
        self.regionCount = regionCount
    }

    /// 0 for capacity 0, then 1, 2 ... 3, 4 ... 7 and 8 or more.
    static func capacityClass(_ capacity: UInt8) -> Int {
        switch capacity {
        case 0: 0
        case 1: 1
        case 2...3: 2
        case 4...7: 3
        default: 4
        }
    }

    /// The kind of an interior peer of a class (1 ... 4).
    static func kind(class capacityClass: Int, fill: Fill) -> Int { 1 + (capacityClass - 1) * 3 + fill.rawValue }

    /// Whether a kind is that of interior peers without children.
    static func isEmpty(kind: Int) -> Bool { kind % 3 == 1 }

    /// How many of its slots an interior peer uses.
    enum Fill: Int, CaseIterable {
        case empty, part, full
    }

    /// Where the members of a stripe, kind and region are.
    func row(stripe: Int, kind: Int, region: Int) -> Int { (stripe * Self.kindCount + kind) * regionCount + region }

    /// Adds a peer and returns its position.
    mutating func insert(_ peer: Int32, row: Int, depth: Int) -> Int32 {
        let cell = row * Self.depthCount + depth
        let position = Int32(truncatingIfNeeded: members[cell].count)
        members[cell].append(peer)
        occupied[row] |= 1 << UInt64(depth)
        return position
    }

    /// Takes out the peer at a position and returns who is there now: the last one fills the gap, or `nobody` does.
    mutating func remove(at position: Int32, row: Int, depth: Int) -> Int32 {
        let cell = row * Self.depthCount + depth
        guard let last = members[cell].popLast() else { return nobody }
        if members[cell].isEmpty { occupied[row] &= ~(1 << UInt64(depth)) }
        guard Int(position) < members[cell].count else { return nobody }
        members[cell][Int(position)] = last
        return last
    }

    /// Members at a depth of a row.
    func count(row: Int, depth: Int) -> Int { members[row * Self.depthCount + depth].count }

    /// A member of a row.
    func member(row: Int, depth: Int, position: Int) -> Int32 { members[row * Self.depthCount + depth][position] }

    /// Which depths of a row have members.
    func depths(row: Int) -> UInt64 { occupied[row] }

    /// Which depths have members of a kind, in any region.
    func depths(stripe: Int, kind: Int) -> UInt64 {
        let first = row(stripe: stripe, kind: kind, region: 0)
        var depths: UInt64 = 0
        for row in first..<first + regionCount { depths |= occupied[row] }
        return depths
    }

    /// Which depths of a region have interior peers with an open slot.
    func openDepths(stripe: Int, region: Int) -> UInt64 {
        var depths: UInt64 = 0
        for capacityClass in 1...4 {
            depths |= occupied[row(stripe: stripe, kind: Self.kind(class: capacityClass, fill: .empty), region: region)]
            depths |= occupied[row(stripe: stripe, kind: Self.kind(class: capacityClass, fill: .part), region: region)]
        }
        return depths
    }

    /// Which depths have interior peers with an open slot, in any region.
    func openDepths(stripe: Int) -> UInt64 {
        (0..<regionCount).reduce(0) { $0 | openDepths(stripe: stripe, region: $1) }
    }

    /// Peers of a stripe by depth, 0 ... `depthMax`.
    func population(stripe: Int) -> [Int] {
        var population = Array(repeating: 0, count: Self.depthCount)
        let first = row(stripe: stripe, kind: 0, region: 0)
        for row in first..<first + Self.kindCount * regionCount {
            var depths = occupied[row]
            while depths != 0 {
                population[depths.shallowest] += count(row: row, depth: depths.shallowest)
                depths &= depths - 1
            }
        }
        return population
    }
}

/// A set of depths, one bit for each.
extension UInt64 {
    /// The least depth; 64 when there is none, deeper than all.
    var shallowest: Int { trailingZeroBitCount }

    /// The greatest depth; -1 when there is none, less than all.
    var deepest: Int { 63 - leadingZeroBitCount }

    /// Whether a depth is in the set.
    func has(_ depth: Int) -> Bool { self >> UInt64(depth) & 1 == 1 }

    /// All depths up to one.
    static func depths(through depth: Int) -> UInt64 { depth >= 63 ? .max : (1 << UInt64(depth + 1)) - 1 }
}
