import MediaWire
import PlayoutCore

/// One chunk with whatever of it is here: to be played, and to be passed on.
struct StoredChunk: Sendable {
    let description: ChunkDescription
    let layout: StripeLayout
    private(set) var bytes: [UInt8] = []
    private var manifests: [SignedManifest?]
    /// Bit *s*: the manifest of stripe *s* is here. Asked for every piece, and cheaper than to look at the manifest.
    private var hasManifest: UInt8 = 0
    /// By piece: the hash that it must have, as far as its stripe's manifest is here.
    private var hashes: [ShortHash?]
    private var hasPiece: [Bool]
    private var missing: [Int]
    /// Pieces of each stripe that were asked for again: how often, and when last.
    var repairs: [Repair]

    /// What was done about a hole in one stripe of the chunk.
    struct Repair: Sendable {
        var step = 0
        var at: PeerTime?
    }

    init(_ signed: SignedManifest) {
        let manifest = signed.manifest
        description = manifest.chunk
        layout = manifest.layout
        manifests = Array(repeating: nil, count: layout.stripeCount)
        hasPiece = Array(repeating: false, count: layout.pieceCount)
        hashes = Array(repeating: nil, count: layout.pieceCount)
        missing = (0..<layout.stripeCount).map { [layout] in layout.pieceCount(ofStripe: $0) }
        repairs = Array(repeating: Repair(), count: layout.stripeCount)
        keep(signed)
    }

    private mutating func keep(_ signed: SignedManifest) {
        let stripe = signed.manifest.stripe
        manifests[stripe] = signed
        hasManifest |= 1 << UInt8(stripe)
        for index in layout.pieces(ofStripe: stripe) { hashes[index] = signed.manifest.hash(ofPiece: index) }
    }

    private func hasManifest(_ stripe: Int) -> Bool { hasManifest & (1 << UInt8(stripe)) != 0 }

    var sequence: UInt64 { description.sequence }
    var isWhole: Bool { missing.allSatisfy { $0 == 0 } }

    func manifest(_ stripe: Int) -> SignedManifest? {
        manifests.indices.contains(stripe) ? manifests[stripe] : nil
    }

    /// Manifest and all pieces of the stripe are here.
    func isComplete(_ stripe: Int) -> Bool {
        missing.indices.contains(stripe) && hasManifest(stripe) && missing[stripe] == 0
    }

    func has(_ index: Int) -> Bool { hasPiece.indices.contains(index) && hasPiece[index] }

    /// The piece can be judged: it belongs to a stripe whose manifest is here, or to none at all.
    func canJudge(_ index: Int) -> Bool {
        guard let stripe = layout.stripe(ofPiece: index) else { return true }
        return hasManifest(stripe)
    }

    /// Pieces of the stripe that are not here.
    func missingPieces(_ stripe: Int) -> [Int] { layout.pieces(ofStripe: stripe).filter { !hasPiece[$0] } }

    /// Pieces of the stripe that are here.
    func presentPieces(_ stripe: Int) -> [Int] { layout.pieces(ofStripe: stripe).filter { hasPiece[$0] } }

    mutating func add(_ signed: SignedManifest) throws(PieceRejection) {
        let manifest = signed.manifest
        guard manifest.chunk == description, manifest.layout == layout else { throw .conflict(sequence: sequence) }
        guard !hasManifest(manifest.stripe) else { throw .duplicate(sequence: sequence) }
        keep(signed)
    }

    /// Checks and keeps a piece.
    mutating func add(
        piece: ArraySlice<UInt8>, index: Int, hash: ChunkStore.Hash
    ) throws(PieceRejection) {
        guard let range = layout.range(ofPiece: index), let stripe = layout.stripe(ofPiece: index) else {
            throw .noSuchPiece(sequence: sequence, index: index)
        }
        guard !hasPiece[index] else { throw .duplicate(sequence: sequence) }
        guard piece.count == range.count else { throw .wrongLength(sequence: sequence, index: index) }
        guard hashes[index] == hash(piece) else {
            throw .wrongHash(sequence: sequence, index: index)
        }
        if bytes.isEmpty { bytes = Array(repeating: 0, count: layout.chunkLength) }
        bytes.replaceSubrange(range, with: piece)
        hasPiece[index] = true
        missing[stripe] -= 1
    }

    /// A piece that is here.
    func piece(_ index: Int) -> ArraySlice<UInt8>? {
        guard has(index), let range = layout.range(ofPiece: index) else { return nil }
        return bytes[range]
    }
}
