import COpenSSL
import Glibc

/// When the first certificate of a PEM text ends (notAfter, RFC 5280 §4.1.2.5), in seconds since the epoch; nil when there
/// is none in it.
public func certificateExpiry(pem: String) -> Int64? {
    let bytes = Array(pem.utf8)
    return bytes.withUnsafeBytes { text in
        guard let input = BIO_new_mem_buf(text.baseAddress, Int32(clamping: text.count)) else { return nil }
        defer { BIO_free(input) }
        guard let certificate = PEM_read_bio_X509(input, nil, nil, nil) else {
            ERR_clear_error()
            return nil
        }
        defer { X509_free(certificate) }
        var end = tm()
        guard let notAfter = X509_get0_notAfter(certificate), ASN1_TIME_to_tm(notAfter, &end) == 1 else { return nil }
        return Int64(timegm(&end))
    }
}
