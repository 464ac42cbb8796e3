import CoreTypes
import Cryptography
import Foundation
import TestSupport
import Testing

@Suite struct SigningKeyTests {
    @Test(arguments: [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ])
    func `keys and signatures are those of RFC 8032`(
        seed: String, publicKey: String, message: String, signature: String
    ) throws {
        let key = try SigningKey(seed: hex(seed))
        #expect(key.publicKey.bytes == hex(publicKey))
        #expect(key.sign(hex(message)) == hex(signature))
        #expect(key.publicKey.isValid(signature: hex(signature), for: hex(message)))
    }

    @Test func `a change of message, signature or key makes a signature invalid`() throws {
        let key = try SigningKey(seed: pattern(32)), other = try SigningKey(seed: pattern(33).suffix(32))
        let message = pattern(100), signature = key.sign(message)
        #expect(key.publicKey.isValid(signature: signature, for: message))
        #expect(!other.publicKey.isValid(signature: signature, for: message))
        #expect(!key.publicKey.isValid(signature: signature, for: message + [0]))
        for index in signature.indices {
            var changed = signature
            changed[index] ^= 1
            #expect(!key.publicKey.isValid(signature: changed, for: message))
        }
        for count in [0, 63, 65] {
            #expect(!key.publicKey.isValid(signature: [UInt8](repeating: 0, count: count), for: message))
        }
    }

    @Test func `a stream's key follows from secret and name as in the vectors`() throws {
        let vectors: KeyVectors = try vectors("keys.json")
        for item in vectors.streams {
            let key = try SigningKey.derived(secret: item.secret, streamName: StreamName(item.stream))
            #expect(key.publicKey.bytes == item.publicKey.bytes)
            #expect(try SigningKey(seed: item.seed.bytes).publicKey == key.publicKey)
        }
    }

    @Test func `a key file is raw bytes, hexadecimal digits or base64`() throws {
        let seed = pattern(32)
        let expected = try SigningKey(seed: seed).publicKey
        let forms = [
            seed, Array(hexadecimal(seed).utf8), Array((hexadecimal(seed).uppercased() + "\r\n").utf8),
            Array((Base64.standard.encode(seed) + "\n").utf8), Array(Base64.url.encode(seed).utf8),
        ]
        for form in forms { #expect(try SigningKey(fileContents: form).publicKey == expected) }
        let refused = [[], pattern(31), pattern(33), Array(hexadecimal(seed).utf8.dropLast()), pattern(1_000)]
        for contents in refused {
            #expect(throws: CryptographyError.malformedKeyFile) { try SigningKey(fileContents: contents) }
        }
    }

    @Test func `a key file is read, and what cannot be read says why`() throws {
        let file = FileManager.default.temporaryDirectory.appending(component: "key-\(RandomID.random())")
        try Data(pattern(32)).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        #expect(try SigningKey(file: file.path()).publicKey == SigningKey(seed: pattern(32)).publicKey)
        #expect(throws: CryptographyError.unreadableFile(path: "/nonexistent", reason: "No such file or directory")) {
            try SigningKey(file: "/nonexistent")
        }
        #expect(throws: CryptographyError.self) { try SigningKey(file: "/") }
        #expect(throws: CryptographyError.malformedKeyFile) { try SigningKey(file: "/dev/zero") }
    }

    @Test func `keys of a wrong length or text are refused`() throws {
        #expect(throws: CryptographyError.wrongKeyLength(count: 31)) { try SigningKey(seed: pattern(31)) }
        #expect(throws: CryptographyError.wrongKeyLength(count: 0)) { try VerifyingKey(bytes: []) }
        #expect(throws: CryptographyError.malformedKeyText) { try VerifyingKey(base64: "!") }
        let key = try SigningKey(seed: pattern(32)).publicKey
        #expect(try VerifyingKey(base64: key.description) == key)
    }

    @Test func `one key signs on many threads at once`() async throws {
        let key = try SigningKey(seed: pattern(32))
        let expected = key.sign(pattern(500))
        let agreeing = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<64 {
                group.addTask {
                    key.sign(pattern(500)) == expected
                        && key.publicKey.isValid(signature: expected, for: pattern(500))
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(agreeing == 64)
    }
}
