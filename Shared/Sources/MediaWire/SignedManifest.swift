import CoreTypes

/// A manifest with the signature of the stream's key. Parsing proves nothing about the signature: that is the work of
/// `ManifestVerifier` in the Cryptography module.
public struct SignedManifest: Hashable, Sendable {
    /// What precedes the encoded manifest in the signed text, so that a signature cannot be taken for one of another
    /// format or version.
    public static let domain = "p2plive manifest v1\n"

    /// The signed description.
    public let manifest: Manifest
    /// 64 bytes of Ed25519 (RFC 8032 §5.1.6) over `SignedManifest.signedBytes(of:)`.
    public let signature: [UInt8]

    /// Joins a manifest and its signature. Throws `WireError.wrongLength` unless the signature has 64 bytes.
    public init(manifest: Manifest, signature: [UInt8]) throws(WireError) {
        guard signature.count == WireLimits.signatureBytes else {
            throw .wrongLength(field: "signature", count: signature.count, expected: WireLimits.signatureBytes)
        }
        self.manifest = manifest
        self.signature = signature
    }

    /// Reads a signed manifest that takes up all of `bytes`. Throws `WireError`.
    public init(parsing bytes: ArraySlice<UInt8>) throws(WireError) {
        guard bytes.count <= WireLimits.signedManifestBytesMax else {
            throw .tooLong(field: "manifest", count: bytes.count, limit: WireLimits.signedManifestBytesMax)
        }
        var reader = ByteReader(bytes)
        manifest = try Manifest(from: &reader)
        signature = Array(try reader.field("signature", count: WireLimits.signatureBytes))
        guard reader.remaining == 0 else { throw .trailingBytes(count: reader.remaining) }
    }

    /// The text that is signed: the domain, then the encoded manifest.
    public static func signedBytes(of manifest: Manifest) -> [UInt8] {
        var writer = ByteWriter(capacity: domain.utf8.count + manifest.encodedCount)
        writer.write(domain.utf8)
        manifest.encode(into: &writer)
        return writer.bytes
    }

    /// Bytes of the encoded form.
    public var encodedCount: Int { manifest.encodedCount + WireLimits.signatureBytes }

    /// Appends the encoded manifest and the signature.
    public func encode(into writer: inout ByteWriter) {
        manifest.encode(into: &writer)
        writer.write(signature)
    }

    /// The encoded manifest and the signature.
    public func encoded() -> [UInt8] {
        var writer = ByteWriter(capacity: encodedCount)
        encode(into: &writer)
        return writer.bytes
    }
}
