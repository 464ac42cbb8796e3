import CoreTypes

/// What viewers say to each other over a link: one message of the data channel (docs/PROTOCOL.md, "Links between
/// viewers").
public enum PeerMessage: Hashable, Sendable {
    /// Send `stripe` from the chunk `from` on; 0 for the newest keyframe.
    case subscribe(stripe: UInt8, from: UInt64)
    /// Send no chunk of `stripe` from `from` on; 0 for nothing more at all.
    case unsubscribe(stripe: UInt8, from: UInt64)
    /// Send these pieces of one chunk; without indices its manifest and all pieces of `stripe`.
    case request(stripe: UInt8, sequence: UInt64, indices: [UInt16])
    /// An init segment and its hash, which the receiver must check.
    case initSegment(hash: ShortHash, bytes: [UInt8])
    /// The signed manifest of one chunk in one stripe.
    case manifest(SignedManifest)
    /// One piece of a chunk; `index` counts from 0 within the chunk.
    case piece(sequence: UInt64, index: UInt16, bytes: [UInt8])
    /// Sign of life: the newest sequence of which the sender has the manifests of all stripes, and which stripes do not
    /// reach it (bit *s*).
    case alive(head: UInt64, starving: UInt8)
    /// A subscription or request is not served.
    case refuse(stripe: UInt8, reason: Refusal)
    /// The sender leaves.
    case bye
    /// A signal (JSON text that this module does not look into): for the peer on its way to the relay, from the peer on
    /// its way from there.
    case relay(Direction, peer: RandomID, signal: [UInt8])

    /// Where a relayed signal is on its way.
    public enum Direction: UInt8, Hashable, Sendable, CaseIterable {
        /// To the relay, which passes it on to the peer.
        case to = 1
        /// From the relay, which got it from the peer.
        case from = 2
    }

    /// Why a subscription is not served.
    public enum Refusal: UInt8, Hashable, Sendable, CaseIterable {
        /// No upload is left.
        case full = 1
        /// The viewer leaves.
        case leaving = 2
    }

    /// The byte that names the kind of a message on the wire.
    public enum Kind: UInt8, Hashable, Sendable, CaseIterable {
        /// See `PeerMessage.subscribe`.
        case subscribe = 1
        /// See `PeerMessage.unsubscribe`.
        case unsubscribe = 2
        /// See `PeerMessage.request`.
        case request = 3
        /// See `PeerMessage.initSegment`.
        case initSegment = 4
        /// See `PeerMessage.manifest`.
        case manifest = 5
        /// See `PeerMessage.piece`.
        case piece = 6
        /// See `PeerMessage.alive`.
        case alive = 7
        /// See `PeerMessage.refuse`.
        case refuse = 8
        /// See `PeerMessage.bye`.
        case bye = 9
        /// See `PeerMessage.relay`.
        case relay = 10
    }

    /// Label of the data channel, with the version of these messages.
    public static let channelLabel = "p2plive/1"
    /// Longest message in bytes: a signed manifest of the most pieces.
    public static let bytesMax = 1 + WireLimits.signedManifestBytesMax
    /// Most pieces that one request names.
    public static let requestedPiecesMax = 256
    /// Longest init that links carry; viewers take longer ones from a forward.
    public static let initBytesMax = 65_520
    /// Longest signal.
    public static let signalBytesMax = 20 << 10

    /// Which kind this is.
    public var kind: Kind {
        switch self {
        case .subscribe: .subscribe
        case .unsubscribe: .unsubscribe
        case .request: .request
        case .initSegment: .initSegment
        case .manifest: .manifest
        case .piece: .piece
        case .alive: .alive
        case .refuse: .refuse
        case .bye: .bye
        case .relay: .relay
        }
    }
}
