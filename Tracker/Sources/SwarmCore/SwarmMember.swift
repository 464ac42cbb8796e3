import CoreTypes

/// What a swarm knows of a peer beside its place in the overlay.
struct SwarmMember: Sendable {
    /// What was told about one stripe; events are the difference between this and the overlay.
    struct Told: Sendable {
        /// Nil before it was told anything.
        var source: SwarmSource?
        var grandparent: RandomID?
        var depth = 0
        /// The parent was told of this child.
        var isAnnounced = false
        /// When it became the source.
        var since: MonotonicInstant?
    }

    /// What is believed after children complained, whatever is declared.
    struct Trust: Sendable {
        /// Children it can feed from `since` on; one more with each `SwarmTimes.trustMs`.
        var children: Int
        var since: MonotonicInstant

        func capacity(now: MonotonicInstant) -> Int {
            children + Int(max(0, now.milliseconds(since: since)) / SwarmTimes.trustMs)
        }
    }

    let id: RandomID
    /// Where it is, for the overlay; always 0 in a swarm of one region.
    let region: Int
    /// By stripe.
    var told: [Told]
    /// The capacity it offers; the overlay counts 0 while it is `leafUntil`.
    var capacity: Int
    var leafUntil: MonotonicInstant?
    /// Nil while nobody has complained, or that is long ago.
    var trust: Trust?
    /// It has no event stream; what its children say of it is then believed at once.
    var isSilent = false
    /// It waits to be looked at for that, and is among those who have lost their streams: each once.
    var isMuted = false, isAmongSilent = false
    /// It leaves with the next batch.
    var isDeparting = false
    var losses = RateLimit(burst: SwarmTimes.lossesMax, perSecond: Double(SwarmTimes.lossesMax) / 60)
    /// Who reported it last, and when.
    var reportedBy: (child: RandomID, at: MonotonicInstant)?
    /// Who could not connect to it lately, the oldest first.
    var unreachableBy: [(child: RandomID, at: MonotonicInstant)] = []
    /// Who accused it last.
    var accusedBy: (peer: RandomID, at: MonotonicInstant)?
    /// Its last accusation, and of whom.
    var accusation: (accused: RandomID, at: MonotonicInstant)?
    /// Neighbours of a moment ago, the oldest first.
    var former: [(peer: RandomID, at: MonotonicInstant)] = []
    /// The role it had when it resumed.
    var resumedRole: Int?

    /// When it joined, or came back.
    let joinedAt: MonotonicInstant

    init(_ id: RandomID, capacity: Int, region: Int, stripeCount: Int, now: MonotonicInstant) {
        self.region = region
        joinedAt = now
        self.id = id
        self.capacity = capacity
        told = Array(repeating: Told(), count: stripeCount)
    }

    /// What the overlay is to count with now.
    func effectiveCapacity(now: MonotonicInstant) -> Int {
        if let leafUntil, now < leafUntil { return 0 }
        return min(capacity, trust?.capacity(now: now) ?? capacity)
    }

    /// Whether another child has reported it lately.
    func wasReported(notBy child: RandomID, within ms: Int64, now: MonotonicInstant) -> Bool {
        reportedBy.map { $0.child != child && now.milliseconds(since: $0.at) <= ms } ?? false
    }

    /// Takes note of a child that could not connect; true when they have become too many.
    mutating func noteUnreachable(by child: RandomID, now: MonotonicInstant) -> Bool {
        unreachableBy.removeAll { $0.child == child || now.milliseconds(since: $0.at) > SwarmTimes.unreachableMs }
        unreachableBy.append((child, now))
        guard unreachableBy.count >= SwarmTimes.unreachableMax else { return false }
        unreachableBy = []
        return true
    }

    /// Remembers somebody that was a neighbour until now.
    mutating func part(from peer: RandomID, now: MonotonicInstant) {
        former.removeAll { $0.peer == peer || now.milliseconds(since: $0.at) > SwarmTimes.formerNeighbourMs }
        if former.count >= SwarmTimes.formerNeighboursMax { former.removeFirst() }
        former.append((peer, now))
    }
}
