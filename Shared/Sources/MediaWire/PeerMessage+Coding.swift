import CoreTypes

extension PeerMessage {
    /// Bytes of the message.
    public var encodedCount: Int {
        switch self {
        case .subscribe, .unsubscribe: 10
        case .request(_, _, let indices): 10 + 2 * indices.count
        case .initSegment(_, let bytes): 1 + ShortHash.byteCount + bytes.count
        case .manifest(let signed): 1 + signed.encodedCount
        case .piece(_, _, let bytes): 11 + bytes.count
        case .alive: 10
        case .refuse: 3
        case .bye: 1
        case .relay(_, _, let signal): 18 + signal.count
        }
    }

    /// The bytes of the message. Throws `WireError` for a value that every reader would refuse.
    public func encoded() throws(WireError) -> [UInt8] {
        try check()
        var writer = ByteWriter(capacity: encodedCount)
        writer.write(kind.rawValue)
        switch self {
        case .subscribe(let stripe, let from), .unsubscribe(let stripe, let from):
            writer.write(stripe)
            writer.write(from)
        case .request(let stripe, let sequence, let indices):
            writer.write(stripe)
            writer.write(sequence)
            for index in indices { writer.write(index) }
        case .initSegment(let hash, let bytes):
            hash.write(into: &writer)
            writer.write(bytes)
        case .manifest(let signed): signed.encode(into: &writer)
        case .piece(let sequence, let index, let bytes):
            writer.write(sequence)
            writer.write(index)
            writer.write(bytes)
        case .alive(let head, let starving):
            writer.write(head)
            writer.write(starving)
        case .refuse(let stripe, let reason):
            writer.write(stripe)
            writer.write(reason.rawValue)
        case .bye: break
        case .relay(let direction, let peer, let signal):
            writer.write(direction.rawValue)
            writer.write(peer.bytes)
            writer.write(signal)
        }
        return writer.bytes
    }

    /// Reads a message that takes up all of `bytes`. Throws `WireError`; nil for a kind that this version does not know,
    /// which a reader skips.
    public static func parse(_ bytes: ArraySlice<UInt8>) throws(WireError) -> PeerMessage? {
        guard bytes.count <= bytesMax else { throw .tooLong(field: "message", count: bytes.count, limit: bytesMax) }
        var reader = ByteReader(bytes)
        let number: UInt8 = try reader.field("kind")
        guard let kind = Kind(rawValue: number) else { return nil }
        let message = try PeerMessage(kind: kind, reader: &reader)
        guard reader.remaining == 0 else { throw .trailingBytes(count: reader.remaining) }
        try message.check()
        return message
    }

    private init(kind: Kind, reader: inout ByteReader) throws(WireError) {
        switch kind {
        case .subscribe: self = .subscribe(stripe: try reader.field("stripe"), from: try reader.field("from"))
        case .unsubscribe: self = .unsubscribe(stripe: try reader.field("stripe"), from: try reader.field("from"))
        case .request:
            let stripe: UInt8 = try reader.field("stripe")
            let sequence: UInt64 = try reader.field("sequence")
            _ = try checked(reader.remaining / 2, "indices", in: 0...Self.requestedPiecesMax)
            var indices: [UInt16] = []
            while reader.remaining > 0 { indices.append(try reader.field("index")) }
            self = .request(stripe: stripe, sequence: sequence, indices: indices)
        case .initSegment:
            let hash = try reader.shortHash("initHash")
            self = .initSegment(hash: hash, bytes: Array(reader.rest()))
        case .manifest: self = .manifest(try SignedManifest(parsing: reader.rest()))
        case .piece:
            let sequence: UInt64 = try reader.field("sequence")
            let index: UInt16 = try reader.field("index")
            self = .piece(sequence: sequence, index: index, bytes: Array(reader.rest()))
        case .alive: self = .alive(head: try reader.field("head"), starving: try reader.field("starving"))
        case .refuse:
            let stripe: UInt8 = try reader.field("stripe")
            let number: UInt8 = try reader.field("reason")
            guard let reason = Refusal(rawValue: number) else {
                throw .outOfRange(field: "reason", value: UInt64(number), allowed: 1...2)
            }
            self = .refuse(stripe: stripe, reason: reason)
        case .bye: self = .bye
        case .relay:
            let number: UInt8 = try reader.field("direction")
            guard let direction = Direction(rawValue: number) else {
                throw .outOfRange(field: "direction", value: UInt64(number), allowed: 1...2)
            }
            guard let peer = RandomID(bytes: try reader.field("peer", count: 16)) else {
                throw .truncated(field: "peer")
            }
            self = .relay(direction, peer: peer, signal: Array(reader.rest()))
        }
    }

    private func check() throws(WireError) {
        switch self {
        case .subscribe(let stripe, let from), .unsubscribe(let stripe, let from):
            try check(stripe: stripe)
            _ = try checked(from, "from", in: 0...WireLimits.integerMax)
        case .request(let stripe, let sequence, let indices):
            try check(stripe: stripe)
            _ = try checked(sequence, "sequence", in: 1...WireLimits.integerMax)
            _ = try checked(indices.count, "indices", in: 0...Self.requestedPiecesMax)
            for index in indices { try check(index: index) }
        case .initSegment(_, let bytes): _ = try checked(bytes.count, "init length", in: 1...Self.initBytesMax)
        case .manifest, .bye: break
        case .piece(let sequence, let index, let bytes):
            _ = try checked(sequence, "sequence", in: 1...WireLimits.integerMax)
            try check(index: index)
            _ = try checked(bytes.count, "piece length", in: 1...WireLimits.pieceBytesMax)
        case .alive(let head, _): _ = try checked(head, "head", in: 0...WireLimits.integerMax)
        case .refuse(let stripe, _): try check(stripe: stripe)
        case .relay(_, _, let signal): _ = try checked(signal.count, "signal", in: 1...Self.signalBytesMax)
        }
    }

    private func check(stripe: UInt8) throws(WireError) {
        _ = try checked(Int(stripe), "stripe", in: 0...(WireLimits.stripeCountMax - 1))
    }

    private func check(index: UInt16) throws(WireError) {
        _ = try checked(Int(index), "index", in: 0...(WireLimits.chunkBytesMax / WireLimits.pieceBytesMin - 1))
    }
}

extension PeerMessage {
    /// The bytes of a piece message, without a copy in between. The values must be those of a piece that was verified.
    public static func encodePiece(sequence: UInt64, index: UInt16, _ piece: ArraySlice<UInt8>) -> [UInt8] {
        var writer = ByteWriter(capacity: 11 + piece.count)
        writer.write(Kind.piece.rawValue)
        writer.write(sequence)
        writer.write(index)
        writer.write(piece)
        return writer.bytes
    }
}
