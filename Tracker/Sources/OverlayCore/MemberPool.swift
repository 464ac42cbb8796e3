/// The members of all buckets in one array, so that a change of bucket checks and moves as little memory as can be. A
/// bucket has room for a power of two of members; one that outgrows it moves, and its old room is given to another.
struct MemberPool: Sendable {
    private static let roomMin: Int32 = 4
    /// Empty buckets with more room than this give it back; smaller ones are about to need it again.
    private static let keptRoomMax: Int32 = 64

    private var members: [Int32] = []
    /// By the binary logarithm of the room: where some begins that nobody uses.
    private var free: [[Int32]] = Array(repeating: [], count: 32)

    @inline(__always)
    subscript(place: Int32) -> Int32 {
        get { members[Int(place)] }
        set { members[Int(place)] = newValue }
    }

    /// Gives a full bucket twice the room.
    mutating func grow(_ cell: inout Buckets.Cell) {
        let room = max(Self.roomMin, cell.room * 2)
        let start: Int32
        if let reused = free[room.trailingZeroBitCount].popLast() {
            start = reused
        } else {
            start = Int32(members.count)
            members.append(contentsOf: repeatElement(nobody, count: Int(room)))
        }
        for offset in 0..<cell.count { members[Int(start + offset)] = members[Int(cell.start + offset)] }
        if cell.room > 0 { free[cell.room.trailingZeroBitCount].append(cell.start) }
        (cell.start, cell.room) = (start, room)
    }

    /// Takes the room of an empty bucket back, if it is worth it.
    mutating func release(_ cell: inout Buckets.Cell) {
        guard cell.room > Self.keptRoomMax else { return }
        free[cell.room.trailingZeroBitCount].append(cell.start)
        (cell.start, cell.room) = (0, 0)
    }
}
