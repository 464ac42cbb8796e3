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

    /// By row and depth: its members.
    private var cells: [Cell]
    /// By row: which depths have members.
    private var occupied: [UInt64]
    private var pool: MemberPool
    private let regionCount: Int

    init(stripeCount: Int, regionCount: Int, expectedPeers: Int) {
        let rows = stripeCount * Self.kindCount * regionCount
        cells = Array(repeating: Cell(), count: rows * Self.depthCount)
        occupied = Array(repeating: 0, count: rows)
        pool = MemberPool(expectedMembers: expectedPeers * stripeCount)
        self.regionCount = regionCount
    }

    /// A bucket: where its members are in the pool, in no particular order.
    struct Cell: Sendable {
        var start: Int32 = 0
        var count: Int32 = 0
        var room: Int32 = 0
    }

    /// 0 for capacity 0, then 1, 2 ... 3, 4 ... 7 and 8 or more: the bits that it takes to write the number.
    static func capacityClass(_ capacity: UInt8) -> Int { min(4, 8 - capacity.leadingZeroBitCount) }

    /// The kind of an interior peer of a class (1 ... 4).
    static func kind(class capacityClass: Int, fill: Fill) -> Int { 1 + (capacityClass - 1) * 3 + fill.rawValue }

    /// Whether a kind is that of interior peers without children.
    static func isEmpty(kind: Int) -> Bool { kind % 3 == 1 }

    /// How many of its slots an interior peer uses.
    enum Fill: Int, CaseIterable {
        case empty, part, full
    }

    /// Where the members of a stripe, kind and region are.
    @inline(__always)
    func row(stripe: Int, kind: Int, region: Int) -> Int {
        (stripe &* regionCount &+ region) &* Self.kindCount &+ kind
    }

    /// Takes everybody out.
    mutating func removeAll() {
        for index in cells.indices { cells[index] = Cell() }
        for row in occupied.indices { occupied[row] = 0 }
        pool.removeAll()
    }

    /// Takes everybody out of a stripe's buckets, whose room is kept: the same peers are about to come back.
    mutating func removeAll(stripe: Int) {
        let first = row(stripe: stripe, kind: 0, region: 0)
        for row in first..<first + Self.kindCount * regionCount {
            for depth in 0..<Self.depthCount where occupied[row] != 0 && occupied[row].has(depth) {
                cells[row * Self.depthCount + depth].count = 0
            }
            occupied[row] = 0
        }
    }

    /// Adds a peer and returns its position.
    @inline(__always)
    mutating func insert(_ peer: Int32, row: Int, depth: Int) -> Int32 {
        let index = row &* Self.depthCount &+ depth
        var cell = cells[index]
        if cell.count == cell.room {
            if pool.isWasteful {
                pool.pack(&cells)
                cell = cells[index]
            }
            pool.grow(&cell)
        }
        let position = cell.count
        pool[cell.start &+ position] = peer
        cell.count &+= 1
        cells[index] = cell
        occupied[row] |= 1 &<< UInt64(truncatingIfNeeded: depth)
        return position
    }

    /// Takes out the peer at a position and returns who is there now: the last one fills the gap, or `nobody` does.
    @inline(__always)
    mutating func remove(at position: Int32, row: Int, depth: Int) -> Int32 {
        let index = row &* Self.depthCount &+ depth
        var cell = cells[index]
        guard cell.count > 0 else { return nobody }
        cell.count &-= 1
        let last = pool[cell.start &+ cell.count]
        let moved = position < cell.count ? last : nobody
        if moved != nobody { pool[cell.start &+ position] = last }
        if cell.count == 0 { occupied[row] &= ~(1 &<< UInt64(truncatingIfNeeded: depth)) }
        pool.shrink(&cell)
        cells[index] = cell
        return moved
    }

    /// Members at a depth of a row.
    func count(row: Int, depth: Int) -> Int { Int(cells[row &* Self.depthCount &+ depth].count) }

    /// A member of a row.
    func member(row: Int, depth: Int, position: Int) -> Int32 {
        pool[cells[row &* Self.depthCount &+ depth].start &+ Int32(truncatingIfNeeded: position)]
    }

    /// Which depths of a row have members.
    func depths(row: Int) -> UInt64 { occupied[row] }

    /// Which depths have members of a kind, in any region.
    func depths(stripe: Int, kind: Int) -> UInt64 {
        var row = row(stripe: stripe, kind: kind, region: 0)
        var depths = occupied[row]
        for _ in 1..<regionCount {
            row &+= Self.kindCount
            depths |= occupied[row]
        }
        return depths
    }

    /// Which depths of a region have interior peers with an open slot.
    @inline(__always)
    func openDepths(stripe: Int, region: Int) -> UInt64 {
        let first = row(stripe: stripe, kind: 0, region: region)
        var depths: UInt64 = 0
        for capacityClass in 0..<4 {
            let empty = first &+ 1 &+ capacityClass &* 3
            depths |= occupied[empty] | occupied[empty &+ 1]
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
