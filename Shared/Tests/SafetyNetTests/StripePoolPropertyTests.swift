import CoreTypes
import Testing

@testable import SafetyNet

/// Random histories of a pool beside a plain account of who has what.
@Suite struct StripePoolPropertyTests {
    /// One open answer as a careful clerk notes it.
    private struct Open {
        let lease: StripePool.Lease
        let viewer: RandomID
        let units: Int
    }

    private struct World {
        var pool = StripePool()
        var now = MonotonicInstant(nanoseconds: 1_000_000_000)
        /// The answers that count: one per viewer.
        var open: [RandomID: Open] = [:]
        /// All leases whose end has not been told, replaced ones too.
        var leases: [StripePool.Lease] = []
        /// When each viewer's hold ends, and how often it was used.
        var holds: [RandomID: (end: MonotonicInstant, requests: Int)] = [:]

        var used: Int { open.values.reduce(0) { $0 + $1.units } + holds.values.count { $0.end > now } }
    }

    private func claim(using generator: inout SeededGenerator) -> PoolClaim {
        while true {
            let standing = PoolClaim.Standing.allCases.randomElement(using: &generator) ?? .peer
            let reason = ForwardReason.allCases.randomElement(using: &generator) ?? .start
            if let claim = PoolClaim(standing: standing, reason: reason) { return claim }
        }
    }

    private func openAnswer(_ world: inout World, _ viewer: RandomID, using generator: inout SeededGenerator) {
        let claim = claim(using: &generator)
        let stripes = Int.random(in: 1...2, using: &generator)
        let units = claim.units(stripes: stripes)
        let own = world.open[viewer]?.units ?? 0
        let fits = world.used - own + units <= StripePool.share(of: world.pool.size, for: claim.reason)
        let lease = world.pool.open(stripes: stripes, for: viewer, claim: claim, now: world.now)
        #expect((lease != nil) == (fits || units <= own), "\(claim) \(stripes) beside \(world.used)")
        guard let lease else { return }
        world.open[viewer] = Open(lease: lease, viewer: viewer, units: units)
        world.leases.append(lease)
    }

    private func endAnswer(_ world: inout World, using generator: inout SeededGenerator) {
        guard let index = world.leases.indices.randomElement(using: &generator) else { return }
        let lease = world.leases.remove(at: index)
        world.pool.release(lease)
        if world.open[lease.viewer]?.lease == lease { world.open[lease.viewer] = nil }
    }

    private func takeChunk(_ world: inout World, _ viewer: RandomID, using generator: inout SeededGenerator) {
        let claim = claim(using: &generator)
        let used = world.used
        let isTaken = world.pool.takeChunk(for: viewer, claim: claim, now: world.now)
        guard claim.standing != .direct, claim.reason != .root else { return #expect(isTaken) }
        if let held = world.holds[viewer], held.end > world.now {
            #expect(isTaken == (held.requests < StripePool.requestsPerHold))
            if isTaken { world.holds[viewer]?.requests += 1 }
        } else {
            #expect(isTaken == (used < StripePool.share(of: world.pool.size, for: claim.reason)))
            if isTaken { world.holds[viewer] = (world.now.advanced(byMilliseconds: StripePool.holdMs), 1) }
        }
    }

    @Test(arguments: UInt64(1)...60)
    func `the account always adds up, and nobody gets more than the share`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var world = World()
        let viewers = (0..<Int.random(in: 2...60, using: &generator)).map { _ in RandomID(using: &generator) }
        for step in 0..<2_000 {
            let viewer = viewers.randomElement(using: &generator) ?? viewers[0]
            switch Int.random(in: 0..<20, using: &generator) {
            case 0..<7: openAnswer(&world, viewer, using: &generator)
            case 7..<12: endAnswer(&world, using: &generator)
            case 12..<17: takeChunk(&world, viewer, using: &generator)
            case 17: world.pool.peers = Int.random(in: 0...400, using: &generator)
            default: world.now = world.now.advanced(byMilliseconds: Int64.random(in: 0...600, using: &generator))
            }
            #expect(world.pool.used(now: world.now) == world.used, "seed \(seed), step \(step)")
            let sum = world.pool.usedByReason(now: world.now).values.reduce(0, +)
            #expect(sum == world.used, "seed \(seed), step \(step)")
        }
        for lease in world.leases { world.pool.release(lease) }
        world.now = world.now.advanced(byMilliseconds: StripePool.holdMs)
        #expect(world.pool.used(now: world.now) == 0, "seed \(seed): something was never given back")
    }

    @Test(arguments: UInt64(1)...20)
    func `a herd of descendants leaves room for every owner within the pool`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var pool = StripePool()
        pool.peers = Int.random(in: 0...50_000, using: &generator)
        let now = MonotonicInstant(nanoseconds: 1)
        let descendant = try #require(PoolClaim(standing: .peer, reason: .descendant))
        let owner = try #require(PoolClaim(standing: .peer, reason: .owner))
        for _ in 0..<2_000 {
            _ = pool.open(stripes: 2, for: RandomID(using: &generator), claim: descendant, now: now)
            _ = pool.takeChunk(for: RandomID(using: &generator), claim: descendant, now: now)
        }
        let free = pool.size - pool.used(now: now)
        #expect(free >= pool.size / 2, "seed \(seed)")
        var owners = 0
        while pool.open(stripes: 1, for: RandomID(using: &generator), claim: owner, now: now) != nil { owners += 1 }
        #expect(owners == free, "seed \(seed)")
    }
}
