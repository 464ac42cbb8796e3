import CoreTypes
import MediaWire

/// A cheap stand-in for SHA-256, for cores that only compare.
@Sendable public func testHash(_ bytes: ArraySlice<UInt8>) -> ShortHash {
    var state: [UInt64] = [0xcbf2_9ce4_8422_2325, UInt64(bytes.count)]
    for byte in bytes {
        state[0] = (state[0] ^ UInt64(byte)) &* 0x100_0000_01b3
        state[1] = state[1] &* 31 &+ UInt64(byte)
    }
    var writer = ByteWriter()
    writer.write(state[0])
    writer.write(state[1])
    return ShortHash(bytes: writer.bytes)!
}

/// A chunk as a coordinate makes it: 200 ms in two stripes, bytes that follow from its number.
public struct MadeChunk: Sendable {
    /// What its manifests say.
    public let description: ChunkDescription
    /// Its bytes.
    public let bytes: [UInt8]
    /// One per stripe.
    public let manifests: [Manifest]

    /// Pieces of all stripes.
    public var pieceCount: Int { manifests[0].layout.pieceCount }
    /// Its manifests behind signatures that nobody made.
    public var signed: [SignedManifest] {
        manifests.map { try! SignedManifest(manifest: $0, signature: Array(repeating: 5, count: 64)) }
    }

    /// A chunk whose init is the single byte 1; `salt` makes another one of the same number.
    public init(
        _ sequence: UInt64, previous: UInt64? = nil, session: UInt64 = 1, isKeyframe: Bool = false,
        publishedAt: Int64? = nil, length: Int = 5_000, salt: UInt8 = 0,
        hash: (ArraySlice<UInt8>) -> ShortHash = testHash
    ) throws {
        description = try ChunkDescription(
            stream: StreamName("test"), sequence: sequence, previousSequence: previous ?? sequence - 1,
            session: session, flags: isKeyframe ? .keyframe : [], initHash: hash([1]),
            publishedAt: publishedAt ?? Int64(sequence) * 200, decodeTime: sequence &* 18_000 & 0xffff_ffff,
            duration: 18_000)
        bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ Int(sequence & 0xffff) &+ Int(salt)) }
        manifests = try Manifest.makeAll(
            chunk: description, bytes: bytes[...], stripeCount: 2, pieceSize: min(length, 1_024), hash: hash)
    }

    /// The bytes of one piece.
    public func piece(_ index: Int) -> [UInt8] { Array(bytes[manifests[0].layout.range(ofPiece: index)!]) }
}

/// A stream of `count` chunks from `first`, a keyframe every five.
public func madeStream(_ count: Int, first: UInt64 = 1_000) throws -> [MadeChunk] {
    try (0..<UInt64(count)).map { try MadeChunk(first + $0, isKeyframe: $0 % 5 == 0) }
}
