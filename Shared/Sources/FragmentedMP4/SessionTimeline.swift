import CoreTypes

/// Joins the media times of successive sessions into one output time that never goes back. Media time starts anew with
/// each session; an output keeps one of these, and asks it for every chunk once that is verified.
public struct SessionTimeline: Hashable, Sendable {
    /// Why a chunk has no place in the output.
    public enum Rejection: Error, Equatable, Sendable, CustomStringConvertible {
        /// It is of a session before the current one.
        case olderSession(UInt64, current: UInt64)
        /// It starts before the last chunk of its session did.
        case timeWentBack(decodeTime: UInt64, last: UInt64)
        /// Its time, or the time of the output, is 2^53 or more.
        case timeOutOfRange

        /// What is wrong.
        public var description: String {
            switch self {
            case .olderSession(let session, let current):
                "a chunk of session \(session) came after session \(current) had begun"
            case .timeWentBack(let decodeTime, let last):
                "decode time \(decodeTime) comes after \(last) in the same session"
            case .timeOutOfRange: "the decode time does not fit 53 bits"
            }
        }
    }

    private static let timeEnd: UInt64 = 1 << 53

    /// Where the output ends so far, in 1/90,000 s; nil before the first chunk, unless a start was given.
    public private(set) var end: UInt64?
    private var session: UInt64?
    private var offset: Int64 = 0
    private var lastDecodeTime: UInt64 = 0

    /// A new output.
    /// - Parameter start: output time of the first chunk in 1/90,000 s, below 2^53; nil keeps the media time of the
    ///   first session as it is.
    public init(start: UInt64? = nil) { end = start.map { min($0, Self.timeEnd - 1) } }

    /// What to add to the media time of the next chunk, in 1/90,000 s; the same for all chunks of a session. A new
    /// session starts where the one before it ended.
    /// - Parameters:
    ///   - session: the chunk's session.
    ///   - decodeTime: media time of the chunk in 1/90,000 s, below 2^53.
    ///   - duration: how long it plays in 1/90,000 s, by its longest track.
    /// Throws `Rejection`, and then changes nothing.
    public mutating func offset(
        session: UInt64, decodeTime: UInt64, duration: UInt32
    ) throws(Rejection) -> Int64 {
        guard decodeTime < Self.timeEnd else { throw .timeOutOfRange }
        var offset = self.offset
        if let current = self.session, session <= current {
            guard session == current else { throw .olderSession(session, current: current) }
            guard decodeTime >= lastDecodeTime else {
                throw .timeWentBack(decodeTime: decodeTime, last: lastDecodeTime)
            }
        } else {
            offset = end.map { Int64($0) - Int64(decodeTime) } ?? 0
        }
        // Below 2^53 plus 2^54 plus 2^32 in size: no sum here can leave 64 bits.
        let chunkEnd = UInt64(clamping: Int64(decodeTime) + offset + Int64(duration))
        guard chunkEnd < Self.timeEnd else { throw .timeOutOfRange }
        self.session = session
        self.offset = offset
        lastDecodeTime = decodeTime
        end = max(end ?? 0, chunkEnd)
        return offset
    }
}
