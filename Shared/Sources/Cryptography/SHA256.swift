import COpenSSL
import MediaWire

/// SHA-256 (FIPS 180-4).
public enum SHA256 {
    /// Bytes of a full hash.
    public static let byteCount = 32

    /// The 32 bytes of the hash.
    public static func hash(_ bytes: some Collection<UInt8>) -> [UInt8] {
        withContiguousBytes(bytes) { input in
            [UInt8](unsafeUninitializedCapacity: byteCount) { output, count in
                digest(input, into: output.baseAddress)
                count = byteCount
            }
        }
    }

    /// The first 16 bytes of the hash: names init segments and vouches for pieces.
    public static func short(_ bytes: some Collection<UInt8>) -> ShortHash {
        withContiguousBytes(bytes) { input in
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: byteCount) { output in
                digest(input, into: output.baseAddress)
                guard let hash = ShortHash(bytes: output[..<ShortHash.byteCount]) else {
                    preconditionFailure("16 bytes are a short hash")
                }
                return hash
            }
        }
    }

    private static func digest(_ input: UnsafeBufferPointer<UInt8>, into output: UnsafeMutablePointer<UInt8>?) {
        // Fails only when memory is out, where Swift itself stops too.
        precondition(
            EVP_Digest(input.baseAddress, input.count, output, nil, algorithm, nil) == 1, "SHA-256 is not available")
    }

    /// Looked up once, because a look-up costs more than hashing a small piece.
    /// Safe to share: a fetched algorithm never changes (OpenSSL manual, EVP_MD_fetch), and this one is never freed.
    private nonisolated(unsafe) static let algorithm = EVP_MD_fetch(nil, "SHA256", nil)
}

/// Calls `body` with the bytes in one run of memory, copying only those that are not.
func withContiguousBytes<Result>(
    _ bytes: some Collection<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Result
) -> Result {
    if let result = bytes.withContiguousStorageIfAvailable(body) { return result }
    return Array(bytes).withUnsafeBufferPointer(body)
}
