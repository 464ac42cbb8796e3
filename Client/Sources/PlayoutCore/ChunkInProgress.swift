import MediaWire

/// One chunk while its pieces arrive; afterwards only what tells duplicates from news.
struct ChunkInProgress: Sendable {
    private let description: ChunkDescription
    private let layout: StripeLayout
    private var manifests: [Manifest?]
    private var bytes: [UInt8] = []
    private var hasPiece: [Bool]
    private var missingPieces: Int

    init(_ manifest: Manifest) {
        description = manifest.chunk
        layout = manifest.layout
        manifests = Array(repeating: nil, count: manifest.layout.stripeCount)
        manifests[manifest.stripe] = manifest
        hasPiece = Array(repeating: false, count: manifest.layout.pieceCount)
        missingPieces = manifest.layout.pieceCount
    }

    var sequence: UInt64 { description.sequence }

    var isWhole: Bool { missingPieces == 0 }

    /// Bytes this chunk takes here; none once it has been handed on.
    var reservedBytes: Int { isWhole ? 0 : layout.chunkLength }

    /// The piece can be judged: it belongs to a stripe whose manifest is here, or to none at all.
    func knowsStripe(ofPiece index: Int) -> Bool {
        guard !isWhole, let stripe = layout.stripe(ofPiece: index) else { return true }
        return manifests[stripe] != nil
    }

    mutating func add(_ manifest: Manifest) throws(PieceRejection) {
        guard manifest.chunk == description, manifest.layout == layout else { throw .conflict(sequence: sequence) }
        guard manifests[manifest.stripe] == nil else { throw .duplicate(sequence: sequence) }
        manifests[manifest.stripe] = manifest
    }

    /// Checks and keeps a piece; the whole chunk when it was the last one.
    mutating func add(
        piece: [UInt8], index: Int, hash: ChunkAssembler.Hash
    ) throws(PieceRejection) -> VerifiedChunk? {
        guard let range = layout.range(ofPiece: index), let stripe = layout.stripe(ofPiece: index) else {
            throw .noSuchPiece(sequence: sequence, index: index)
        }
        guard !hasPiece[index] else { throw .duplicate(sequence: sequence) }
        guard piece.count == range.count else { throw .wrongLength(sequence: sequence, index: index) }
        guard manifests[stripe]?.hash(ofPiece: index) == hash(piece[...]) else {
            throw .wrongHash(sequence: sequence, index: index)
        }
        if bytes.isEmpty { bytes = Array(repeating: 0, count: layout.chunkLength) }
        bytes.replaceSubrange(range, with: piece)
        hasPiece[index] = true
        missingPieces -= 1
        guard isWhole else { return nil }
        defer { bytes = [] }
        return VerifiedChunk(description: description, bytes: bytes)
    }
}
