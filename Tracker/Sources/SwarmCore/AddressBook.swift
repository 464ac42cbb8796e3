import CoreTypes

/// Where peers come from, and what they may do from there. An address may be a whole house, company or campus behind one
/// NAT, so the limits are far above what one viewer needs, and who was thrown out makes others from there leaves before
/// it makes them unwelcome.
///
/// Bounded: when it is full of addresses that matter, all others share one entry.
public struct AddressBook: Sendable {
    /// Whether somebody may join.
    public enum Verdict: Hashable, Sendable {
        /// As a full peer.
        case welcome
        /// Feeding nobody for a while.
        case leaf
        /// Not now: too many joins a second, or too many peers, of the address.
        case tooMany(retrySeconds: Int)
        /// Not now: the id, or too many of the address, were thrown out.
        case banned(retrySeconds: Int)
    }

    /// Most peers of one address.
    public static let peersMax = 5_000
    /// Joins of one address: at once, and a second.
    public static let joinBurst = 300, joinsPerSecond = 50.0
    /// How long a ban lasts, for an id and for what follows for its address.
    public static let banMs: Int64 = 60_000
    /// More bans of one address than that within the time make it unwelcome.
    public static let bansMax = 8, bansMs: Int64 = 600_000
    /// Accusations from one address that throw somebody out: at once, and a second. Each costs nothing but another join.
    public static let accusationBurst = 4, accusationsPerSecond = 1.0 / 15
    /// The same of accusations that somebody else has made before.
    public static let corroborationBurst = 10, corroborationsPerSecond = 1.0 / 6
    /// Most addresses, and most ids, that are remembered: more than a tracker has viewers.
    public static let countMax = 131_072

    private struct Entry {
        var peers = 0
        var joins = RateLimit(burst: joinBurst, perSecond: joinsPerSecond)
        var corroborations = RateLimit(burst: corroborationBurst, perSecond: corroborationsPerSecond)
        var accusations = RateLimit(burst: accusationBurst, perSecond: accusationsPerSecond)
        /// The last ones, the oldest first; one more than `bansMax` at most.
        var bans: [MonotonicInstant] = []
    }

    private var entries: [IPAddress: Entry] = [:]
    /// Those without peers, which may be forgotten one day.
    private var vacant: Set<IPAddress> = []
    private var others = Entry()
    private var ids: [RandomID: MonotonicInstant] = [:]

    /// A book without entries.
    public init() {}

    /// Ids that are banned.
    public var bannedCount: Int { ids.count }
    /// Addresses remembered.
    public var count: Int { entries.count }

    /// Whether an accusation from an address throws the accused out. Counts as one.
    public mutating func believes(_ address: IPAddress, now: MonotonicInstant) -> Bool {
        change(address, now: now) { $0.accusations.take(now: now) }
    }

    /// The same when another peer has accused the same one. Counts as one.
    public mutating func believesSecond(_ address: IPAddress, now: MonotonicInstant) -> Bool {
        change(address, now: now) { $0.corroborations.take(now: now) }
    }

    /// Whether somebody with an address, and an id if it had one before, may join now. Counts as an attempt.
    public mutating func admit(_ address: IPAddress, id: RandomID?, now: MonotonicInstant) -> Verdict {
        if let until = id.flatMap({ ids[$0] }), now < until { return .banned(retrySeconds: Self.seconds(now, until)) }
        return change(address, now: now) { entry in
            entry.bans.removeAll { now.milliseconds(since: $0) > Self.bansMs }
            if entry.bans.count > Self.bansMax, let last = entry.bans.last {
                let until = last.advanced(byMilliseconds: Self.banMs)
                if now < until { return .banned(retrySeconds: Self.seconds(now, until)) }
            }
            guard entry.joins.take(now: now) else { return .tooMany(retrySeconds: entry.joins.secondsToNext()) }
            guard entry.peers < Self.peersMax else { return .tooMany(retrySeconds: 10) }
            let isDoubtful = entry.bans.last.map { now.milliseconds(since: $0) < Self.banMs } ?? false
            return isDoubtful ? .leaf : .welcome
        }
    }

    /// A peer has joined.
    public mutating func joined(_ address: IPAddress, now: MonotonicInstant) {
        change(address, now: now) { $0.peers += 1 }
    }

    /// A peer has left.
    public mutating func left(_ address: IPAddress, now: MonotonicInstant) {
        change(address, now: now) { $0.peers = max(0, $0.peers - 1) }
    }

    /// A peer was thrown out.
    public mutating func ban(_ id: RandomID, _ address: IPAddress, now: MonotonicInstant) {
        if ids.count >= Self.countMax { ids = ids.filter { now < $0.value } }
        if ids.count < Self.countMax { ids[id] = now.advanced(byMilliseconds: Self.banMs) }
        change(address, now: now) { entry in
            if entry.bans.count > Self.bansMax { entry.bans.removeFirst() }
            entry.bans.append(now)
        }
    }

    /// Forgets what does not matter any more; to be called every second or few.
    public mutating func trim(now: MonotonicInstant) {
        ids = ids.filter { now < $0.value }
        for key in vacant {
            guard var entry = entries[key], entry.peers == 0 else {
                vacant.remove(key)
                continue
            }
            if entry.joins.isFull(now: now), !entry.bans.contains(where: { now.milliseconds(since: $0) <= Self.bansMs })
            {
                entries[key] = nil
                vacant.remove(key)
            }
        }
    }

    @discardableResult
    private mutating func change<Result>(
        _ address: IPAddress, now: MonotonicInstant, _ body: (inout Entry) -> Result
    ) -> Result {
        let key = Self.key(address)
        if entries[key] == nil, entries.count >= Self.countMax { return body(&others) }
        let result = body(&entries[key, default: Entry()])
        if entries[key]?.peers == 0 { vacant.insert(key) }
        return result
    }

    /// One household may have all addresses of an IPv6 /64 (RFC 6177).
    public static func key(_ address: IPAddress) -> IPAddress {
        guard !address.isIPv4 else { return address }
        return IPAddress(bytes: Array(address.bytes[..<8]) + [UInt8](repeating: 0, count: 8)) ?? address
    }

    private static func seconds(_ now: MonotonicInstant, _ until: MonotonicInstant) -> Int {
        max(1, Int((until.milliseconds(since: now) + 999) / 1_000))
    }
}
