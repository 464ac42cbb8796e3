import CoreTypes
import MediaWire

/// One link to another viewer, in whatever role: parent, child, grandparent, helper.
struct Link: Sendable {
    enum State: Sendable, Equatable {
        case connecting
        case open
    }

    let peer: PeerID
    /// This side offered.
    let isOurs: Bool
    /// The neighbour that the offer went through; nil for the tracker.
    let relay: PeerID?
    var state = State.connecting
    let since: MonotonicInstant
    var openedAt: MonotonicInstant?

    // What it sends.
    var lastHeard: MonotonicInstant
    var head: UInt64 = 0
    /// Stripes that do not reach it, as it says, and since when.
    private(set) var starving: [(stripe: Int, since: MonotonicInstant)] = []
    /// Pieces whose manifest is not here yet, oldest first.
    var early: [EarlyPiece] = []
    var conduct = Conduct()
    /// It said that it leaves.
    var isLeaving = false
    /// It refused a stripe; not to be asked again before.
    var refusedUntil: MonotonicInstant?

    // What it gets.
    var lastSent: MonotonicInstant
    /// Which stripes it was told not to reach this viewer.
    var starvingTold: UInt8 = 0
    var child = ChildQueue()
    /// Bytes of it that are sent and not acknowledged.
    var buffered = 0
    /// How what waits for it develops.
    var backlog = Backlog()
    /// Since when nothing was acknowledged although something should have been.
    var stuckSince: MonotonicInstant?
    var initsSent: [ShortHash] = []
    var neededAt: MonotonicInstant

    struct EarlyPiece: Sendable {
        let sequence: UInt64
        let index: Int
        let bytes: [UInt8]
    }

    /// Pieces that wait for their manifests: of too many the oldest are dropped.
    static let earlyPiecesMax = 64
    /// Bytes handed to a link and not acknowledged, above which it gets no more: half a second of a stripe, so that what
    /// is said does not wait long behind what is sent, between these bounds.
    static let bufferedLeast = 16 << 10, bufferedMost = 256 << 10
    /// A child that takes nothing for so long is dropped, in milliseconds.
    static let stuckMs: Int64 = 5_000

    init(_ peer: PeerID, isOurs: Bool, relay: PeerID?, now: MonotonicInstant) {
        self.peer = peer
        self.isOurs = isOurs
        self.relay = relay
        since = now
        lastHeard = now
        lastSent = now
        neededAt = now
    }

    var isOpen: Bool { state == .open }

    /// Since when it says that a stripe does not reach it; nil when it says nothing of the kind.
    func starvingSince(_ stripe: Int) -> MonotonicInstant? { starving.first { $0.stripe == stripe }?.since }

    func isStarving(_ stripe: Int) -> Bool { starvingSince(stripe) != nil }

    /// It has sent something of a stripe.
    mutating func noteDelivery(_ stripe: Int) {
        if !starving.isEmpty { starving.removeAll { $0.stripe == stripe } }
    }

    /// Takes what it says: bit *s* stands for stripe *s*.
    mutating func noteStarving(_ bits: UInt8, now: MonotonicInstant) {
        guard bits != 0 || !starving.isEmpty else { return }
        starving = (0..<8).filter { bits & (1 << UInt8($0)) != 0 }.map { ($0, starvingSince($0) ?? now) }
    }
}
