import MediaWire

/// Signs the manifests of one stream.
public struct ManifestSigner: Sendable {
    private let key: SigningKey

    /// Signs with `key`.
    public init(key: SigningKey) { self.key = key }

    /// The key that verifies.
    public var publicKey: VerifyingKey { key.publicKey }

    /// `manifest` with its signature.
    public func sign(_ manifest: Manifest) -> SignedManifest {
        let signature = key.sign(SignedManifest.signedBytes(of: manifest))
        do {
            return try SignedManifest(manifest: manifest, signature: signature)
        } catch {
            preconditionFailure("an Ed25519 signature has 64 bytes: \(error)")
        }
    }
}
