import CoreTypes
import Cryptography
import MediaWire
import TestSupport
import Testing

private struct SignedVectors: Decodable {
    struct Case: Decodable {
        struct Stripe: Decodable {
            let manifest: Hex
            let signature: Hex
        }
        let name: String
        let stripes: [Stripe]
    }
    let seed: Hex
    let publicKey: Hex
    let cases: [Case]
}

@Suite struct ManifestVerifierTests {
    @Test func `signatures are those of the vectors and verify`() throws {
        let vectors: SignedVectors = try vectors("manifests.json")
        let signer = ManifestSigner(key: try SigningKey(seed: vectors.seed.bytes))
        #expect(signer.publicKey.bytes == vectors.publicKey.bytes)
        for item in vectors.cases {
            for stripe in item.stripes {
                var reader = ByteReader(stripe.manifest.bytes)
                let manifest = try Manifest(from: &reader)
                let signed = signer.sign(manifest)
                #expect(signed.signature == stripe.signature.bytes, "\(item.name)")
                #expect(signed.encoded() == stripe.manifest.bytes + stripe.signature.bytes)
                let verifier = ManifestVerifier(key: signer.publicKey, stream: manifest.chunk.stream)
                #expect(try verifier.verify(signed.encoded()[...]) == manifest)
            }
        }
    }

    @Test func `a manifest is refused with any bit of it changed`() throws {
        let vectors: SignedVectors = try vectors("manifests.json")
        let stripe = try #require(vectors.cases.first?.stripes.first)
        let bytes = stripe.manifest.bytes + stripe.signature.bytes
        let verifier = ManifestVerifier(
            key: try VerifyingKey(bytes: vectors.publicKey.bytes), stream: try StreamName("live"))
        #expect(throws: Never.self) { try verifier.verify(bytes[...]) }
        for index in bytes.indices {
            for bit in 0..<8 {
                var changed = bytes
                changed[index] ^= 1 << bit
                #expect(throws: ManifestRejection.self, "bit \(bit) of byte \(index)") {
                    try verifier.verify(changed[...])
                }
            }
        }
    }

    @Test func `a manifest of another stream or key is refused by name`() throws {
        let vectors: SignedVectors = try vectors("manifests.json")
        let stripe = try #require(vectors.cases.first?.stripes.first)
        let bytes = stripe.manifest.bytes + stripe.signature.bytes
        let key = try VerifyingKey(bytes: vectors.publicKey.bytes)
        let live = try StreamName("live")
        #expect(throws: ManifestRejection.wrongStream(found: live)) {
            try ManifestVerifier(key: key, stream: StreamName("other")).verify(bytes[...])
        }
        let stranger = try SigningKey(seed: pattern(32)).publicKey
        #expect(throws: ManifestRejection.forged) {
            try ManifestVerifier(key: stranger, stream: live).verify(bytes[...])
        }
        #expect(throws: ManifestRejection.malformed(.truncated(field: "version"))) {
            try ManifestVerifier(key: key, stream: live).verify([])
        }
    }
}
