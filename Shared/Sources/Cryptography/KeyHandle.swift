import COpenSSL

/// Owns one OpenSSL key.
///
/// `@unchecked Sendable` is sound: the pointer is set once, the key is never changed after `init`, and OpenSSL allows
/// several threads to use one EVP_PKEY for reading at once (manual, openssl-threads: objects without mutating calls;
/// reference counts and provider caches are atomic or locked). Every operation makes a context of its own.
final class KeyHandle: @unchecked Sendable {
    let pointer: OpaquePointer

    /// Takes over `pointer`; nil passes a failure of OpenSSL on.
    init?(taking pointer: OpaquePointer?) {
        guard let pointer else { return nil }
        self.pointer = pointer
    }

    deinit { EVP_PKEY_free(pointer) }

    /// Runs `body` with a fresh digest context, freed afterwards; false when there is no memory for one.
    func withContext(_ body: (OpaquePointer) -> Bool) -> Bool {
        guard let context = EVP_MD_CTX_new() else { return false }
        defer { EVP_MD_CTX_free(context) }
        return body(context)
    }
}
