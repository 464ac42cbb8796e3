import CoreTypes
import MediaWire

/// A whole chunk whose every piece has the hash that a signed manifest says.
public struct VerifiedChunk: Hashable, Sendable {
    /// What its manifests say of it.
    public let description: ChunkDescription
    /// moof and mdat.
    public let bytes: [UInt8]

    /// Wraps a chunk that has been checked.
    public init(description: ChunkDescription, bytes: [UInt8]) {
        self.description = description
        self.bytes = bytes
    }

    /// Its number.
    public var sequence: UInt64 { description.sequence }

    /// A decoder can begin here.
    public var isKeyframe: Bool { description.flags.contains(.keyframe) }
}
