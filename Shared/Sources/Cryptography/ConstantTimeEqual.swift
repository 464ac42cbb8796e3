import COpenSSL

/// Compares secrets in a time that does not depend on where they differ; only the length may leak.
public func constantTimeEqual(_ left: some Collection<UInt8>, _ right: some Collection<UInt8>) -> Bool {
    withContiguousBytes(left) { left in
        withContiguousBytes(right) { right in
            left.count == right.count && CRYPTO_memcmp(left.baseAddress, right.baseAddress, left.count) == 0
        }
    }
}

/// Compares secret texts, such as bearer tokens and publish keys, as `constantTimeEqual` does bytes.
public func constantTimeEqual(_ left: some StringProtocol, _ right: some StringProtocol) -> Bool {
    constantTimeEqual(Array(left.utf8), Array(right.utf8))
}
