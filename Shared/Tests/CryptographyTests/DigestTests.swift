import CoreTypes
import Cryptography
import MediaWire
import TestSupport
import Testing

/// `Vectors/keys.json`.
struct KeyVectors: Decodable {
    struct Stream: Decodable {
        let secret: String
        let stream: String
        let seed: Hex
        let publicKey: Hex
    }
    struct Derived: Decodable {
        let secret: String
        let info: String
        let count: Int
        let key: Hex
    }
    struct Digest: Decodable {
        let length: Int
        let sha256: Hex
    }
    let streams: [Stream]
    let derived: [Derived]
    let digests: [Digest]
}

/// The bytes of hexadecimal text in a test; a typing error gives none, which no expectation meets.
func hex(_ text: String) -> [UInt8] { bytes(hexadecimal: text.filter { $0 != " " }) ?? [] }

@Suite struct DigestTests {
    @Test func `SHA-256 gives the digests of FIPS 180-4 and of the vectors`() throws {
        #expect(
            SHA256.hash(Array("abc".utf8))
                == hex("ba7816bf 8f01cfea 414140de 5dae2223 b00361a3 96177a9c b410ff61 f20015ad"))
        let vectors: KeyVectors = try vectors("keys.json")
        for item in vectors.digests {
            #expect(SHA256.hash(pattern(item.length)) == item.sha256.bytes)
            #expect(SHA256.short(pattern(item.length)).bytes == Array(item.sha256.bytes[..<16]))
        }
    }

    @Test func `any collection of bytes hashes alike`() {
        let bytes = pattern(1_000)
        let expected = SHA256.hash(bytes[100..<900])
        #expect(SHA256.hash(Array(bytes[100..<900])) == expected)
        #expect(SHA256.hash(bytes.lazy.map { $0 }[100..<900]) == expected)
        #expect(bytes.withUnsafeBytes { SHA256.hash($0[100..<900]) } == expected)
    }

    @Test func `HMAC-SHA256 gives the values of RFC 4231`() {
        let cases: [([UInt8], [UInt8], String)] = [
            (
                [UInt8](repeating: 0x0b, count: 20), Array("Hi There".utf8),
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
            ),
            (
                Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
            ),
            (
                [UInt8](repeating: 0xaa, count: 131),
                Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
            ),
            ([], [], "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"),
        ]
        for (key, message, expected) in cases {
            #expect(HMACSHA256.authenticate(message, key: key) == hex(expected))
        }
    }

    @Test func `HKDF-SHA256 gives the values of RFC 5869`() {
        let first = HKDFSHA256.derive(
            secret: [UInt8](repeating: 0x0b, count: 22), salt: hex("000102030405060708090a0b0c"),
            info: hex("f0f1f2f3f4f5f6f7f8f9"), count: 42)
        #expect(
            first == hex("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"))
        let third = HKDFSHA256.derive(
            secret: [UInt8](repeating: 0x0b, count: 22), salt: [], info: [], count: 42)
        #expect(
            third == hex("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"))
    }

    @Test func `derived keys are those of the vectors, and lengths are clamped`() throws {
        let vectors: KeyVectors = try vectors("keys.json")
        for item in vectors.derived {
            let key = HKDFSHA256.derive(
                secret: Array(item.secret.utf8), info: Array(item.info.utf8), count: item.count)
            #expect(key == item.key.bytes)
        }
        #expect(HKDFSHA256.derive(secret: [1], info: [], count: Int.min).count == 1)
        #expect(HKDFSHA256.derive(secret: [1], info: [], count: Int.max).count == 8_160)
    }

    @Test func `secrets are equal only byte for byte`() {
        #expect(constantTimeEqual([1, 2, 3] as [UInt8], [1, 2, 3] as [UInt8]))
        #expect(constantTimeEqual([] as [UInt8], [] as [UInt8]))
        #expect(!constantTimeEqual([1, 2, 3] as [UInt8], [1, 2, 4] as [UInt8]))
        #expect(!constantTimeEqual([1, 2, 3] as [UInt8], [1, 2] as [UInt8]))
        #expect(constantTimeEqual("secret", "secret"))
        #expect(!constantTimeEqual("é", "e\u{301}"))
    }
}
