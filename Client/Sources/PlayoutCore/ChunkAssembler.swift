import MediaWire

/// Puts chunks together from verified manifests and pieces, which may come in any order, from any number of sources,
/// more than once. Pieces are checked by hash before they are kept with their chunk.
///
/// Memory is bounded by `Limits`: of more chunks than fit, the oldest are given up.
public struct ChunkAssembler: Sendable {
    /// The injected check: the first 16 bytes of the SHA-256.
    public typealias Hash = @Sendable (ArraySlice<UInt8>) -> ShortHash

    /// The bounds of what is kept.
    public struct Limits: Hashable, Sendable {
        /// Chunks known at once, finished ones included, which are remembered to tell duplicates.
        public var chunksMax = 64
        /// Bytes of unfinished chunks, counted at their full length.
        public var bytesMax = 16 << 20
        /// Pieces that came before their manifests.
        public var earlyPiecesMax = 64
        /// The defaults: 64 chunks, 16 MiB (at least one chunk of the largest size), 64 early pieces (1 MiB at most).
        public init() {}
    }

    /// What adding something led to.
    public struct Outcome: Sendable {
        /// The chunk that is whole now.
        public var chunk: VerifiedChunk?
        /// What turned out wrong with pieces that had come before their manifest.
        public var lateRejections: [PieceRejection] = []
    }

    private struct EarlyPiece {
        let sequence: UInt64
        let index: Int
        let bytes: [UInt8]
    }

    /// Chunks up to this one are no longer wanted.
    public private(set) var floor: UInt64 = 0

    private let limits: Limits
    private let hash: Hash
    /// By rising sequence.
    private var chunks: [ChunkInProgress] = []
    private var early: [EarlyPiece] = []

    /// An empty assembler.
    public init(limits: Limits = Limits(), hash: @escaping Hash) {
        self.limits = limits
        self.hash = hash
    }

    /// Bytes that unfinished chunks take when they are whole.
    public var reservedBytes: Int { chunks.reduce(0) { $0 + $1.reservedBytes } }

    /// Unfinished chunks and finished ones that are still remembered.
    public var count: Int { chunks.count }

    /// Pieces that wait for their manifest.
    public var earlyPieceCount: Int { early.count }

    /// Adds a manifest whose signature has been checked. Throws `PieceRejection`.
    public mutating func add(_ manifest: Manifest) throws(PieceRejection) -> Outcome {
        guard manifest.sequence > floor else { throw .tooOld(sequence: manifest.sequence) }
        if let position = position(of: manifest.sequence) {
            try chunks[position].add(manifest)
        } else {
            let position = try makeRoom(for: manifest)
            chunks.insert(ChunkInProgress(manifest), at: position)
        }
        return placeEarlyPieces(of: manifest.sequence)
    }

    /// Adds a piece. Throws `PieceRejection`. One without its manifest waits for it for a while.
    public mutating func add(piece bytes: [UInt8], index: Int, sequence: UInt64) throws(PieceRejection) -> Outcome {
        guard sequence > floor else { throw .tooOld(sequence: sequence) }
        guard let position = position(of: sequence), chunks[position].knowsStripe(ofPiece: index) else {
            try hold(EarlyPiece(sequence: sequence, index: index, bytes: bytes))
            return Outcome()
        }
        return Outcome(chunk: try chunks[position].add(piece: bytes, index: index, hash: hash))
    }

    /// Gives up everything up to `sequence`.
    public mutating func forget(through sequence: UInt64) {
        guard sequence > floor else { return }
        floor = sequence
        chunks.removeAll { $0.sequence <= sequence }
        early.removeAll { $0.sequence <= sequence }
    }

    private func position(of sequence: UInt64) -> Int? { chunks.firstIndex { $0.sequence == sequence } }

    /// Gives up the oldest chunks until the new one fits, and returns its place.
    private mutating func makeRoom(for manifest: Manifest) throws(PieceRejection) -> Int {
        while chunks.count >= limits.chunksMax || reservedBytes + manifest.layout.chunkLength > limits.bytesMax {
            guard let oldest = chunks.first, oldest.sequence < manifest.sequence else {
                throw .noRoom(sequence: manifest.sequence)
            }
            forget(through: oldest.sequence)
        }
        return chunks.firstIndex { $0.sequence > manifest.sequence } ?? chunks.count
    }

    /// Keeps a piece that cannot be judged yet; of too many the oldest are dropped.
    private mutating func hold(_ piece: EarlyPiece) throws(PieceRejection) {
        guard !early.contains(where: { $0.sequence == piece.sequence && $0.index == piece.index }) else {
            throw .duplicate(sequence: piece.sequence)
        }
        if early.count >= limits.earlyPiecesMax { early.removeFirst() }
        early.append(piece)
    }

    private mutating func placeEarlyPieces(of sequence: UInt64) -> Outcome {
        var outcome = Outcome()
        guard let position = position(of: sequence) else { return outcome }
        let chunk = chunks[position]
        let pieces = early.filter { $0.sequence == sequence && chunk.knowsStripe(ofPiece: $0.index) }
        early.removeAll { $0.sequence == sequence && chunk.knowsStripe(ofPiece: $0.index) }
        for piece in pieces {
            do {
                outcome.chunk =
                    try chunks[position].add(piece: piece.bytes, index: piece.index, hash: hash) ?? outcome.chunk
            } catch {
                outcome.lateRejections.append(error)
            }
        }
        return outcome
    }
}
