import CoreTypes

/// Who sends a peer a stripe.
public enum SwarmSource: Hashable, Sendable {
    /// A forward by its name; nil when the tracker knows none.
    case forward(String?)
    /// Another peer.
    case peer(RandomID)

    /// The peer; nil for a forward.
    public var peer: RandomID? { if case .peer(let id) = self { id } else { nil } }
}

/// What a peer is told about who sends it a stripe.
public struct SwarmParent: Hashable, Sendable {
    /// 0 ..< number of stripes.
    public var stripe: Int
    /// Who sends it.
    public var source: SwarmSource
    /// Who sends it to that peer; nil when that is a forward.
    public var grandparent: RandomID?
    /// 1 for a root.
    public var depth: Int

    /// All fields.
    public init(stripe: Int, source: SwarmSource, grandparent: RandomID?, depth: Int) {
        self.stripe = stripe
        self.source = source
        self.grandparent = grandparent
        self.depth = depth
    }
}

/// A child and the stripe that it gets.
public struct SwarmChild: Hashable, Sendable {
    /// The stripe.
    public var stripe: Int
    /// The child.
    public var peer: RandomID

    /// All fields.
    public init(stripe: Int, peer: RandomID) {
        self.stripe = stripe
        self.peer = peer
    }
}

/// Something that a peer must be told. Events are sent in the order in which a swarm gives them out.
public struct SwarmEvent: Hashable, Sendable {
    /// What.
    public enum Content: Hashable, Sendable {
        /// Another parent, or another grandparent behind the same parent.
        case parent(SwarmParent)
        /// A new child.
        case child(SwarmChild)
        /// A child no longer.
        case drop(SwarmChild)
        /// It has been thrown out, and is no peer any more.
        case banned
    }

    /// Whom.
    public var to: RandomID
    /// What.
    public var content: Content

    /// All fields.
    public init(to: RandomID, _ content: Content) {
        self.to = to
        self.content = content
    }
}

/// All that a peer needs to know, after joining or a gap in its events.
public struct SwarmPlace: Hashable, Sendable {
    /// The stripe that it passes on; nil when it passes none on.
    public var role: Int?
    /// Who sends it the stripes, one for each.
    public var parents: [SwarmParent]
    /// Whom it feeds.
    public var children: [SwarmChild]
}
