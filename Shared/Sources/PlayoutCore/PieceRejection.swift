/// Why a manifest or a piece was not taken.
public enum PieceRejection: Error, Hashable, Sendable, CustomStringConvertible {
    /// It is there already.
    case duplicate(sequence: UInt64)
    /// Its chunk is before the window: played, given up, or never wanted.
    case tooOld(sequence: UInt64)
    /// Its chunk would not fit beside newer ones.
    case noRoom(sequence: UInt64)
    /// Two signed manifests disagree about the chunk; the coordinate made both.
    case conflict(sequence: UInt64)
    /// The chunk has no piece of that number.
    case noSuchPiece(sequence: UInt64, index: Int)
    /// The piece has another length than its place in the chunk.
    case wrongLength(sequence: UInt64, index: Int)
    /// The piece has another hash than the manifest says.
    case wrongHash(sequence: UInt64, index: Int)

    /// True when an honest sender cannot have sent it: what it sends should no longer be asked for.
    public var isSendersFault: Bool {
        switch self {
        case .duplicate, .tooOld, .noRoom, .conflict: false
        case .noSuchPiece, .wrongLength, .wrongHash: true
        }
    }

    /// What is wrong.
    public var description: String {
        switch self {
        case .duplicate(let sequence): "a part of chunk \(sequence) came again"
        case .tooOld(let sequence): "chunk \(sequence) is no longer wanted"
        case .noRoom(let sequence): "chunk \(sequence) does not fit beside newer ones"
        case .conflict(let sequence): "the manifests of chunk \(sequence) contradict each other"
        case .noSuchPiece(let sequence, let index): "chunk \(sequence) has no piece \(index)"
        case .wrongLength(let sequence, let index): "piece \(index) of chunk \(sequence) has a wrong length"
        case .wrongHash(let sequence, let index): "piece \(index) of chunk \(sequence) has a wrong hash"
        }
    }
}
