import COpenSSL
import CoreTypes

/// The public Ed25519 key (RFC 8032) of a stream. Copies share one key; it may be used from any thread.
public struct VerifyingKey: Hashable, Sendable, CustomStringConvertible {
    /// Bytes of a public key.
    public static let byteCount = 32
    /// Bytes of a signature.
    public static let signatureBytes = 64

    private let handle: KeyHandle
    /// The 32 bytes.
    public let bytes: [UInt8]

    /// The key of 32 bytes. Throws `CryptographyError.wrongKeyLength` or `.refusedKey`. Bytes that are no point of the
    /// curve may be accepted here; no signature is valid for them.
    public init(bytes: [UInt8]) throws(CryptographyError) {
        guard bytes.count == Self.byteCount else { throw .wrongKeyLength(count: bytes.count) }
        guard let handle = KeyHandle(taking: EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, bytes, bytes.count))
        else { throw .refusedKey }
        self.handle = handle
        self.bytes = bytes
    }

    /// The key of standard base64 text, as `publicKey` has it in JSON. Throws `CryptographyError`.
    public init(base64 text: some StringProtocol) throws(CryptographyError) {
        guard text.utf8.count <= 64, let bytes = Base64.standard.decode(text) else { throw .malformedKeyText }
        try self.init(bytes: bytes)
    }

    /// Standard base64 of the key, as JSON carries it.
    public var description: String { Base64.standard.encode(bytes) }

    /// True when `signature` was made over `message` by the private half of this key. False for any malformed input.
    public func isValid(signature: [UInt8], for message: [UInt8]) -> Bool {
        guard signature.count == Self.signatureBytes else { return false }
        return handle.withContext { context in
            let valid =
                EVP_DigestVerifyInit(context, nil, nil, nil, handle.pointer) == 1
                && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
            // A failed check may leave an entry in the thread's error queue, which others must not find.
            if !valid { ERR_clear_error() }
            return valid
        }
    }

    /// Equal bytes are equal keys.
    public static func == (left: VerifyingKey, right: VerifyingKey) -> Bool { left.bytes == right.bytes }

    /// Feeds the bytes.
    public func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
}
