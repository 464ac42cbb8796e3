import CoreTypes
import Cryptography
import MediaWire
import TestSupport

/// The fields of a manifest in the vectors.
struct ManifestFields: Decodable {
    let stream: String
    let flags: UInt8
    let stripeCount: Int
    let sequence: UInt64
    let previousSequence: UInt64
    let session: UInt64
    let initHash: Hex
    let publishedAt: WallMilliseconds
    let decodeTime: UInt64
    let duration: UInt32
    let chunkLength: Int
    let pieceSize: Int

    /// The manifests of all stripes, over the pattern bytes.
    func manifests() throws -> [Manifest] {
        guard let hash = ShortHash(bytes: initHash.bytes) else { return [] }
        let chunk = try ChunkDescription(
            stream: StreamName(stream), sequence: sequence, previousSequence: previousSequence, session: session,
            flags: ChunkDescription.Flags(rawValue: flags), initHash: hash, publishedAt: publishedAt,
            decodeTime: decodeTime, duration: duration)
        return try Manifest.makeAll(
            chunk: chunk, bytes: pattern(chunkLength)[...], stripeCount: stripeCount, pieceSize: pieceSize,
            hash: { SHA256.short($0) })
    }
}

/// `Vectors/manifests.json`.
struct ManifestVectors: Decodable {
    struct Case: Decodable {
        struct Stripe: Decodable {
            let manifest: Hex
            let signature: Hex
        }
        let name: String
        let fields: ManifestFields
        let stripes: [Stripe]
    }
    struct Refused: Decodable {
        let name: String
        let manifest: Hex
    }
    let seed: Hex
    let publicKey: Hex
    let cases: [Case]
    let refused: [Refused]
}

/// Manifests of a random chunk.
func randomManifests(using generator: inout SeededGenerator) throws -> [Manifest] {
    let sequence = UInt64.random(in: 1...WireLimits.integerMax, using: &generator)
    let time = 0...WireLimits.integerMax
    let hash = try ShortHash(bytes: randomBytes(16, using: &generator)).required()
    let chunk = try ChunkDescription(
        stream: StreamName(String(repeating: "n", count: Int.random(in: 1...64, using: &generator))),
        sequence: sequence, previousSequence: UInt64.random(in: 0..<sequence, using: &generator),
        session: UInt64.random(in: time, using: &generator),
        flags: ChunkDescription.Flags(rawValue: UInt8.random(in: 0...255, using: &generator)), initHash: hash,
        publishedAt: WallMilliseconds(UInt64.random(in: time, using: &generator)),
        decodeTime: UInt64.random(in: time, using: &generator),
        duration: UInt32.random(in: 0 ... .max, using: &generator))
    let bytes = randomBytes(Int.random(in: 1...40_000, using: &generator), using: &generator)
    return try Manifest.makeAll(
        chunk: chunk, bytes: bytes[...], stripeCount: Int.random(in: 1...8, using: &generator),
        pieceSize: Int.random(in: 1_024...16_384, using: &generator), hash: { SHA256.short($0) })
}

/// A value that a fixture needs was not there.
struct MissingFixture: Error {}

extension Optional {
    /// The value; throws `MissingFixture` without one.
    func required() throws -> Wrapped {
        guard let self else { throw MissingFixture() }
        return self
    }
}
