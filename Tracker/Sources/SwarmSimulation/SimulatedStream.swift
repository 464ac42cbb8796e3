import CoreTypes
import MediaWire

/// The broadcast of a simulation: chunks of equal size in groups of equal length, whose bytes are all zero and whose hash
/// is always the same. Whoever checks them runs the same code as for real ones.
struct SimulatedStream {
    /// One chunk as forwards have it.
    struct Chunk {
        let description: ChunkDescription
        let signed: [SignedManifest]
        var layout: StripeLayout { signed[0].manifest.layout }
    }

    static let stripeCount = 2
    /// Chunks that forwards keep, 30 s and more.
    private static let keptMax = 160

    let chunkBytes: Int
    let chunkMs: Int64
    private let chunksPerGroup: Int
    private let name: StreamName
    private let zeros: [UInt8]
    private(set) var chunks: [Chunk] = []
    private var nextSequence: UInt64 = 1_000

    init?(_ scenario: Scenario) {
        guard let name = try? StreamName("simulation"), scenario.chunkMs > 0 else { return nil }
        self.name = name
        chunkMs = scenario.chunkMs
        chunksPerGroup = max(1, scenario.chunksPerGroup)
        let bytes = Int64(scenario.bitrate) * scenario.chunkMs / 8_000
        chunkBytes = Int(min(max(bytes, 1), Int64(WireLimits.chunkBytesMax)))
        zeros = Array(repeating: 0, count: WireLimits.pieceBytesMax)
    }

    /// The newest number; 0 before the first chunk.
    var newest: UInt64 { chunks.last?.description.sequence ?? 0 }

    /// The newest chunk that begins a group.
    var newestKeyframe: UInt64 {
        chunks.last { $0.description.flags.contains(.keyframe) }?.description.sequence ?? newest
    }

    /// Whether a chunk begins a group.
    func isKeyframe(_ sequence: UInt64) -> Bool { sequence % UInt64(chunksPerGroup) == 0 }

    /// The chunk with a number, if forwards still have it.
    func chunk(_ sequence: UInt64) -> Chunk? {
        guard let first = chunks.first?.description.sequence, sequence >= first, sequence <= newest else { return nil }
        return chunks[Int(sequence - first)]
    }

    /// The bytes of a piece.
    func piece(_ count: Int) -> ArraySlice<UInt8> { zeros[..<min(count, zeros.count)] }

    /// Closes the next chunk.
    mutating func publish(at now: WallMilliseconds) {
        guard let description = describe(nextSequence, at: now) else { return }
        let pieceSize = StripeLayout.pieceSize(
            chunkLength: chunkBytes, chunkMs: Int(chunkMs), stripeCount: Self.stripeCount)
        let bytes = ArraySlice(repeating: UInt8(0), count: chunkBytes)
        let manifests = try? Manifest.makeAll(
            chunk: description, bytes: bytes, stripeCount: Self.stripeCount, pieceSize: pieceSize, hash: Self.hash)
        let signature = Array(repeating: UInt8(0), count: WireLimits.signatureBytes)
        let signed = (manifests ?? []).compactMap { try? SignedManifest(manifest: $0, signature: signature) }
        guard signed.count == Self.stripeCount else { return }
        chunks.append(Chunk(description: description, signed: signed))
        if chunks.count > Self.keptMax { chunks.removeFirst() }
        nextSequence += 1
    }

    private func describe(_ sequence: UInt64, at now: WallMilliseconds) -> ChunkDescription? {
        try? ChunkDescription(
            stream: name, sequence: sequence, previousSequence: chunks.isEmpty ? 0 : sequence - 1, session: 1,
            flags: isKeyframe(sequence) ? .keyframe : [], initHash: Self.hash([]), publishedAt: now,
            decodeTime: sequence &* UInt64(chunkMs * 90) & 0xffff_ffff, duration: UInt32(chunkMs * 90))
    }

    /// What stands for a hash here.
    @Sendable static func hash(_ bytes: ArraySlice<UInt8>) -> ShortHash { constantHash }

    private static let constantHash: ShortHash = {
        guard let hash = ShortHash(bytes: Array(repeating: UInt8(7), count: ShortHash.byteCount)) else {
            preconditionFailure("a hash has 16 bytes")
        }
        return hash
    }()
}
