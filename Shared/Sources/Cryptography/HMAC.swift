import COpenSSL

/// Keyed hashes over SHA-256.
public enum HMACSHA256 {
    /// HMAC-SHA256 of `bytes` under `key` (RFC 2104): 32 bytes.
    public static func authenticate(_ bytes: some Collection<UInt8>, key: some Collection<UInt8>) -> [UInt8] {
        // OpenSSL takes a null key for "keep the last one", hence an empty key needs an address too.
        let key = Array(key)
        return withContiguousBytes(bytes) { input in
            (key + [0]).withUnsafeBufferPointer { padded in
                [UInt8](unsafeUninitializedCapacity: SHA256.byteCount) { output, count in
                    let done = EVP_Q_mac(
                        nil, "HMAC", nil, "SHA256", nil, padded.baseAddress, key.count, input.baseAddress,
                        input.count, output.baseAddress, output.count, &count)
                    precondition(done != nil && count == SHA256.byteCount, "HMAC-SHA256 is not available")
                }
            }
        }
    }
}

/// Derives keys from one secret.
public enum HKDFSHA256 {
    /// The salt of every key of this system: separates it from other uses of the same secret.
    public static let salt = Array("p2plive".utf8)

    /// HKDF with SHA-256 (RFC 5869), extract and expand.
    /// - Parameters:
    ///   - secret: the input keying material, any length.
    ///   - salt: may be empty.
    ///   - info: what the key is for.
    ///   - count: bytes wanted, 1 to 8,160 (255 hashes); other values count as the nearest bound.
    public static func derive(
        secret: some Collection<UInt8>, salt: some Collection<UInt8> = HKDFSHA256.salt,
        info: some Collection<UInt8>, count: Int = 32
    ) -> [UInt8] {
        let count = min(max(1, count), 255 * SHA256.byteCount)
        let pseudoRandomKey = HMACSHA256.authenticate(secret, key: salt)
        var output: [UInt8] = []
        var block: [UInt8] = []
        var counter: UInt8 = 1
        while output.count < count {
            block = HMACSHA256.authenticate(block + Array(info) + [counter], key: pseudoRandomKey)
            output += block
            counter &+= 1
        }
        return Array(output[..<count])
    }
}
