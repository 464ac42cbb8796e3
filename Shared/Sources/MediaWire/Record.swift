import CoreTypes

/// Whether a stream has a publisher.
public enum StreamState: UInt8, Hashable, Sendable, CaseIterable {
    /// A publisher delivers.
    case live = 1
    /// No publisher at the moment; viewers keep their places.
    case waiting = 2
    /// The stream is over; nothing follows.
    case ended = 3
}

/// One element of a record stream: what relays, stripes and recordings are made of.
public enum Record: Hashable, Sendable {
    /// First record of a connection: a JSON text (UTF-8, at most 64 KiB) that this module does not look into.
    case hello([UInt8])
    /// An init segment (ftyp + moov, 1 byte to 1 MiB) and its hash. The reader must check the hash.
    case initSegment(hash: ShortHash, bytes: [UInt8])
    /// The signed manifest of one chunk in one stripe.
    case manifest(SignedManifest)
    /// A whole chunk, 1 byte to 4 MiB.
    case chunk(sequence: UInt64, bytes: [UInt8])
    /// One piece of a chunk, 1 byte to 16 KiB; `index` counts from 0 within the chunk.
    case piece(sequence: UInt64, index: UInt16, bytes: [UInt8])
    /// The stream's state changed.
    case state(StreamState)
    /// Sign of life, with the sender's clock.
    case ping(WallMilliseconds)

    /// The byte that names the kind of a record on the wire.
    public enum Kind: UInt8, Hashable, Sendable, CaseIterable {
        /// See `Record.hello`.
        case hello = 1
        /// See `Record.initSegment`.
        case initSegment = 2
        /// See `Record.manifest`.
        case manifest = 3
        /// See `Record.chunk`.
        case chunk = 4
        /// See `Record.piece`.
        case piece = 5
        /// See `Record.state`.
        case state = 6
        /// See `Record.ping`.
        case ping = 7

        /// Longest body of this kind in bytes.
        public var bodyBytesMax: Int {
            switch self {
            case .hello: WireLimits.helloBytesMax
            case .initSegment: ShortHash.byteCount + WireLimits.initBytesMax
            case .manifest: WireLimits.signedManifestBytesMax
            case .chunk: 8 + WireLimits.chunkBytesMax
            case .piece: 10 + WireLimits.pieceBytesMax
            case .state: 1
            case .ping: 8
            }
        }
    }

    /// Bytes before the body: the length (4) and the kind (1).
    public static let headerBytes = 5

    /// Which kind this is.
    public var kind: Kind {
        switch self {
        case .hello: .hello
        case .initSegment: .initSegment
        case .manifest: .manifest
        case .chunk: .chunk
        case .piece: .piece
        case .state: .state
        case .ping: .ping
        }
    }
}
