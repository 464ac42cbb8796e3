import CoreTypes
import MediaWire

/// Turns a chunk into the record frames of the representations that peers and forwards read.
public enum FrameBuilder {
    /// For downstream forwards: the manifests of all stripes and the whole chunk.
    public static func relay(_ chunk: StoredChunk) throws(WireError) -> [UInt8] {
        var writer = ByteWriter(capacity: chunk.bytes.count + 1_024)
        for manifest in chunk.manifests { try Record.manifest(manifest).encode(into: &writer) }
        try Record.chunk(sequence: chunk.sequence, bytes: chunk.bytes).encode(into: &writer)
        return writer.bytes
    }

    /// For viewers: the manifests of the given stripes and their pieces in the order of their indices, so that each
    /// can be passed on as soon as it is there.
    public static func stripes(_ stripes: [Int], of chunk: StoredChunk) throws(WireError) -> [UInt8] {
        var writer = ByteWriter(capacity: chunk.bytes.count + 1_024)
        for stripe in stripes where stripe < chunk.manifests.count {
            try Record.manifest(chunk.manifests[stripe]).encode(into: &writer)
        }
        for index in 0..<chunk.layout.pieceCount {
            guard let stripe = chunk.layout.stripe(ofPiece: index), stripes.contains(stripe) else { continue }
            try writePiece(index, of: chunk, to: &writer)
        }
        return writer.bytes
    }

    /// For a repair: one piece behind the manifest of its stripe. Nil when the chunk has no such piece.
    public static func piece(_ index: Int, of chunk: StoredChunk) throws(WireError) -> [UInt8]? {
        guard let stripe = chunk.layout.stripe(ofPiece: index) else { return nil }
        var writer = ByteWriter()
        try Record.manifest(chunk.manifests[stripe]).encode(into: &writer)
        try writePiece(index, of: chunk, to: &writer)
        return writer.bytes
    }

    private static func writePiece(
        _ index: Int, of chunk: StoredChunk, to writer: inout ByteWriter
    ) throws(WireError) {
        guard let range = chunk.layout.range(ofPiece: index) else { return }
        let piece = Record.piece(
            sequence: chunk.sequence, index: UInt16(truncatingIfNeeded: index), bytes: Array(chunk.bytes[range]))
        try piece.encode(into: &writer)
    }
}
