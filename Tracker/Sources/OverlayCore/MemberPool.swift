/// The members of all buckets in one array, so that a change of bucket checks and moves as little memory as can be. A
/// bucket has room for a power of two of members. One that outgrows it, or needs no more than a quarter, moves, and its
/// old room is given to another; when a quarter of all is such room, the buckets are packed.
struct MemberPool: Sendable {
    private static let roomMin: Int32 = 4
    /// Rooms up to this size are kept, however few are in them: they are about to be needed again.
    private static let keptRoomMax: Int32 = 64

    private var members: [Int32] = []
    /// By the binary logarithm of the room: where some begins that nobody uses.
    private var free: [[Int32]] = Array(repeating: [], count: 32)
    /// How much that is.
    private var freeCount = 0

    /// An empty pool that takes so many members before it moves as a whole.
    init(expectedMembers: Int) { members.reserveCapacity(expectedMembers * 2) }

    @inline(__always)
    subscript(place: Int32) -> Int32 {
        get { members[Int(place)] }
        set { members[Int(place)] = newValue }
    }

    /// Forgets all rooms.
    mutating func removeAll() {
        members.removeAll(keepingCapacity: true)
        for order in free.indices { free[order].removeAll(keepingCapacity: true) }
        freeCount = 0
    }

    /// Gives a full bucket twice the room.
    mutating func grow(_ cell: inout Buckets.Cell) { move(&cell, to: max(Self.roomMin, cell.room * 2)) }

    /// Takes half of its room, or all, from a bucket that needs much less.
    @inline(__always)
    mutating func shrink(_ cell: inout Buckets.Cell) {
        if cell.room > Self.keptRoomMax && cell.count <= cell.room / 4 { move(&cell, to: cell.room / 2) }
    }

    /// Whether `pack` is worth its time, which is in proportion to what was moved since the last one.
    var isWasteful: Bool { freeCount > Self.toleratedMin && freeCount > members.count / 4 }

    private static let toleratedMin = 4_096

    /// Moves all buckets together.
    mutating func pack(_ cells: inout [Buckets.Cell]) {
        var packed: [Int32] = []
        packed.reserveCapacity(members.capacity)
        for index in cells.indices where cells[index].room > 0 {
            let cell = cells[index]
            cells[index].start = Int32(packed.count)
            packed.append(contentsOf: members[Int(cell.start)..<Int(cell.start + cell.room)])
        }
        removeAll()
        members = packed
    }

    private mutating func move(_ cell: inout Buckets.Cell, to room: Int32) {
        let start: Int32
        if let reused = free[room.trailingZeroBitCount].popLast() {
            start = reused
            freeCount -= Int(room)
        } else {
            start = Int32(members.count)
            members.append(contentsOf: repeatElement(nobody, count: Int(room)))
        }
        for offset in 0..<cell.count { members[Int(start + offset)] = members[Int(cell.start + offset)] }
        if cell.room > 0 {
            free[cell.room.trailingZeroBitCount].append(cell.start)
            freeCount += Int(cell.room)
        }
        (cell.start, cell.room) = (start, room)
    }
}
