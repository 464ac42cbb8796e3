import CoreTypes
import MediaWire

@testable import PlayoutCore

/// A cheap stand-in for SHA-256: the cores only compare.
@Sendable func testHash(_ bytes: ArraySlice<UInt8>) -> ShortHash {
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

/// A chunk as a coordinate makes it: 200 ms, bytes that follow from its number.
struct MadeChunk {
    let description: ChunkDescription
    let bytes: [UInt8]
    let manifests: [Manifest]

    var verified: VerifiedChunk { VerifiedChunk(description: description, bytes: bytes) }
    var pieceCount: Int { manifests[0].layout.pieceCount }

    init(
        _ sequence: UInt64, previous: UInt64? = nil, session: UInt64 = 1, isKeyframe: Bool = false,
        publishedAt: Int64? = nil, length: Int = 5_000, salt: UInt8 = 0
    ) throws {
        description = try ChunkDescription(
            stream: StreamName("test"), sequence: sequence, previousSequence: previous ?? sequence - 1,
            session: session, flags: isKeyframe ? .keyframe : [], initHash: testHash([1]),
            publishedAt: publishedAt ?? Int64(sequence) * 200, decodeTime: sequence &* 18_000 & 0xffff_ffff,
            duration: 18_000)
        bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ Int(sequence & 0xffff) &+ Int(salt)) }
        manifests = try Manifest.makeAll(
            chunk: description, bytes: bytes[...], stripeCount: 2, pieceSize: min(length, 1_024), hash: testHash)
    }

    func piece(_ index: Int) -> [UInt8] { Array(bytes[manifests[0].layout.range(ofPiece: index)!]) }
}

/// A stream of `count` chunks from `first`, a keyframe every five.
func madeStream(_ count: Int, first: UInt64 = 1_000) throws -> [MadeChunk] {
    try (0..<UInt64(count)).map { try MadeChunk(first + $0, isKeyframe: $0 % 5 == 0) }
}
