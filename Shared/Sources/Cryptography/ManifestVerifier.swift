import CoreTypes
import MediaWire

/// Why a signed manifest is refused. Each means that its sender is broken or hostile.
public enum ManifestRejection: Error, Equatable, Sendable, CustomStringConvertible {
    /// The bytes are no signed manifest.
    case malformed(WireError)
    /// It is a manifest of another stream.
    case wrongStream(found: StreamName)
    /// The signature is not of the stream's key.
    case forged

    /// What is wrong.
    public var description: String {
        switch self {
        case .malformed(let error): "malformed manifest: \(error)"
        case .wrongStream(let found): "manifest of another stream, \(found)"
        case .forged: "the manifest is not signed by the stream's key"
        }
    }
}

/// Checks that manifests come from the publisher's coordinate; nothing is stored or passed on before.
public struct ManifestVerifier: Sendable {
    private let key: VerifyingKey
    private let stream: StreamName

    /// Accepts manifests of `stream` that are signed by the private half of `key`.
    public init(key: VerifyingKey, stream: StreamName) {
        self.key = key
        self.stream = stream
    }

    /// Parses and checks a signed manifest that takes up all of `bytes`. Throws `ManifestRejection`.
    public func verify(_ bytes: ArraySlice<UInt8>) throws(ManifestRejection) -> Manifest {
        let signed: SignedManifest
        do { signed = try SignedManifest(parsing: bytes) } catch { throw .malformed(error) }
        return try verify(signed)
    }

    /// Checks the stream, then the signature. Throws `ManifestRejection`.
    public func verify(_ signed: SignedManifest) throws(ManifestRejection) -> Manifest {
        let manifest = signed.manifest
        guard manifest.chunk.stream == stream else { throw .wrongStream(found: manifest.chunk.stream) }
        guard key.isValid(signature: signed.signature, for: SignedManifest.signedBytes(of: manifest)) else {
            throw .forged
        }
        return manifest
    }
}
