/// The bounds of every field on the wire; readers refuse what exceeds them before they store it.
public enum WireLimits {
    /// Longest body of any record, of kinds unknown to this version too: 8 MiB.
    public static let recordBodyBytesMax = 8 << 20
    /// Longest hello: 64 KiB.
    public static let helloBytesMax = 64 << 10
    /// Longest init: 1 MiB.
    public static let initBytesMax = 1 << 20
    /// Longest chunk: 4 MiB.
    public static let chunkBytesMax = 4 << 20
    /// Smallest piece of a chunk that has more than one: 1 KiB.
    public static let pieceBytesMin = 1 << 10
    /// Longest piece: 16 KiB.
    public static let pieceBytesMax = 16 << 10
    /// Most stripes that a stream may be split into.
    public static let stripeCountMax = 8
    /// Largest sequence, session and time: 2^53 - 1, the largest integer that a JavaScript number holds exactly.
    public static let integerMax: UInt64 = (1 << 53) - 1
    /// Bytes of an Ed25519 signature (RFC 8032 §5.1.6).
    public static let signatureBytes = 64
    /// Longest signed manifest: the fixed fields, the longest name, the hashes of the most pieces, the signature.
    public static let signedManifestBytesMax =
        Manifest.fixedBytes + 64 + chunkBytesMax / pieceBytesMin * ShortHash.byteCount + signatureBytes
}
