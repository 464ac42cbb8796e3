import CoreTypes

/// The description of one chunk in one stripe: what the chunk is, how it is cut, and the hashes of this stripe's
/// pieces. A value that exists keeps all rules of the format (docs/PROTOCOL.md, "Manifest").
public struct Manifest: Hashable, Sendable {
    /// The version that this module reads and writes.
    public static let version: UInt8 = 1

    /// What all stripes share.
    public let chunk: ChunkDescription
    /// Which stripe the hashes are for, below `layout.stripeCount`.
    public let stripe: Int
    /// How the chunk is cut.
    public let layout: StripeLayout
    /// Hashes of this stripe's pieces in rising order, 16 bytes each, back to back; may be empty.
    public let hashes: [UInt8]

    /// Checks and wraps a manifest.
    /// Throws `WireError`: a stripe out of range, a layout for another chunk, or a wrong number of hashes.
    public init(
        chunk: ChunkDescription, stripe: Int, layout: StripeLayout, hashes: [UInt8]
    ) throws(WireError) {
        _ = try checked(layout.sequence, "layout.sequence", in: chunk.sequence...chunk.sequence)
        self.chunk = chunk
        self.stripe = try checked(stripe, "stripe", in: 0...(layout.stripeCount - 1))
        self.layout = layout
        let expected = layout.pieceCount(ofStripe: stripe) * ShortHash.byteCount
        guard hashes.count == expected else {
            throw .wrongLength(field: "hashes", count: hashes.count, expected: expected)
        }
        self.hashes = hashes
    }

    /// The chunk's number.
    public var sequence: UInt64 { chunk.sequence }

    /// How many pieces this stripe carries.
    public var hashCount: Int { hashes.count / ShortHash.byteCount }

    /// The hash that piece `index` of the chunk must have; nil when that piece is not in this stripe.
    public func hash(ofPiece index: Int) -> ShortHash? {
        guard layout.stripe(ofPiece: index) == stripe else { return nil }
        // The first piece of a stripe has an index below stripeCount, hence the n-th has index / stripeCount = n.
        let start = index / layout.stripeCount * ShortHash.byteCount
        return ShortHash(bytes: hashes[start..<(start + ShortHash.byteCount)])
    }

    /// The manifests of all stripes of one chunk, in the order of the stripes.
    /// - Parameters:
    ///   - chunk: what the chunk is.
    ///   - bytes: the chunk, 1 byte to 4 MiB.
    ///   - stripeCount: stripes of the stream, 1 to 8.
    ///   - pieceSize: see `StripeLayout.pieceSize(chunkLength:chunkMs:stripeCount:)`.
    ///   - hash: the first 16 bytes of the SHA-256.
    /// Throws `WireError.outOfRange`.
    public static func makeAll(
        chunk: ChunkDescription, bytes: ArraySlice<UInt8>, stripeCount: Int, pieceSize: Int,
        hash: (ArraySlice<UInt8>) -> ShortHash
    ) throws(WireError) -> [Manifest] {
        let layout = try StripeLayout(
            sequence: chunk.sequence, stripeCount: stripeCount, chunkLength: bytes.count, pieceSize: pieceSize)
        var manifests: [Manifest] = []
        for stripe in 0..<stripeCount {
            var writer = ByteWriter(capacity: layout.pieceCount(ofStripe: stripe) * ShortHash.byteCount)
            for index in layout.pieces(ofStripe: stripe) {
                guard let range = layout.range(ofPiece: index) else { break }
                let start = bytes.startIndex + range.lowerBound
                hash(bytes[start..<(start + range.count)]).write(into: &writer)
            }
            manifests.append(try Manifest(chunk: chunk, stripe: stripe, layout: layout, hashes: writer.bytes))
        }
        return manifests
    }
}
