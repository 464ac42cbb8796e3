import CoreTypes

extension Manifest {
    /// Bytes of the encoded manifest without name and hashes.
    static let fixedBytes = 5 + 3 * 8 + ShortHash.byteCount + 2 * 8 + 2 * 4 + 2 * 2

    /// Bytes of the encoded manifest.
    public var encodedCount: Int { Self.fixedBytes + chunk.stream.description.utf8.count + hashes.count }

    /// Appends the encoded manifest. Each manifest has exactly one encoding.
    public func encode(into writer: inout ByteWriter) {
        let name = chunk.stream.description.utf8
        writer.write(Self.version)
        writer.write(chunk.flags.rawValue)
        writer.write(UInt8(truncatingIfNeeded: stripe))
        writer.write(UInt8(truncatingIfNeeded: layout.stripeCount))
        writer.write(UInt8(truncatingIfNeeded: name.count))
        writer.write(name)
        writer.write(chunk.sequence)
        writer.write(chunk.previousSequence)
        writer.write(chunk.session)
        chunk.initHash.write(into: &writer)
        writer.write(UInt64(bitPattern: chunk.publishedAt))
        writer.write(chunk.decodeTime)
        writer.write(chunk.duration)
        writer.write(UInt32(truncatingIfNeeded: layout.chunkLength))
        writer.write(UInt16(truncatingIfNeeded: layout.pieceSize))
        writer.write(UInt16(truncatingIfNeeded: hashCount))
        writer.write(hashes)
    }

    /// Reads one manifest from the front of `reader` and checks every rule of the format. Throws `WireError`.
    public init(from reader: inout ByteReader) throws(WireError) {
        let version: UInt8 = try reader.field("version")
        guard version == Self.version else { throw .unsupportedVersion(version) }
        let flags: UInt8 = try reader.field("flags")
        let stripe: UInt8 = try reader.field("stripe")
        let stripeCount: UInt8 = try reader.field("stripeCount")
        let stream = try Self.streamName(from: &reader)
        let chunk = try Self.chunk(stream: stream, flags: flags, from: &reader)
        let layout = try StripeLayout(
            sequence: chunk.sequence, stripeCount: Int(stripeCount),
            chunkLength: Int(try reader.field("chunkLength", as: UInt32.self)),
            pieceSize: Int(try reader.field("pieceSize", as: UInt16.self)))
        _ = try checked(Int(stripe), "stripe", in: 0...(layout.stripeCount - 1))
        let expected = layout.pieceCount(ofStripe: Int(stripe))
        let hashCount: UInt16 = try reader.field("hashCount")
        _ = try checked(Int(hashCount), "hashCount", in: expected...expected)
        let hashes = try reader.field("hashes", count: expected * ShortHash.byteCount)
        try self.init(chunk: chunk, stripe: Int(stripe), layout: layout, hashes: Array(hashes))
    }

    private static func streamName(from reader: inout ByteReader) throws(WireError) -> StreamName {
        let count: UInt8 = try reader.field("nameLength")
        let bytes = try reader.field("name", count: Int(count))
        do { return try StreamName(String(decoding: bytes, as: UTF8.self)) } catch { throw .invalidStreamName(error) }
    }

    private static func chunk(
        stream: StreamName, flags: UInt8, from reader: inout ByteReader
    ) throws(WireError) -> ChunkDescription {
        let sequence: UInt64 = try checked(reader.field("sequence"), "sequence", in: 1...WireLimits.integerMax)
        return try ChunkDescription(
            stream: stream, sequence: sequence, previousSequence: reader.field("previousSequence"),
            session: reader.field("session"), flags: ChunkDescription.Flags(rawValue: flags),
            initHash: reader.shortHash("initHash"),
            publishedAt: WallMilliseconds(bitPattern: try reader.field("publishedAt")),
            decodeTime: reader.field("decodeTime"), duration: reader.field("duration"))
    }
}
