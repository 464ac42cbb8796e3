/// Why a key cannot be made or read.
public enum CryptographyError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A key of `count` bytes where 32 are needed.
    case wrongKeyLength(count: Int)
    /// A public key whose text is no standard base64.
    case malformedKeyText
    /// 32 bytes that OpenSSL refuses as a key.
    case refusedKey
    /// The file cannot be read; `reason` is the system's word for it.
    case unreadableFile(path: String, reason: String)
    /// The file is none of the accepted forms.
    case malformedKeyFile

    /// What is wrong and how to mend it.
    public var description: String {
        switch self {
        case .wrongKeyLength(let count): "an Ed25519 key has 32 bytes, not \(count)"
        case .malformedKeyText: "a public key is written as base64 of 32 bytes (44 characters)"
        case .refusedKey: "these 32 bytes are not accepted as an Ed25519 key"
        case .unreadableFile(let path, let reason): "cannot read the signing key \(path): \(reason)"
        case .malformedKeyFile:
            "a signing key file holds 32 raw bytes, 64 hexadecimal digits or base64 of 32 bytes"
                + " (make one with: head -c 32 /dev/urandom > FILE)"
        }
    }
}
