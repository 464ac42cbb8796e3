import CoreTypes
import Cryptography
import MediaWire
import TestSupport
import Testing

@Suite struct ManifestTests {
    @Test func `manifests of every stripe are the bytes of the vectors`() throws {
        let vectors: ManifestVectors = try vectors("manifests.json")
        #expect(vectors.cases.count >= 8)
        for item in vectors.cases {
            let manifests = try item.fields.manifests()
            #expect(manifests.count == item.stripes.count)
            for (manifest, expected) in zip(manifests, item.stripes) {
                var writer = ByteWriter()
                manifest.encode(into: &writer)
                #expect(hexadecimal(writer.bytes) == hexadecimal(expected.manifest.bytes), "\(item.name)")
                #expect(writer.bytes.count == manifest.encodedCount)
                var reader = ByteReader(expected.manifest.bytes)
                #expect(try Manifest(from: &reader) == manifest, "\(item.name)")
                #expect(reader.remaining == 0)
            }
        }
    }

    @Test func `every breach of the format is refused`() throws {
        let vectors: ManifestVectors = try vectors("manifests.json")
        #expect(vectors.refused.count >= 20)
        for item in vectors.refused {
            #expect(throws: WireError.self, "\(item.name)") {
                var reader = ByteReader(item.manifest.bytes)
                _ = try Manifest(from: &reader)
            }
        }
    }

    @Test(arguments: [21, 22, 23] as [UInt64])
    func `what parses encodes to the same bytes, whatever byte is changed`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<20 {
            for manifest in try randomManifests(using: &generator) {
                var writer = ByteWriter()
                manifest.encode(into: &writer)
                var bytes = writer.bytes
                var reader = ByteReader(bytes)
                #expect(try Manifest(from: &reader) == manifest, "seed \(seed)")
                bytes[Int.random(in: bytes.indices, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
                reader = ByteReader(bytes)
                guard let changed = try? Manifest(from: &reader) else { continue }
                writer = ByteWriter()
                changed.encode(into: &writer)
                #expect(writer.bytes == Array(bytes[..<reader.offset]), "seed \(seed)")
            }
        }
    }

    @Test func `a cut at any place is an error`() throws {
        let vectors: ManifestVectors = try vectors("manifests.json")
        let stripe = try #require(vectors.cases.first?.stripes.first)
        let bytes = stripe.manifest.bytes + stripe.signature.bytes
        #expect(throws: Never.self) { try SignedManifest(parsing: bytes[...]) }
        for count in bytes.indices {
            #expect(throws: WireError.self) { try SignedManifest(parsing: bytes[..<count]) }
        }
        #expect(throws: WireError.trailingBytes(count: 1)) { try SignedManifest(parsing: (bytes + [0])[...]) }
    }

    @Test func `each piece has its hash in exactly one stripe`() throws {
        var generator = SeededGenerator(seed: 31)
        for _ in 0..<20 {
            let manifests = try randomManifests(using: &generator)
            let layout = try #require(manifests.first?.layout)
            for piece in 0..<layout.pieceCount {
                #expect(manifests.filter { $0.hash(ofPiece: piece) != nil }.count == 1)
            }
            for piece in [-1, layout.pieceCount, Int.max] {
                #expect(manifests.allSatisfy { $0.hash(ofPiece: piece) == nil })
            }
        }
    }

    @Test func `the hash of a piece is that of its bytes`() throws {
        let vectors: ManifestVectors = try vectors("manifests.json")
        for item in vectors.cases {
            let bytes = pattern(item.fields.chunkLength)
            for manifest in try item.fields.manifests() {
                for piece in manifest.layout.pieces(ofStripe: manifest.stripe) {
                    let range = try #require(manifest.layout.range(ofPiece: piece))
                    #expect(manifest.hash(ofPiece: piece) == SHA256.short(bytes[range]))
                }
            }
        }
    }

    @Test func `a manifest for another chunk's layout cannot be made`() throws {
        let vectors: ManifestVectors = try vectors("manifests.json")
        let manifest = try #require(try vectors.cases.first?.fields.manifests().first)
        let other = try StripeLayout(
            sequence: manifest.sequence + 2, stripeCount: manifest.layout.stripeCount,
            chunkLength: manifest.layout.chunkLength, pieceSize: manifest.layout.pieceSize)
        #expect(throws: WireError.self) {
            try Manifest(chunk: manifest.chunk, stripe: manifest.stripe, layout: other, hashes: manifest.hashes)
        }
        #expect(throws: WireError.self) {
            try Manifest(chunk: manifest.chunk, stripe: 0, layout: manifest.layout, hashes: manifest.hashes + [0])
        }
    }
}
