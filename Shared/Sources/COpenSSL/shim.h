// OpenSSL: hashes, HMAC, HKDF, Ed25519 and random bytes through the EVP interface; macros get a function.
#pragma once
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

// DTLS 1.2 only: what this OpenSSL has and every browser takes. 1 on success.
static inline int p2p_dtls_restrict(SSL_CTX *context) {
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_QUERY_MTU | SSL_OP_NO_TICKET);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    return SSL_CTX_set_min_proto_version(context, DTLS1_2_VERSION) == 1 &&
           SSL_CTX_set_max_proto_version(context, DTLS1_2_VERSION) == 1;
}
static inline int p2p_dtls_accept_any(int preverified, X509_STORE_CTX *store) {
    (void)preverified;
    (void)store;
    return 1;
}
// A certificate is demanded but not judged: its fingerprint, told over signalling, is compared after the handshake.
static inline void p2p_dtls_demand_certificate(SSL_CTX *context) {
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, p2p_dtls_accept_any);
}
// First repetition after 100 ms instead of a second, doubling to 3 s: a lost flight must not dominate the set-up.
static inline unsigned int p2p_dtls_next_timeout(SSL *session, unsigned int microseconds) {
    (void)session;
    if (microseconds == 0) return 100000;
    return microseconds >= 1500000 ? 3000000 : microseconds * 2;
}
static inline void p2p_dtls_prepare(SSL *session, long mtu) {
    SSL_set_mtu(session, mtu);
    DTLS_set_timer_cb(session, p2p_dtls_next_timeout);
}
// Microseconds until the flight must be repeated; -1 when nothing waits.
static inline long p2p_dtls_timeout(SSL *session) {
    struct timeval left;
    if (!DTLSv1_get_timeout(session, &left)) return -1;
    return left.tv_sec * 1000000L + left.tv_usec;
}
static inline long p2p_dtls_handle_timeout(SSL *session) { return DTLSv1_handle_timeout(session); }
static inline EVP_PKEY *p2p_p256_key(void) { return EVP_EC_gen("P-256"); }

// A self-signed certificate with a random serial number, from a day ago for 30 days; NULL without memory.
static inline X509 *p2p_self_signed(EVP_PKEY *key) {
    X509 *certificate = X509_new();
    unsigned char serial[8];
    if (!certificate || RAND_bytes(serial, sizeof serial) != 1) {
        X509_free(certificate);
        return NULL;
    }
    serial[0] = (serial[0] & 0x7f) | 1;
    BIGNUM *number = BN_bin2bn(serial, sizeof serial, NULL);
    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
    BN_free(number);
    X509_set_version(certificate, 2);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -86400L);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 30 * 86400L);
    X509_NAME *name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"p2plive", -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    X509_set_pubkey(certificate, key);
    if (X509_sign(certificate, key, EVP_sha256()) == 0) {
        X509_free(certificate);
        return NULL;
    }
    return certificate;
}
// A type number of its own for the BIO that hands datagrams over.
static inline int p2p_bio_type(void) { return BIO_get_new_index() | BIO_TYPE_SOURCE_SINK; }
enum { P2P_BIO_QUERY_MTU = BIO_CTRL_DGRAM_QUERY_MTU, P2P_BIO_FLUSH = BIO_CTRL_FLUSH, P2P_BIO_DUPLICATE = BIO_CTRL_DUP };
