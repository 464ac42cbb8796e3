import CoreTypes
import MediaWire
import PlayoutCore

/// One viewer of a swarm: who sends it what, what it passes on to whom, and what it does when anything of that fails. A
/// pure machine: whatever happens is a call with the time, and what is to be done about it is collected in `actions`.
///
/// Each stripe comes from one *primary*: the parent that the tracker assigned, or a forward. While there is none, or
/// none that delivers, a *rescue* helps out: at once another neighbour, then the grandparent, and a forward when the
/// buffer runs low. See docs/ARCHITECTURE.md, "A parent falls silent".
public struct PeerMachine: Sendable {
    /// Checks stream and signature of a manifest; what is wrong, or nil.
    public typealias Verify = @Sendable (SignedManifest) -> String?

    /// Its settings.
    public let configuration: PeerConfiguration
    /// This viewer's id; nil until the tracker gave one.
    public internal(set) var id: PeerID?
    /// What happened so far.
    public internal(set) var counters = PeerCounters()

    var verify: Verify
    let hash: ChunkStore.Hash
    var store: ChunkStore
    var inits = InitShelf()
    var links: [Link] = []
    var intakes: [Intake]
    /// What the tracker wants us to feed.
    var children: [(stripe: Int, peer: PeerID)] = []
    var banned: [(peer: PeerID, until: MonotonicInstant)] = []
    var budget: UploadBudget
    /// See `Link.bufferedLeast`.
    var linkBufferedMax = Link.bufferedLeast
    var uplink: UplinkMeter
    var forward = ForwardUse()
    /// What the last links took to come about, in milliseconds.
    var setUpsMs: [Int64] = []
    /// Links that did not come about, since one did.
    var setUpsFailed = 0
    /// The player is past this chunk.
    var played: UInt64 = 0
    /// The newest chunk that the coordinate told of.
    var sequenceTold: UInt64 = 0
    var toldAt: MonotonicInstant?
    var lastTick: MonotonicInstant?
    var isLeaving = false
    var turn = 0
    var fetchTokens = Conduct()
    private var pending: [PeerAction] = []

    /// What is taken from a forward.
    struct ForwardUse: Sendable {
        var stripes: [Int] = []
        var reason = ForwardReason.start
        var isOpen = false
        var refusedUntil: MonotonicInstant?, rootRefusedUntil: MonotonicInstant?
        /// A smaller set would do since then.
        var tooManySince: MonotonicInstant?
    }

    /// A viewer without anything.
    /// - Parameters:
    ///   - configuration: how it takes part.
    ///   - hash: the first 16 bytes of the SHA-256.
    ///   - verify: checks stream and signature of a manifest.
    public init(_ configuration: PeerConfiguration, hash: @escaping ChunkStore.Hash, verify: @escaping Verify) {
        self.configuration = configuration
        self.hash = hash
        self.verify = verify
        store = ChunkStore(hash: hash)
        intakes = (0..<configuration.stripes).map { Intake($0) }
        budget = UploadBudget(bytesPerSecond: configuration.uploadBytesPerSecond)
        uplink = UplinkMeter(
            limitBytesPerSecond: configuration.uploadBytesPerSecond, start: configuration.capacity,
            childrenMax: configuration.capacityMax)
    }

    /// What is to be done, in order; empty afterwards.
    public mutating func takeActions() -> [PeerAction] {
        defer { pending = [] }
        return pending
    }

    mutating func act(_ action: PeerAction) { pending.append(action) }

    /// The coordinate may have got another key with a restart.
    public mutating func change(verify: @escaping Verify) { self.verify = verify }

    /// The player has released or given up everything up to `sequence`.
    public mutating func noteReleased(_ sequence: UInt64) { played = max(played, sequence) }

    /// The coordinate says that this chunk exists: if it does not come soon, silence is not the publisher's.
    public mutating func noteSequence(_ sequence: UInt64, now: PeerTime) {
        guard sequence > max(sequenceTold, store.newest) else { return }
        // The first one of several that do not come counts.
        if sequenceTold <= store.newest { toldAt = now.monotonic }
        sequenceTold = sequence
    }

    /// The forward sent something wrong that no piece shows.
    public mutating func countMisbehaviour() { counters.badPieces += 1 }

    /// What the tracker has assigned, as far as it is in force.
    public var assignments: [Assignment] {
        intakes.compactMap { intake in
            guard var assignment = intake.assignment, let primary = intake.primary else { return intake.assignment }
            assignment.source = primary
            return assignment
        }
    }

    /// Whom the tracker wants this viewer to feed.
    public var assignedChildren: [(stripe: Int, peer: PeerID)] { children }

    /// Neighbours with an open link.
    public var openPeers: [PeerID] { links.filter(\.isOpen).map(\.peer) }

    /// Sends a signal to a viewer through a neighbour.
    public mutating func relay(_ signal: [UInt8], to peer: PeerID, through relay: PeerID, now: PeerTime) {
        send(.relay(.to, peer: peer, signal: signal), to: relay, now: now)
    }

    // MARK: Links by peer

    func link(_ peer: PeerID) -> Link? { position(peer).map { links[$0] } }

    func position(_ peer: PeerID) -> Int? { links.firstIndex { $0.peer == peer } }

    func openLink(_ peer: PeerID) -> Link? { link(peer).flatMap { $0.isOpen ? $0 : nil } }

    func isBanned(_ peer: PeerID, now: PeerTime) -> Bool {
        banned.contains { $0.peer == peer && $0.until > now.monotonic }
    }

    /// Closes the link to a neighbour that broke the rules, and tells the tracker.
    mutating func condemn(_ peer: PeerID, _ reason: String, now: PeerTime) {
        // Who is at the other end of a link that a neighbour brought about, only that neighbour says.
        if let link = link(peer), link.relay != nil, !link.isOurs {
            return close(peer, reason, loss: .closed, now: now)
        }
        banned.removeAll { $0.peer == peer || $0.until <= now.monotonic }
        if banned.count >= 64 { banned.removeFirst() }
        banned.append((peer, now.monotonic.advanced(byMilliseconds: 60_000)))
        act(.accuse(peer, reason: reason))
        close(peer, reason, loss: .closed, now: now)
    }

    /// Closes a link, whoever wanted it.
    mutating func close(_ peer: PeerID, _ reason: String, loss: LossReason, now: PeerTime) {
        guard let position = position(peer) else { return }
        links.remove(at: position)
        act(.close(peer, reason: reason))
        forget(peer, loss, now: now)
    }
}
