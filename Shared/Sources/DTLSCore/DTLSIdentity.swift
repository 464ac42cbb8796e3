import COpenSSL
import EventLoop
import PeerWire

/// The certificate of this process and what all its sessions share. One for all links: a key for each would cost more
/// time and memory than the link itself, and a fingerprint says no more about a peer than its address does.
@LoopActor
public final class DTLSIdentity {
    /// What descriptions tell peers.
    public let fingerprint: CertificateFingerprint
    let context: OpaquePointer

    /// Makes an ECDSA P-256 key and a self-signed certificate for 30 days. Throws `DTLSError.unavailable`.
    public init() throws(DTLSError) {
        guard let context = SSL_CTX_new(DTLS_method()) else { throw .unavailable(reason: takeOpenSSLReason()) }
        guard let fingerprint = Self.prepare(context) else {
            SSL_CTX_free(context)
            throw .unavailable(reason: takeOpenSSLReason())
        }
        self.context = context
        self.fingerprint = fingerprint
    }

    isolated deinit { SSL_CTX_free(context) }

    /// ECDHE with AEAD only; RSA for peers whose certificate has such a key.
    private static let ciphers = [
        "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305",
        "ECDHE-RSA-AES128-GCM-SHA256",
    ].joined(separator: ":")
    /// No media is ever sent, but some peers refuse a handshake that offers no SRTP profile.
    private static let profiles = "SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80"

    private static func prepare(_ context: OpaquePointer) -> CertificateFingerprint? {
        guard let key = p2p_p256_key() else { return nil }
        defer { EVP_PKEY_free(key) }
        guard let certificate = p2p_self_signed(key) else { return nil }
        defer { X509_free(certificate) }
        p2p_dtls_demand_certificate(context)
        // Of these calls the last one alone returns 0 for success.
        guard p2p_dtls_restrict(context) == 1, SSL_CTX_use_certificate(context, certificate) == 1,
            SSL_CTX_use_PrivateKey(context, key) == 1, SSL_CTX_set_cipher_list(context, ciphers) == 1,
            SSL_CTX_set_tlsext_use_srtp(context, profiles) == 0
        else { return nil }
        return fingerprint(of: certificate)
    }

    static func fingerprint(of certificate: OpaquePointer) -> CertificateFingerprint? {
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        guard X509_digest(certificate, EVP_sha256(), &digest, &count) == 1 else { return nil }
        return CertificateFingerprint(bytes: digest.prefix(Int(count)))
    }
}
