import Cryptography
import Testing

@Suite struct CertificateExpiryTests {
    @Test func `what is no certificate has no end`() {
        for text in ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            #expect(certificateExpiry(pem: text) == nil)
        }
    }
}
