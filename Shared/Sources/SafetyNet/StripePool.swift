import CoreTypes

/// What the viewers of one swarm may take from a forward beside its roots: the safety net. Without a bound everybody
/// below a broken link would fall back on the forward at once, and it would fall with them.
///
/// The unit is one stripe. Those whose need is greatest may use all of the pool, others only a share of it, so that the
/// rest stays free for the former. Bounded: one lease per open answer, which the limit on viewers bounds, and one hold
/// per unit.
public struct StripePool: Sendable {
    /// The place of one open stripe answer.
    public struct Lease: Hashable, Sendable {
        /// Whose it is.
        public let viewer: RandomID
        fileprivate let number: UInt64
    }

    /// How long a chunk or piece takes its unit, in milliseconds.
    public static let holdMs: Int64 = 1_000
    /// Chunks and pieces of one viewer that share a unit while it is held.
    public static let requestsPerHold = 32
    /// Seconds after which asking again is worth while. An estimate: holds end within it, answers end when they end.
    public static let retryAfterSeconds = 1

    /// Viewers of the swarm, as all trackers together count them. A pool that shrinks takes nothing back.
    public var peers = 0
    private var leases: [RandomID: (number: UInt64, units: Int, reason: ForwardReason)] = [:]
    private var leasedUnits = 0
    private var leasesMade: UInt64 = 0
    private var holds: [RandomID: (requests: Int, reason: ForwardReason)] = [:]
    /// When the holds end, soonest first.
    private var holdEnds: [(viewer: RandomID, at: MonotonicInstant)] = []

    /// An empty pool for a swarm of nobody.
    public init() {}

    /// Units of the pool of a swarm with `peers` viewers.
    public static func size(peers: Int) -> Int {
        peers < 640 ? max(8, (max(0, peers) + 9) / 10) : max(64, peers / 200 + (peers % 200 == 0 ? 0 : 1))
    }

    /// Units now.
    public var size: Int { Self.size(peers: peers) }

    /// How many of `size` units may be in use once somebody with this reason has got theirs. At least 2: whoever takes
    /// both stripes fits into an empty pool.
    public static func share(of size: Int, for reason: ForwardReason) -> Int {
        switch reason {
        case .root, .owner: size
        case .start: max(2, size - size / 4)
        case .descendant: max(2, size - size / 2)
        }
    }

    /// Units in use at `now`.
    public mutating func used(now: MonotonicInstant) -> Int {
        endHolds(now: now)
        return leasedUnits + holds.count
    }

    /// Units in use at `now`, by what they were asked for.
    public mutating func usedByReason(now: MonotonicInstant) -> [ForwardReason: Int] {
        endHolds(now: now)
        var units: [ForwardReason: Int] = [:]
        for lease in leases.values where lease.units > 0 { units[lease.reason, default: 0] += lease.units }
        for hold in holds.values { units[hold.reason, default: 0] += 1 }
        return units
    }

    /// Admits an answer of `stripes` stripes, in place of the one that the viewer has. Nil when the pool is exhausted:
    /// then the viewer keeps what it has. Who takes no more than before is always admitted.
    public mutating func open(
        stripes: Int, for viewer: RandomID, claim: PoolClaim, now: MonotonicInstant
    ) -> Lease? {
        let units = claim.units(stripes: stripes)
        let before = leases[viewer]?.units ?? 0
        let others = used(now: now) - before
        guard units <= before || others + units <= Self.share(of: size, for: claim.reason) else { return nil }
        leasesMade += 1
        leases[viewer] = (leasesMade, units, claim.reason)
        leasedUnits += units - before
        return Lease(viewer: viewer, number: leasesMade)
    }

    /// The answer has ended. Does nothing for one that another answer of the viewer has replaced.
    public mutating func release(_ lease: Lease) {
        guard let held = leases[lease.viewer], held.number == lease.number else { return }
        leases[lease.viewer] = nil
        leasedUnits -= held.units
    }

    /// Admits a chunk or piece: the first takes a unit, which the viewer's next share until it is given back after
    /// `holdMs`. False when the pool is exhausted, or the viewer asks for more than `requestsPerHold` in that time.
    public mutating func takeChunk(for viewer: RandomID, claim: PoolClaim, now: MonotonicInstant) -> Bool {
        guard claim.standing != .direct, claim.reason != .root else { return true }
        let used = used(now: now)
        if let held = holds[viewer] {
            guard held.requests < Self.requestsPerHold else { return false }
            holds[viewer] = (held.requests + 1, held.reason)
            return true
        }
        guard used < Self.share(of: size, for: claim.reason) else { return false }
        holds[viewer] = (1, claim.reason)
        holdEnds.append((viewer, now.advanced(byMilliseconds: Self.holdMs)))
        return true
    }

    private mutating func endHolds(now: MonotonicInstant) {
        let count = holdEnds.prefix { $0.at <= now }.count
        guard count > 0 else { return }
        for end in holdEnds[..<count] { holds[end.viewer] = nil }
        holdEnds.removeFirst(count)
    }
}
