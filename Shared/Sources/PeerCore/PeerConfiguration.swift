/// How a viewer takes part. Lengths of time are in milliseconds.
public struct PeerConfiguration: Sendable {
    /// Stripes of the stream.
    public var stripes = 2
    /// From publication to release.
    public var bufferMs: Int64 = 3_000
    /// How long a chunk plays.
    public var chunkMs: Int64 = 200
    /// Children that can be fed, before anything is measured, and at most.
    public var capacity = UplinkMeter.start, capacityMax = UplinkMeter.most
    /// Bytes a second that may be sent to other viewers; nil for no limit.
    public var uploadBytesPerSecond: Int?

    /// Between two calls of `tick`.
    public static let tickMs: Int64 = 100
    /// A tick that comes later than this after the one before says that the process itself stood still.
    static let lateTickMs: Int64 = 200
    /// Silence of a parent after which it is dead.
    public static let parentSilenceMs: Int64 = 600
    /// Silence of any other neighbour after which it is dead.
    static let neighbourSilenceMs: Int64 = 5_000
    /// A parent that sent nothing for so long sends a sign of life; others every second.
    static let aliveMs: Int64 = 200, idleAliveMs: Int64 = 1_000
    /// How long a link may take to come about: twice the longest that any of the last ones took, within these bounds, for
    /// who cannot be reached costs a repair all of it.
    public static let connectLeastMs: Int64 = 800, connectMs: Int64 = 2_500
    /// How long an adopted parent may take to send something.
    static let firstDataMs: Int64 = 1_000
    /// How far a new parent may be behind to be taken at once, and how long a better one is waited for.
    public static let lagAcceptedMs: Int64 = 1_000, lagWaitMs: Int64 = 3_000
    /// How far a stripe may be behind the newest chunk known before its parent counts as stalled; how long one may say
    /// that it starves itself.
    static let stalledMs: Int64 = 1_500, starvingMs: Int64 = 4_000
    /// After this time without progress the next helper is asked.
    public static let nextHelperMs: Int64 = 400
    /// What must be left of the buffer: below it, the owner of a broken link turns to a forward, a descendant asks
    /// another viewer, a descendant turns to a forward.
    static let ownerReserveMs: Int64 = 2_500, helperReserveMs: Int64 = 1_200, descendantReserveMs: Int64 = 800
    /// How long a hole among newer pieces is left to fill itself before the parent, and then others, are asked.
    static let holeMs: Int64 = 300
    /// How long a refused forward is left alone.
    static let forwardRetryMs: Int64 = 1_000
    /// Before a link to a grandparent is made, and before a link that nobody needs is closed.
    static let grandparentMs: Int64 = 1_500, idleLinkMs: Int64 = 3_000
    /// Chunks are kept for the children so long beyond the own buffer.
    static let windowExtraMs: Int64 = 4_000
    /// Subscriptions by viewers that the tracker has not made children: in an emergency.
    public static let guestsMax = 2
    /// Links that one neighbour may have passed the offers of.
    static let relayedLinksMax = 4
    /// How long a viewer that the tracker has given another parent is still fed.
    static let farewellMs: Int64 = 5_000
    /// A chunk that only the coordinate told of may be on its way for so long.
    static let toldMs: Int64 = 1_500
    /// Links at once; offers beyond are not accepted.
    public static let linksMax = 24

    /// The defaults.
    public init() {}
}
