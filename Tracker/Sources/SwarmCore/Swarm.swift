import CoreTypes
import OverlayCore

/// The viewers of one stream at one tracker: who they are, what each was told of its place, and what must be told next.
///
/// The overlay decides who gets a stripe from whom; the swarm turns its decisions into events. What a peer was told is
/// kept, and events are the difference to what holds, so that a move and its way back tell nobody anything. It has no
/// clock: every call brings the time.
public struct Swarm: Sendable {
    /// What has happened since the swarm began.
    public struct Counters: Hashable, Sendable {
        /// Peers that joined, of which resumed.
        public var joins: UInt64 = 0, resumes: UInt64 = 0
        /// Peers that left, of which thrown out.
        public var departures: UInt64 = 0, bans: UInt64 = 0
        /// Losses that were reported, and those that led to another parent.
        public var losses: UInt64 = 0, lossesRepaired: UInt64 = 0
        /// Links that were given out because peers left or were lost.
        public var repairs: UInt64 = 0
        /// From the moment the tracker knew of a departure or loss to the new links, in milliseconds: sum and greatest.
        public var repairMs: Int64 = 0, repairMsMax: Int64 = 0
        /// Links that background work changed.
        public var moves: UInt64 = 0

        /// Nothing yet.
        public init() {}

        /// Adds those of another swarm.
        public mutating func add(_ other: Counters) {
            joins += other.joins
            resumes += other.resumes
            departures += other.departures
            bans += other.bans
            losses += other.losses
            lossesRepaired += other.lossesRepaired
            repairs += other.repairs
            repairMs += other.repairMs
            repairMsMax = max(repairMsMax, other.repairMsMax)
            moves += other.moves
        }
    }

    /// What has happened so far.
    public internal(set) var counters = Counters()

    let stripeCount: Int
    let startedAt: MonotonicInstant
    var overlay: Overlay
    /// By index of the overlay, or by order of arrival while resuming peers are collected.
    var members: [SwarmMember?] = []
    var indices: [RandomID: Int] = [:]
    var forwards = ForwardSpread()
    /// Peers that are about to leave.
    var departing: [RandomID] = []
    var departingSince: MonotonicInstant?
    var stormUntil: MonotonicInstant?
    var tickedAt: MonotonicInstant
    var rootLimitLoweredAt: MonotonicInstant?
    /// What the number of peers alone asks for.
    var rootLimitBySize = 0
    var unrest = Unrest()
    /// Peers whose capacity is withheld for a time, wholly or in part.
    var leaves: [RandomID] = []
    /// Peers that have become silent, or are not any more, which the overlay does not know yet.
    var muted: [RandomID] = []
    /// Peers without an event stream, of which it does; some may have come back, or left, since.
    var silent: [RandomID] = []
    /// While peers resume after a restart of the tracker; the overlay does not count then.
    var resumption: Resumption?
    /// Memory that operations use again.
    var changes: [LinkChange] = []

    /// A swarm without peers. The same seed and calls give the same events.
    public init(stripeCount: Int = 2, regionCount: Int = 1, seed: UInt64, now: MonotonicInstant) {
        var configuration = OverlayConfiguration()
        configuration.stripeCount = stripeCount
        configuration.regionCount = regionCount
        configuration.seed = seed
        overlay = Overlay(configuration)
        self.stripeCount = overlay.stripeCount
        startedAt = now
        tickedAt = now
    }

    /// Peers, those included that are about to leave.
    public var count: Int { indices.count }

    /// Whether there is a peer with an id.
    public func contains(_ id: RandomID) -> Bool { indices[id] != nil }

    /// Adds a peer that was not here before and returns its place. Of a peer that is here it is the place it has.
    public mutating func join(
        _ id: RandomID, capacity: Int, region: Int = 0, isLeaf: Bool = false, now: MonotonicInstant,
        into events: inout [SwarmEvent]
    ) -> SwarmPlace {
        if contains(id) { return revive(id, capacity: capacity, now: now, into: &events) }
        counters.joins += 1
        var member = SwarmMember(id, capacity: capacity, region: region, stripeCount: stripeCount, now: now)
        if isLeaf { member.leafUntil = now.advanced(byMilliseconds: SwarmTimes.leafMs) }
        if resumption != nil {
            joinProvisionally(member, now: now)
        } else {
            adjustRootLimit(peers: count + 1, now: now)
            let index = overlay.join(
                capacity: member.effectiveCapacity(now: now), region: region, into: &changes)
            store(member, at: Int(index.rawValue))
            tellChanges(except: id, now: now, into: &events)
        }
        if isLeaf { leaves.append(id) }
        return place(of: id)
    }

    /// A peer that comes back although it never left here: what was about to happen to it does not.
    mutating func revive(
        _ id: RandomID, capacity: Int, now: MonotonicInstant, into events: inout [SwarmEvent]
    ) -> SwarmPlace {
        change(id) {
            $0.isDeparting = false
            $0.isSilent = false
        }
        departing.removeAll { $0 == id }
        change(id) { $0.capacity = capacity }
        applyCapacity(of: id, now: now, into: &events)
        return place(of: id)
    }

    /// How many children a peer can feed from now on.
    public mutating func setCapacity(
        _ id: RandomID, _ capacity: Int, now: MonotonicInstant, into events: inout [SwarmEvent]
    ) {
        guard let index = indices[id], let member = members[index], member.capacity != capacity else { return }
        change(id) { $0.capacity = capacity }
        applyCapacity(of: id, now: now, into: &events)
    }

    // MARK: Members

    func member(_ id: RandomID) -> SwarmMember? { indices[id].flatMap { members[$0] } }

    mutating func change(_ id: RandomID, _ body: (inout SwarmMember) -> Void) {
        guard let index = indices[id], var member = members[index] else { return }
        // Taken out while it changes, so that its arrays are not copied.
        members[index] = nil
        body(&member)
        members[index] = member
    }

    mutating func store(_ member: SwarmMember, at index: Int) {
        while members.count <= index { members.append(nil) }
        members[index] = member
        indices[member.id] = index
    }
}

extension Int {
    /// The overlay's index with this number.
    var peer: PeerIndex { PeerIndex(rawValue: Int32(truncatingIfNeeded: self)) }
}
