import CoreTypes
import MediaWire
import PlayoutCore

/// The chunks of the last seconds: put together from manifests and pieces that come in any order, from any number of
/// sources, more than once; checked before they are kept; and held for other viewers a while after they were played.
///
/// Memory is bounded by `Limits`: of more chunks than fit, the oldest are given up.
public struct ChunkStore: Sendable {
    /// The injected check: the first 16 bytes of the SHA-256.
    public typealias Hash = @Sendable (ArraySlice<UInt8>) -> ShortHash

    /// The bounds of what is kept.
    public struct Limits: Hashable, Sendable {
        /// Chunks, whole or not.
        public var chunksMax = 512
        /// Their bytes, counted at their full length.
        public var bytesMax = 32 << 20
        /// The defaults: 512 chunks, 32 MiB.
        public init() {}
    }

    /// Chunks up to this one are no longer wanted.
    public private(set) var floor: UInt64 = 0
    /// The newest chunk of which a manifest is here; 0 before the first.
    public private(set) var newest: UInt64 = 0
    /// Bytes that the chunks take when they are whole.
    public private(set) var reservedBytes = 0

    private let limits: Limits
    private let hash: Hash
    /// By rising sequence.
    private var chunks: [StoredChunk] = []

    /// An empty store.
    public init(limits: Limits = Limits(), hash: @escaping Hash) {
        self.limits = limits
        self.hash = hash
    }

    /// Chunks held, whole or not.
    public var count: Int { chunks.count }

    var all: [StoredChunk] { chunks }

    func chunk(_ sequence: UInt64) -> StoredChunk? {
        let position = position(atOrAfter: sequence)
        return position < chunks.count && chunks[position].sequence == sequence ? chunks[position] : nil
    }

    /// When a chunk was published; nil when nothing of it is here.
    func publishedAt(_ sequence: UInt64) -> WallMilliseconds? {
        let position = position(atOrAfter: sequence)
        guard position < chunks.count, chunks[position].sequence == sequence else { return nil }
        return chunks[position].description.publishedAt
    }

    /// Whether a stripe of a chunk is all here.
    func isComplete(_ sequence: UInt64, stripe: Int) -> Bool {
        let position = position(atOrAfter: sequence)
        return position < chunks.count && chunks[position].sequence == sequence && chunks[position].isComplete(stripe)
    }

    /// The chunk up to which a stripe is complete, from the one after `head` on, and when it was published; nil when that
    /// one is not. From nothing (0) it begins with the oldest.
    func completeHead(_ stripe: Int, after head: UInt64) -> (sequence: UInt64, publishedAt: WallMilliseconds)? {
        var (head, publishedAt): (UInt64, WallMilliseconds?) = (head, nil)
        var position = position(atOrAfter: head + 1)
        while position < chunks.count {
            guard head == 0 || chunks[position].description.previousSequence <= head,
                chunks[position].isComplete(stripe)
            else { break }
            head = chunks[position].sequence
            publishedAt = chunks[position].description.publishedAt
            position += 1
        }
        return publishedAt.map { (head, $0) }
    }

    /// Chunks from `sequence` on.
    func chunks(from sequence: UInt64) -> ArraySlice<StoredChunk> { chunks[position(atOrAfter: sequence)...] }

    /// When the newest chunk was published; nil before the first.
    var newestPublishedAt: WallMilliseconds? { chunks.last?.description.publishedAt }

    /// The newest chunk that starts a group.
    var newestKeyframe: StoredChunk? { chunks.last { $0.description.flags.contains(.keyframe) } }

    /// True when the manifest is here already: its signature need not be checked again.
    func has(_ manifest: Manifest) -> Bool { chunk(manifest.sequence)?.manifest(manifest.stripe) != nil }

    /// Adds a manifest whose signature has been checked. Throws `PieceRejection`.
    public mutating func add(_ signed: SignedManifest) throws(PieceRejection) {
        let manifest = signed.manifest
        let sequence = manifest.sequence
        guard sequence > floor else { throw .tooOld(sequence: sequence) }
        var position = position(atOrAfter: sequence)
        if position < chunks.count, chunks[position].sequence == sequence {
            try chunks[position].add(signed)
            return
        }
        while chunks.count >= limits.chunksMax || reservedBytes + manifest.layout.chunkLength > limits.bytesMax {
            guard let oldest = chunks.first, oldest.sequence < sequence else { throw .noRoom(sequence: sequence) }
            forget(through: oldest.sequence)
        }
        position = self.position(atOrAfter: sequence)
        chunks.insert(StoredChunk(signed), at: position)
        reservedBytes += manifest.layout.chunkLength
        newest = max(newest, sequence)
    }

    /// What became of a piece that was taken.
    public enum Outcome: Sendable {
        /// Its manifest is not here yet; the piece was not kept.
        case early
        /// It was kept.
        case kept(stripe: Int)
        /// It was kept, and its chunk is whole now.
        case completed(stripe: Int, VerifiedChunk)
    }

    /// Adds a piece. Throws `PieceRejection`.
    public mutating func add(
        piece bytes: ArraySlice<UInt8>, index: Int, sequence: UInt64
    ) throws(PieceRejection) -> Outcome {
        guard sequence > floor else { throw .tooOld(sequence: sequence) }
        let position = position(atOrAfter: sequence)
        guard position < chunks.count, chunks[position].sequence == sequence, chunks[position].canJudge(index) else {
            return .early
        }
        try chunks[position].add(piece: bytes, index: index, hash: hash)
        let stripe = chunks[position].layout.stripe(ofPiece: index) ?? 0
        guard chunks[position].isWhole else { return .kept(stripe: stripe) }
        // The bytes are shared with the player until either lets go.
        let whole = VerifiedChunk(description: chunks[position].description, bytes: chunks[position].bytes)
        return .completed(stripe: stripe, whole)
    }

    /// Notes a step of repair.
    mutating func noteRepair(_ sequence: UInt64, stripe: Int, step: Int, at now: PeerTime) {
        let position = position(atOrAfter: sequence)
        guard position < chunks.count, chunks[position].sequence == sequence else { return }
        chunks[position].repairs[stripe] = StoredChunk.Repair(step: step, at: now)
    }

    /// Gives up everything up to `sequence`.
    public mutating func forget(through sequence: UInt64) {
        guard sequence > floor else { return }
        floor = sequence
        let count = position(atOrAfter: sequence + 1)
        for chunk in chunks[..<count] { reservedBytes -= chunk.layout.chunkLength }
        chunks.removeFirst(count)
    }

    /// Gives up what was published before `wall`, but never the newest chunk.
    mutating func forget(publishedBefore wall: WallMilliseconds) {
        guard let position = chunks.dropLast().lastIndex(where: { $0.description.publishedAt < wall }) else { return }
        forget(through: chunks[position].sequence)
    }

    private func position(atOrAfter sequence: UInt64) -> Int {
        var (low, high) = (0, chunks.count)
        while low < high {
            let middle = (low + high) / 2
            if chunks[middle].sequence < sequence { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
