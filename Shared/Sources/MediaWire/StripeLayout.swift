import CoreTypes

/// How one chunk is cut into pieces, and which stripe each piece belongs to: piece `j` of the chunk with sequence `s`
/// is in stripe `(s + j) mod stripeCount`. Only the last piece may be shorter than `pieceSize`.
public struct StripeLayout: Hashable, Sendable {
    /// The chunk's number.
    public let sequence: UInt64
    /// Stripes of the stream, 1 to 8.
    public let stripeCount: Int
    /// Bytes of the chunk, 1 to 4 MiB.
    public let chunkLength: Int
    /// Bytes of every piece but the last: 1,024 to 16,384; less only when the whole chunk is that one piece.
    public let pieceSize: Int

    /// Checks and wraps a layout. Throws `WireError.outOfRange`.
    public init(sequence: UInt64, stripeCount: Int, chunkLength: Int, pieceSize: Int) throws(WireError) {
        self.sequence = try checked(sequence, "sequence", in: 1...WireLimits.integerMax)
        self.stripeCount = try checked(stripeCount, "stripeCount", in: 1...WireLimits.stripeCountMax)
        self.chunkLength = try checked(chunkLength, "chunkLength", in: 1...WireLimits.chunkBytesMax)
        let smallest = min(chunkLength, WireLimits.pieceBytesMin)
        self.pieceSize = try checked(pieceSize, "pieceSize", in: smallest...WireLimits.pieceBytesMax)
    }

    /// Pieces of the chunk, 1 to 4,096.
    public var pieceCount: Int { (chunkLength + pieceSize - 1) / pieceSize }

    /// The stripe that carries piece `index`; nil when the chunk has no such piece.
    public func stripe(ofPiece index: Int) -> Int? {
        guard (0..<pieceCount).contains(index) else { return nil }
        return (phase + index) % stripeCount
    }

    /// The pieces of `stripe` in rising order; none for a stripe that does not exist.
    public func pieces(ofStripe stripe: Int) -> StrideTo<Int> {
        guard (0..<stripeCount).contains(stripe) else { return Swift.stride(from: 0, to: 0, by: 1) }
        return Swift.stride(from: (stripe + stripeCount - phase) % stripeCount, to: pieceCount, by: stripeCount)
    }

    /// How many pieces `stripe` carries; may be 0.
    public func pieceCount(ofStripe stripe: Int) -> Int {
        guard (0..<stripeCount).contains(stripe) else { return 0 }
        let first = (stripe + stripeCount - phase) % stripeCount
        return first < pieceCount ? (pieceCount - first - 1) / stripeCount + 1 : 0
    }

    /// Where piece `index` lies in the chunk; nil when the chunk has no such piece.
    public func range(ofPiece index: Int) -> Range<Int>? {
        guard (0..<pieceCount).contains(index) else { return nil }
        return index * pieceSize..<min(chunkLength, (index + 1) * pieceSize)
    }

    /// The piece size at which a piece is about 25 ms of its stripe: small enough that storing and forwarding it costs
    /// little at every hop, large enough that its hash and headers are small beside it.
    /// - Parameters:
    ///   - chunkLength: bytes of the chunk.
    ///   - chunkMs: how long the chunk plays, in milliseconds; values outside 0…60,000 count as the nearest bound.
    ///   - stripeCount: stripes of the stream.
    /// - Returns: ⌈chunkLength / max(1, stripeCount·chunkMs/25)⌉, clamped to 1,024…16,384.
    public static func pieceSize(chunkLength: Int, chunkMs: Int, stripeCount: Int) -> Int {
        let length = min(max(0, chunkLength), WireLimits.chunkBytesMax)
        let stripes = min(max(1, stripeCount), WireLimits.stripeCountMax)
        let pieces = max(1, stripes * min(max(0, chunkMs), 60_000) / 25)
        return min(max(WireLimits.pieceBytesMin, (length + pieces - 1) / pieces), WireLimits.pieceBytesMax)
    }

    /// The stripe of piece 0.
    private var phase: Int { Int(sequence % UInt64(stripeCount)) }
}
