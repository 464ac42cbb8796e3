import CoreTypes

/// Names a viewer in its swarm.
public typealias PeerID = RandomID

/// The two clocks that decisions need.
public struct PeerTime: Hashable, Sendable {
    /// For silence and pauses.
    public var monotonic: MonotonicInstant
    /// The coordinate's clock as estimated here, for ages of chunks.
    public var wall: WallMilliseconds

    /// Both readings of one moment.
    public init(monotonic: MonotonicInstant, wall: WallMilliseconds) {
        self.monotonic = monotonic
        self.wall = wall
    }

    /// Milliseconds since `earlier`; a long time when it never was.
    func milliseconds(since earlier: MonotonicInstant?) -> Int64 {
        earlier.map { monotonic.milliseconds(since: $0) } ?? 1 << 40
    }
}

/// Who sends a stripe to a viewer.
public enum Source: Hashable, Sendable {
    /// A forward, over HTTP.
    case forward
    /// Another viewer, over a link.
    case peer(PeerID)

    /// The viewer; nil for a forward.
    public var peer: PeerID? { if case .peer(let id) = self { id } else { nil } }
}

/// What the tracker says about one stripe.
public struct Assignment: Hashable, Sendable {
    /// The stripe.
    public var stripe: Int
    /// Who is to send it.
    public var source: Source
    /// Who sends it to that viewer; nil when that is a forward.
    public var grandparent: PeerID?
    /// Viewers between a forward and here, this one included.
    public var depth: Int

    /// All fields.
    public init(stripe: Int, source: Source, grandparent: PeerID?, depth: Int) {
        self.stripe = stripe
        self.source = source
        self.grandparent = grandparent
        self.depth = depth
    }
}

/// Why a link to a parent is given up, as the tracker is told.
public enum LossReason: String, Hashable, Sendable, CaseIterable {
    /// Nothing was heard for 600 ms.
    case silent
    /// The link ended.
    case closed
    /// No link came about.
    case unreachable
    /// It lives, but the stripe does not come.
    case stalled
    /// It says for long that the stripe does not reach it either.
    case starving
    /// It said that it leaves.
    case bye
}
