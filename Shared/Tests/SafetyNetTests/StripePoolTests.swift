import CoreTypes
import Testing

@testable import SafetyNet

@Suite struct StripePoolTests {
    private let start = MonotonicInstant(nanoseconds: 1_000_000_000)

    private func viewer(_ number: UInt64) -> RandomID { RandomID(number: number) }

    private func claim(_ reason: ForwardReason, _ standing: PoolClaim.Standing = .peer) -> PoolClaim {
        PoolClaim(standing: standing, reason: reason)!
    }

    /// Opens answers of both stripes for new viewers until one is refused; returns how many were admitted.
    private func fill(_ pool: inout StripePool, _ claim: PoolClaim, from first: UInt64) -> Int {
        var count = 0
        while pool.open(stripes: 2, for: viewer(first + UInt64(count)), claim: claim, now: start) != nil { count += 1 }
        return count
    }

    @Test(arguments: [
        (0, 8), (1, 8), (80, 8), (81, 9), (100, 10), (639, 64), (640, 64), (12_800, 64), (12_801, 65), (20_000, 100),
        (1_000_000, 5_000), (-5, 8),
    ])
    func `a tenth of a small swarm, a two-hundredth of a large one`(peers: Int, units: Int) {
        #expect(StripePool.size(peers: peers) == units)
    }

    @Test func `more viewers never make a smaller pool`() {
        for peers in 0..<30_000 { #expect(StripePool.size(peers: peers) <= StripePool.size(peers: peers + 1)) }
        _ = StripePool.size(peers: .max)
    }

    @Test func `descendants fill half, starters three quarters, owners all`() {
        var pool = StripePool()
        pool.peers = 160
        #expect(fill(&pool, claim(.descendant), from: 100) == 4)
        #expect(fill(&pool, claim(.start), from: 200) == 2)
        #expect(fill(&pool, claim(.owner), from: 300) == 2)
        #expect(pool.used(now: start) == 16)
        #expect(pool.usedByReason(now: start) == [.descendant: 8, .start: 4, .owner: 4])
    }

    @Test func `owners leave nothing to those whose need is less`() {
        var pool = StripePool()
        for number in UInt64(0)..<3 {
            #expect(pool.open(stripes: 2, for: viewer(number), claim: claim(.owner), now: start) != nil)
        }
        #expect(pool.open(stripes: 1, for: viewer(10), claim: claim(.start), now: start) == nil)
        #expect(pool.open(stripes: 2, for: viewer(11), claim: claim(.owner), now: start) != nil)
    }

    @Test func `shares are rounded up, and both stripes fit into the smallest`() {
        for size in 1...1_000 {
            let starters = StripePool.share(of: size, for: .start)
            #expect(starters >= 2 && starters * 4 >= size * 3 && (starters - 1) * 4 < max(5, size * 3))
            #expect(StripePool.share(of: size, for: .descendant) >= 2)
            #expect(StripePool.share(of: size, for: .owner) == size)
        }
    }

    @Test func `a new answer of a viewer replaces its old one, whose end then frees nothing`() {
        var pool = StripePool()
        let first = pool.open(stripes: 2, for: viewer(1), claim: claim(.start), now: start)!
        let second = pool.open(stripes: 1, for: viewer(1), claim: claim(.owner), now: start)!
        #expect(pool.used(now: start) == 1)
        pool.release(first)
        #expect(pool.used(now: start) == 1)
        pool.release(second)
        pool.release(second)
        #expect(pool.used(now: start) == 0)
    }

    @Test func `a refused viewer keeps what it has, and who takes no more is admitted`() {
        var pool = StripePool()
        let held = pool.open(stripes: 1, for: viewer(1), claim: claim(.descendant), now: start)!
        #expect(fill(&pool, claim(.owner), from: 10) == 3)
        #expect(pool.open(stripes: 2, for: viewer(1), claim: claim(.descendant), now: start) == nil)
        #expect(pool.used(now: start) == 7)
        #expect(pool.open(stripes: 1, for: viewer(1), claim: claim(.descendant), now: start) != nil)
        pool.release(held)
        #expect(pool.used(now: start) == 7)
    }

    @Test func `roots have their place, and their own stripe is free in a fall-back`() {
        var pool = StripePool()
        #expect(fill(&pool, claim(.owner), from: 10) == 4)
        #expect(pool.open(stripes: 2, for: viewer(1), claim: claim(.root, .root), now: start) != nil)
        #expect(pool.takeChunk(for: viewer(1), claim: claim(.root, .root), now: start) == true)
        #expect(pool.open(stripes: 1, for: viewer(2), claim: claim(.start, .root), now: start) != nil)
        #expect(pool.open(stripes: 2, for: viewer(3), claim: claim(.owner, .root), now: start) == nil)
        #expect(pool.used(now: start) == 8)
        #expect(PoolClaim(standing: .peer, reason: .root) == nil)
    }

    @Test func `direct viewers stay outside, with one answer each`() {
        var pool = StripePool()
        #expect(fill(&pool, claim(.owner), from: 10) == 4)
        let first = pool.open(stripes: 2, for: viewer(1), claim: claim(.start, .direct), now: start)!
        let second = pool.open(stripes: 2, for: viewer(1), claim: claim(.root, .direct), now: start)!
        #expect(first != second)
        for _ in 0..<1_000 {
            #expect(pool.takeChunk(for: viewer(1), claim: claim(.start, .direct), now: start) == true)
        }
        #expect(pool.used(now: start) == 8)
    }

    @Test func `a chunk takes a unit for a second, which the viewer's next ones share`() {
        var pool = StripePool()
        for _ in 0..<StripePool.requestsPerHold {
            #expect(pool.takeChunk(for: viewer(1), claim: claim(.owner), now: start) == true)
        }
        #expect(pool.used(now: start) == 1)
        #expect(pool.takeChunk(for: viewer(1), claim: claim(.owner), now: start) == false, "it asks for too many")
        #expect(pool.used(now: start.advanced(byMilliseconds: 999)) == 1)
        let later = start.advanced(byMilliseconds: 1_000)
        #expect(pool.used(now: later) == 0)
        #expect(pool.takeChunk(for: viewer(1), claim: claim(.owner), now: later) == true)
    }

    @Test func `chunks find the pool exhausted as answers do`() {
        var pool = StripePool()
        for number in UInt64(0)..<4 {
            #expect(pool.takeChunk(for: viewer(number), claim: claim(.descendant), now: start) == true)
        }
        #expect(pool.takeChunk(for: viewer(9), claim: claim(.descendant), now: start) == false)
        #expect(pool.takeChunk(for: viewer(9), claim: claim(.owner), now: start) == true)
        #expect(pool.takeChunk(for: viewer(0), claim: claim(.descendant), now: start) == true, "held already")
    }

    @Test func `a swarm that shrinks takes nothing back`() {
        var pool = StripePool()
        pool.peers = 200
        #expect(fill(&pool, claim(.owner), from: 1) == 10)
        pool.peers = 0
        #expect(pool.used(now: start) == 20)
        #expect(pool.open(stripes: 1, for: viewer(99), claim: claim(.owner), now: start) == nil)
        #expect(pool.open(stripes: 2, for: viewer(1), claim: claim(.start), now: start) != nil, "no more than before")
    }
}

@Suite struct SwarmSizesTests {
    private let start = MonotonicInstant(nanoseconds: 1_000_000_000)
    private let name = try! StreamName("test")

    private func swarms(_ peers: [String: Int]) -> [(stream: String, peers: Int)] {
        peers.map { (stream: $0.key, peers: $0.value) }
    }

    @Test func `trackers count together, and one that falls silent no longer`() {
        var sizes = SwarmSizes()
        #expect(sizes.peers(of: name, now: start) == 0)
        sizes.update(tracker: 0, swarms: swarms(["test": 100, "other": 7]), now: start)
        sizes.update(tracker: 1, swarms: swarms(["test": 50]), now: start.advanced(byMilliseconds: 3_000))
        #expect(sizes.peers(of: name, now: start.advanced(byMilliseconds: 5_999)) == 150)
        #expect(sizes.peers(of: name, now: start.advanced(byMilliseconds: 6_000)) == 50)
        #expect(sizes.peers(of: name, now: start.advanced(byMilliseconds: 9_000)) == 0)
    }

    @Test func `a swarm that is no longer told of is gone`() {
        var sizes = SwarmSizes()
        sizes.update(tracker: 0, swarms: swarms(["test": 100]), now: start)
        sizes.update(tracker: 0, swarms: swarms(["other": 1]), now: start)
        #expect(sizes.peers(of: name, now: start) == 0)
    }

    @Test func `absurd numbers and endless lists do no harm`() {
        var sizes = SwarmSizes()
        let streams = ["test"] + (0..<10_000).map { "s\($0)" }
        sizes.update(tracker: 0, swarms: streams.map { (stream: $0, peers: $0 == "test" ? -5 : 1) }, now: start)
        #expect(sizes.peers(of: name, now: start) == 0)
        #expect(sizes.peers(of: try! StreamName("s9999"), now: start) == 0)
        for tracker in 0..<4 { sizes.update(tracker: tracker, swarms: swarms(["test": .max]), now: start) }
        #expect(sizes.peers(of: name, now: start) > 1 << 32)
    }
}

extension RandomID {
    /// An id that tests tell apart by its number.
    init(number: UInt64) {
        var generator = SeededGenerator(seed: number)
        self.init(using: &generator)
    }
}
