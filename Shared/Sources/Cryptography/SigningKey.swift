import COpenSSL
import CoreTypes

/// The private Ed25519 key (RFC 8032) of a stream. Copies share one key; it may be used from any thread.
public struct SigningKey: Sendable {
    /// Bytes of the seed.
    public static let seedBytes = 32

    private let handle: KeyHandle
    /// The key that viewers check with.
    public let publicKey: VerifyingKey

    /// The key of a seed of 32 bytes. Throws `CryptographyError.wrongKeyLength` or `.refusedKey`.
    public init(seed: [UInt8]) throws(CryptographyError) {
        guard seed.count == Self.seedBytes else { throw .wrongKeyLength(count: seed.count) }
        guard let handle = KeyHandle(taking: EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, seed.count))
        else { throw .refusedKey }
        var publicBytes = [UInt8](repeating: 0, count: VerifyingKey.byteCount)
        var count = publicBytes.count
        guard EVP_PKEY_get_raw_public_key(handle.pointer, &publicBytes, &count) == 1 else { throw .refusedKey }
        self.handle = handle
        publicKey = try VerifyingKey(bytes: publicBytes)
    }

    /// The key that a stream has when its operator gives none: it follows from the secret, so it outlives restarts
    /// and every coordinate of a cluster has the same. Seed: HKDF-SHA256(secret, salt "p2plive", info "sign NAME").
    /// Throws `CryptographyError.refusedKey`.
    public static func derived(secret: String, streamName: StreamName) throws(CryptographyError) -> SigningKey {
        try SigningKey(
            seed: HKDFSHA256.derive(secret: Array(secret.utf8), info: Array("sign \(streamName)".utf8)))
    }

    /// 64 bytes of signature over `message`.
    public func sign(_ message: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: VerifyingKey.signatureBytes) { output, count in
            count = VerifyingKey.signatureBytes
            let done = handle.withContext { context in
                EVP_DigestSignInit(context, nil, nil, nil, handle.pointer) == 1
                    && EVP_DigestSign(context, output.baseAddress, &count, message, message.count) == 1
            }
            // Fails only when memory is out, where Swift itself stops too.
            precondition(done && count == VerifyingKey.signatureBytes, "Ed25519 is not available")
        }
    }
}
