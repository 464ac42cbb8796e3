import CoreTypes
import MediaWire

/// The last chunks of a stream, by number, and the inits they need: what repairs and late joiners are served from.
/// Bounded in age and in bytes; the oldest go first.
public struct ChunkStore: Sendable {
    /// Why a chunk was not taken.
    public enum Rejection: Error, Equatable, Sendable {
        /// Its number is not above the newest one.
        case stale
        /// Its init is not here.
        case unknownInit
    }

    /// Age kept, in milliseconds of publish time.
    public let windowMs: Int64
    /// Bytes kept.
    public let bytesMax: Int
    /// Bytes held now.
    public private(set) var byteCount = 0
    /// Chunks held, oldest first.
    public private(set) var chunks: [StoredChunk] = []
    private var inits: [(hash: ShortHash, bytes: [UInt8])] = []
    /// Inits kept: one is current, the others are of chunks still held.
    private static let initsMax = 8

    /// An empty store.
    public init(windowMs: Int64, bytesMax: Int = 64 << 20) {
        self.windowMs = windowMs
        self.bytesMax = bytesMax
    }

    /// The newest chunk.
    public var newest: StoredChunk? { chunks.last }

    /// The newest chunk that starts a group.
    public var newestKeyframe: StoredChunk? { chunks.last(where: \.isKeyframe) }

    /// The newest keyframe chunk and all after it; empty when there is none.
    public var newestGroup: ArraySlice<StoredChunk> {
        chunks.lastIndex(where: \.isKeyframe).map { chunks[$0...] } ?? []
    }

    /// Remembers an init.
    public mutating func addInit(_ bytes: [UInt8], hash: ShortHash) {
        guard !inits.contains(where: { $0.hash == hash }) else { return }
        inits.append((hash, bytes))
        if inits.count > Self.initsMax { inits.removeFirst() }
    }

    /// The init with this hash.
    public func initSegment(_ hash: ShortHash) -> [UInt8]? { inits.first { $0.hash == hash }?.bytes }

    /// Adds the next chunk and forgets what is too old. Throws `Rejection` and changes nothing.
    public mutating func append(_ chunk: StoredChunk) throws(Rejection) {
        if let newest, chunk.sequence <= newest.sequence { throw .stale }
        guard initSegment(chunk.description.initHash) != nil else { throw .unknownInit }
        chunks.append(chunk)
        byteCount += chunk.bytes.count
        let horizon = chunk.description.publishedAt - windowMs
        let surplus = chunks.prefix { $0.description.publishedAt < horizon }.count
        var drop = surplus
        var left = byteCount - chunks[..<surplus].reduce(0) { $0 + $1.bytes.count }
        while left > bytesMax, drop < chunks.count - 1 {
            left -= chunks[drop].bytes.count
            drop += 1
        }
        byteCount = left
        chunks.removeFirst(drop)
    }

    /// The chunk of this number.
    public func chunk(_ sequence: UInt64) -> StoredChunk? {
        var (low, high) = (0, chunks.count)
        while low < high {
            let middle = (low + high) / 2
            if chunks[middle].sequence < sequence { low = middle + 1 } else { high = middle }
        }
        return low < chunks.count && chunks[low].sequence == sequence ? chunks[low] : nil
    }

    /// Bits a second of the chunks held, by their durations; 0 when there are none.
    public var bitsPerSecond: Int {
        let ticks = chunks.reduce(0) { $0 + Int($1.description.duration) }
        return ticks == 0 ? 0 : byteCount * 8 * 90_000 / ticks
    }
}
