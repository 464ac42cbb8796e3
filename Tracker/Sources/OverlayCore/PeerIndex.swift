/// The place of a peer in the overlay's tables. It is the peer's name from `join` to `leave`; then the next peer to join
/// may get it, so tables of the owner that are indexed by it never grow beyond the most peers there ever were.
public struct PeerIndex: Hashable, Comparable, Sendable {
    /// Counts from 0; never negative in an index that the overlay gave out.
    public let rawValue: Int32

    /// The index with a number.
    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// By number.
    public static func < (left: PeerIndex, right: PeerIndex) -> Bool { left.rawValue < right.rawValue }
}

/// Where a peer gets a stripe from.
public enum Parent: Hashable, Sendable {
    /// A forward. Which one is the owner's choice.
    case server
    /// Another peer.
    case peer(PeerIndex)

    /// From the number that tables hold; nil for `nobody`.
    init?(raw: Int32) {
        guard raw != nobody else { return nil }
        self = raw == theServer ? .server : .peer(PeerIndex(rawValue: raw))
    }

    /// The number that tables hold.
    var raw: Int32 {
        switch self {
        case .server: theServer
        case .peer(let index): index.rawValue
        }
    }
}

/// One instruction to a peer: take `stripe` from `newParent` from now on. Instructions are sent in the order in which
/// the overlay gives them out; of several for one peer and stripe the last one holds.
public struct LinkChange: Hashable, Sendable {
    /// Whom to tell.
    public let peer: PeerIndex
    /// 0 ..< number of stripes.
    public let stripe: Int
    /// From where.
    public let newParent: Parent

    /// A change.
    public init(peer: PeerIndex, stripe: Int, newParent: Parent) {
        self.peer = peer
        self.stripe = stripe
        self.newParent = newParent
    }
}

/// In place of an index: no peer.
let nobody: Int32 = -1
/// In place of an index: a forward.
let theServer: Int32 = -2
