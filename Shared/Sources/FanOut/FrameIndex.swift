import CoreTypes

/// The frames a ring still holds: their places, numbers and ages. A pure value; offsets count all bytes ever written.
struct FrameIndex {
    /// One frame of the ring.
    struct Frame: Equatable {
        /// Offset of its first byte.
        let start: UInt64
        /// Offset behind its last byte.
        let end: UInt64
        let sequence: UInt64
        let wall: WallMilliseconds
        /// A reader can begin here.
        let isJoinPoint: Bool
        /// Which prefix belongs in front of it.
        let generation: UInt32
    }

    private var frames: [Frame] = []
    private var first = 0
    private(set) var newestJoinPoint: Frame?

    /// Frames held.
    var count: Int { frames.count - first }

    var oldest: Frame? { first < frames.count ? frames[first] : nil }

    var newest: Frame? { first < frames.count ? frames.last : nil }

    /// All frames, oldest first.
    var all: ArraySlice<Frame> { frames[first...] }

    mutating func append(_ frame: Frame) {
        frames.append(frame)
        if frame.isJoinPoint { newestJoinPoint = frame }
    }

    /// Forgets frames that begin before `offset`, or are older than `wall`, but never the newest join point and what
    /// follows it unless its bytes are gone.
    mutating func forget(before offset: UInt64, olderThan wall: WallMilliseconds) {
        while first < frames.count {
            let frame = frames[first]
            let isNeeded = newestJoinPoint.map { frame.start >= $0.start } ?? true
            guard frame.start < offset || (frame.wall < wall && !isNeeded) else { break }
            first += 1
        }
        if let join = newestJoinPoint, join.start < (oldest?.start ?? .max) { newestJoinPoint = nil }
        if first > 256, first > frames.count / 2 {
            frames.removeFirst(first)
            first = 0
        }
    }

    /// The frame that holds the byte at `offset`; nil when it is gone or not written yet.
    func frame(at offset: UInt64) -> Frame? {
        let position = partition { $0.end <= offset }
        guard position < frames.count, frames[position].start <= offset else { return nil }
        return frames[position]
    }

    /// The frame where a joiner begins; nil to begin behind the newest one.
    func frame(joining point: JoinPoint) -> Frame? {
        switch point {
        case .newest: return newestJoinPoint
        case .sequence(let wanted):
            guard let oldest, let newest, wanted <= newest.sequence else { return nil }
            guard wanted >= oldest.sequence else { return all.first(where: \.isJoinPoint) ?? newestJoinPoint }
            return frames[partition { $0.sequence < wanted }]
        case .notAfter(let wall):
            let joins = all.filter(\.isJoinPoint)
            return joins.last { $0.wall <= wall } ?? joins.first
        }
    }

    /// The first frame that is not older than `wall`; nil when all are.
    func firstFrame(notBefore wall: WallMilliseconds) -> Frame? {
        all.first { $0.wall >= wall }
    }

    /// Position of the first frame held for which `isBefore` no longer holds; it must hold for a prefix only.
    private func partition(_ isBefore: (Frame) -> Bool) -> Int {
        var (low, high) = (first, frames.count)
        while low < high {
            let middle = (low + high) / 2
            if isBefore(frames[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
