import CoreTypes

/// The body of `POST /peers/ID/report`. What is nil is not said.
public struct PeerReport: Codable, Sendable {
    /// Most entries of each list.
    public static let entriesMax = 64

    /// Links to parents that broke, told by their owner alone.
    public var lost: [LostLink]?
    /// Neighbours that sent what no honest viewer sends.
    public var accused: [Accusation]?
    /// Who sends it the stripes, as it sees it.
    public var parents: [ParentDescription]?
    /// To whom it sends, as it sees it.
    public var children: [RandomID]?
    /// How many children it can feed, 0 ... 8, if that changed.
    public var capacity: Int?
    /// What it has received and sent.
    public var stats: PeerStatistics?

    /// A report; what is left out is not said.
    public init(
        lost: [LostLink]? = nil, accused: [Accusation]? = nil, parents: [ParentDescription]? = nil,
        children: [RandomID]? = nil, capacity: Int? = nil, stats: PeerStatistics? = nil
    ) {
        self.lost = lost
        self.accused = accused
        self.parents = parents
        self.children = children
        self.capacity = capacity
        self.stats = stats
    }
}

/// A link to a parent that broke or never came about.
public struct LostLink: Codable, Hashable, Sendable {
    /// Why it was given up.
    public enum Reason: String, Codable, Hashable, Sendable, CaseIterable {
        /// Nothing was heard for 600 ms.
        case silent
        /// The link ended.
        case closed
        /// No link came about.
        case unreachable
        /// It lives, but the stripe does not come.
        case stalled
        /// The parent says for long that the stripe does not reach it either; it is not to blame.
        case starving
        /// The parent said that it leaves.
        case bye
    }

    /// The stripe.
    public var stripe: Int
    /// The parent; nil when it was a forward.
    public var peer: RandomID?
    /// Why.
    public var reason: Reason

    /// All fields.
    public init(stripe: Int, peer: RandomID?, reason: Reason) {
        self.stripe = stripe
        self.peer = peer
        self.reason = reason
    }
}

/// A neighbour that sent what no honest viewer sends.
public struct Accusation: Codable, Hashable, Sendable {
    /// Who.
    public var peer: RandomID
    /// What it did, for the log: one word.
    public var reason: String

    /// All fields.
    public init(peer: RandomID, reason: String) {
        self.peer = peer
        self.reason = reason
    }
}

/// What a viewer has received and sent since it started, media only.
public struct PeerStatistics: Codable, Hashable, Sendable {
    /// Bytes from viewers.
    public var bytesFromPeers: UInt64
    /// Bytes from forwards.
    public var bytesFromForwards: UInt64
    /// Bytes to viewers.
    public var uploadBytes: UInt64
    /// Chunks in time ÷ chunks due, 0 ... 1; nil before any was due.
    public var continuity: Double?

    /// All fields.
    public init(bytesFromPeers: UInt64, bytesFromForwards: UInt64, uploadBytes: UInt64, continuity: Double?) {
        self.bytesFromPeers = bytesFromPeers
        self.bytesFromForwards = bytesFromForwards
        self.uploadBytes = uploadBytes
        self.continuity = continuity
    }
}

/// The answer of `POST /peers/ID/report`: a new token.
public struct PeerLease: Codable, Hashable, Sendable {
    /// The viewer's token.
    public var token: String
    /// When it ends, wall milliseconds.
    public var tokenExpiresAt: Int64

    /// All fields.
    public init(token: String, tokenExpiresAt: Int64) {
        self.token = token
        self.tokenExpiresAt = tokenExpiresAt
    }
}
