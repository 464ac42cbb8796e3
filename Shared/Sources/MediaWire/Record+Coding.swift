import CoreTypes

extension Record {
    /// Bytes of the body.
    public var bodyCount: Int {
        switch self {
        case .hello(let text): text.count
        case .initSegment(_, let bytes): ShortHash.byteCount + bytes.count
        case .manifest(let signed): signed.encodedCount
        case .chunk(_, let bytes): 8 + bytes.count
        case .piece(_, _, let bytes): 10 + bytes.count
        case .state: 1
        case .ping: 8
        }
    }

    /// Appends header and body. Throws `WireError` for a value that every reader would refuse, and then writes nothing.
    public func encode(into writer: inout ByteWriter) throws(WireError) {
        try check()
        writer.write(UInt32(truncatingIfNeeded: bodyCount))
        writer.write(kind.rawValue)
        switch self {
        case .hello(let text): writer.write(text)
        case .initSegment(let hash, let bytes):
            hash.write(into: &writer)
            writer.write(bytes)
        case .manifest(let signed): signed.encode(into: &writer)
        case .chunk(let sequence, let bytes):
            writer.write(sequence)
            writer.write(bytes)
        case .piece(let sequence, let index, let bytes):
            writer.write(sequence)
            writer.write(index)
            writer.write(bytes)
        case .state(let state): writer.write(state.rawValue)
        case .ping(let time): writer.write(UInt64(bitPattern: time))
        }
    }

    /// Header and body. Throws `WireError` for a value that every reader would refuse.
    public func encoded() throws(WireError) -> [UInt8] {
        var writer = ByteWriter(capacity: Self.headerBytes + bodyCount)
        try encode(into: &writer)
        return writer.bytes
    }

    /// Reads the body of a record of `kind`. Throws `WireError`.
    init(kind: Kind, body: ArraySlice<UInt8>) throws(WireError) {
        var reader = ByteReader(body)
        switch kind {
        case .hello: self = .hello(Array(reader.rest()))
        case .initSegment:
            let hash = try reader.shortHash("initHash")
            self = .initSegment(hash: hash, bytes: Array(reader.rest()))
        case .manifest: self = .manifest(try SignedManifest(parsing: reader.rest()))
        case .chunk:
            let sequence: UInt64 = try reader.field("sequence")
            self = .chunk(sequence: sequence, bytes: Array(reader.rest()))
        case .piece:
            let sequence: UInt64 = try reader.field("sequence")
            let index: UInt16 = try reader.field("index")
            self = .piece(sequence: sequence, index: index, bytes: Array(reader.rest()))
        case .state:
            let value: UInt8 = try reader.field("state")
            guard let state = StreamState(rawValue: value) else {
                throw .outOfRange(field: "state", value: UInt64(value), allowed: 1...3)
            }
            self = .state(state)
        case .ping: self = .ping(WallMilliseconds(bitPattern: try reader.field("wall time")))
        }
        guard reader.remaining == 0 else { throw .trailingBytes(count: reader.remaining) }
        try check()
    }

    private func check() throws(WireError) {
        switch self {
        case .hello(let text):
            if text.count > kind.bodyBytesMax {
                throw .tooLong(field: "hello", count: text.count, limit: kind.bodyBytesMax)
            }
        case .initSegment(_, let bytes):
            _ = try checked(bytes.count, "init length", in: 1...WireLimits.initBytesMax)
        case .manifest, .state: break
        case .chunk(let sequence, let bytes):
            _ = try checked(sequence, "sequence", in: 1...WireLimits.integerMax)
            _ = try checked(bytes.count, "chunk length", in: 1...WireLimits.chunkBytesMax)
        case .piece(let sequence, let index, let bytes):
            _ = try checked(sequence, "sequence", in: 1...WireLimits.integerMax)
            _ = try checked(Int(index), "index", in: 0...(WireLimits.chunkBytesMax / WireLimits.pieceBytesMin - 1))
            _ = try checked(bytes.count, "piece length", in: 1...WireLimits.pieceBytesMax)
        case .ping(let time):
            _ = try checked(UInt64(bitPattern: time), "wall time", in: 0...WireLimits.integerMax)
        }
    }
}
