import CoreTypes

/// The right of one viewer to take stripes and chunks of one stream from any forward of the cluster, until it expires.
public struct AccessToken: Hashable, Sendable {
    /// Who placed the viewer.
    public enum Kind: UInt8, Hashable, Sendable, CaseIterable {
        /// The coordinate: the viewer lives off a forward alone.
        case direct = 1
        /// A tracker: the viewer is a peer of a swarm.
        case peer = 2
        /// A tracker, and the viewer is a root: it takes a stripe or more from a forward as long as it watches.
        case root = 3
    }

    /// Version of the payload.
    public static let version: UInt8 = 1

    /// Who placed the viewer.
    public let kind: Kind
    /// The viewer.
    public let peer: RandomID
    /// The first millisecond at which the token is no longer accepted; 0 to 2^53 - 1, other values count as the
    /// nearest bound.
    public let expiresAt: WallMilliseconds
    /// The stream it is for.
    public let stream: StreamName

    /// A token to be issued.
    public init(kind: Kind, peer: RandomID, expiresAt: WallMilliseconds, stream: StreamName) {
        self.kind = kind
        self.peer = peer
        self.expiresAt = min(max(0, expiresAt), (1 << 53) - 1)
        self.stream = stream
    }

    /// The bytes that are authenticated.
    var payload: [UInt8] {
        let name = stream.description.utf8
        var writer = ByteWriter(capacity: 27 + name.count)
        writer.write(Self.version)
        writer.write(kind.rawValue)
        writer.write(peer.bytes)
        writer.write(UInt64(bitPattern: expiresAt))
        writer.write(UInt8(truncatingIfNeeded: name.count))
        writer.write(name)
        return writer.bytes
    }

    /// Reads a payload; nil when any byte breaks the format.
    init?(payload: [UInt8]) {
        var reader = ByteReader(payload)
        guard let version: UInt8 = try? reader.read(), version == Self.version,
            let kind = (try? reader.read(UInt8.self)).flatMap(Kind.init(rawValue:)),
            let peer = (try? reader.slice(16)).flatMap({ RandomID(bytes: $0) }),
            let expiresAt: UInt64 = try? reader.read(), expiresAt < 1 << 53,
            let nameLength: UInt8 = try? reader.read(),
            let name = try? reader.slice(Int(nameLength)), reader.remaining == 0,
            let stream = try? StreamName(String(decoding: name, as: UTF8.self))
        else { return nil }
        self.init(kind: kind, peer: peer, expiresAt: WallMilliseconds(expiresAt), stream: stream)
    }
}
