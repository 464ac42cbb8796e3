import CoreTypes

/// SHA-256 of a peer's certificate in DER, told over signalling and compared after the handshake. Source: RFC 8122,
/// section 5.
public struct CertificateFingerprint: Hashable, Sendable, CustomStringConvertible {
    /// 32 bytes.
    public let bytes: [UInt8]

    /// Wraps 32 bytes; nil for any other count.
    public init?(bytes: some Sequence<UInt8>) {
        let bytes = Array(bytes)
        guard bytes.count == 32 else { return nil }
        self.bytes = bytes
    }

    /// Parses 32 hexadecimal pairs between colons, in either case; nil for anything else.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count == 95 else { return nil }
        let pairs = text.split(separator: ":", omittingEmptySubsequences: false)
        guard pairs.count == 32, pairs.allSatisfy({ $0.utf8.count == 2 }),
            let bytes = CoreTypes.bytes(hexadecimal: pairs.joined())
        else { return nil }
        self.bytes = bytes
    }

    /// Upper-case pairs between colons, as SDP has them.
    public var description: String {
        bytes.map { hexadecimal([$0]).uppercased() }.joined(separator: ":")
    }
}
