import CoreTypes
import MediaWire

/// A verified chunk as the forward keeps it.
public struct StoredChunk: Sendable {
    /// One signed manifest per stripe, in the order of the stripes.
    public let manifests: [SignedManifest]
    /// moof and mdat.
    public let bytes: [UInt8]

    /// What all manifests agree on.
    public let description: ChunkDescription
    /// How the chunk is cut into pieces.
    public let layout: StripeLayout

    /// Joins a chunk with its manifests. Nil when there is none, one is missing or out of order, they disagree, or the
    /// chunk has another length than they say.
    public init?(manifests: [SignedManifest], bytes: [UInt8]) {
        guard let first = manifests.first?.manifest, manifests.count == first.layout.stripeCount,
            first.layout.chunkLength == bytes.count
        else { return nil }
        for (stripe, signed) in manifests.enumerated() {
            guard signed.manifest.stripe == stripe, signed.manifest.chunk == first.chunk,
                signed.manifest.layout == first.layout
            else { return nil }
        }
        self.manifests = manifests
        self.bytes = bytes
        description = first.chunk
        layout = first.layout
    }

    /// Its number.
    public var sequence: UInt64 { description.sequence }

    /// It starts a group.
    public var isKeyframe: Bool { description.flags.contains(.keyframe) }

    /// True when every piece has the hash that its stripe's manifest says. `hash` is SHA-256, first 16 bytes.
    public func isIntact(hash: (ArraySlice<UInt8>) -> ShortHash) -> Bool {
        (0..<layout.pieceCount).allSatisfy { index in
            guard let range = layout.range(ofPiece: index), let stripe = layout.stripe(ofPiece: index) else {
                return false
            }
            return manifests[stripe].manifest.hash(ofPiece: index) == hash(bytes[range])
        }
    }
}
