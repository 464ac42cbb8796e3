/// Something that must never be, found by `checkInvariants`.
public struct InvariantViolation: Hashable, Sendable, CustomStringConvertible {
    /// Which invariant, as `checkInvariants` counts them.
    public let number: Int
    /// Who breaks it and how.
    public let description: String
}

extension Overlay {
    /// What is wrong with this state; takes time by the number of peers times their depth, so it is for tests and for
    /// debugging. Empty unless there is a bug. The invariants:
    /// 1. each peer has one parent in each stripe, which is in the overlay;
    /// 2. the parent has the role of the stripe, and roles go with capacity;
    /// 3. the count of children is right and within the capacity;
    /// 4. every way up ends at the server;
    /// 5. depth is that of the parent + 1, and 1 for roots;
    /// 6. each peer is in the bucket that its kind and depth say, once per stripe;
    /// 7. the counts of slots, attached peers, roots and live peers are right;
    /// 8. the list of children holds exactly those who have the parent.
    ///
    /// And of an overlay that is `settled`, in which ticks move nobody any more:
    /// 9. with R of 4 or more and no broken pairs there are no overflow roots while there are open slots;
    /// 15. when all peers fit at the server they are there.
    public func checkInvariants(settled: Bool = false) -> [InvariantViolation] {
        var violations: [InvariantViolation] = []
        func expect(_ number: Int, _ isKept: Bool, _ what: @autoclosure () -> String) {
            if !isKept { violations.append(InvariantViolation(number: number, description: "\(number): " + what())) }
        }
        var childCounts = Array(repeating: 0, count: peers.count)
        let live = peers.indices.map { Int32($0) }.filter { isLive($0) }
        expect(7, live.count == liveCount, "\(live.count) live peers, counted as \(liveCount)")
        for stripe in 0..<stripeCount {
            for peer in live {
                let link = links[at(peer, stripe)]
                let what = "peer \(peer), stripe \(stripe), parent \(link.parent)"
                expect(1, link.parent == theServer || isLive(link.parent), what)
                if isLive(link.parent) {
                    childCounts[Int(link.parent)] += 1
                    expect(2, isInterior(link.parent, stripe), what)
                    let depth = min(Int(links[at(link.parent, stripe)].depth) + 1, Buckets.depthMax)
                    expect(5, Int(link.depth) == depth, "\(what), depth \(link.depth), not \(depth)")
                    expect(8, children(link.parent, stripe).filter { $0 == peer }.count == 1, "\(what): not its child")
                } else {
                    expect(5, link.depth == 1, "\(what), depth \(link.depth)")
                }
                expect(4, endsAtServer(peer, stripe), what)
                expect(6, isInItsBucket(peer, stripe), what)
            }
            check(stripe, live, expect)
        }
        for peer in live {
            let role = Int(peers[Int(peer)].role)
            for stripe in 0..<stripeCount {
                let link = links[at(peer, stripe)]
                let what = "peer \(peer), role \(role), stripe \(stripe), \(link.childCount) of \(link.capacity) children"
                expect(2, (link.capacity > 0) == (role == stripe), what)
                expect(3, role == stripe ? Int(link.childCount) == childCounts[Int(peer)] : link.childCount == 0, what)
                expect(3, link.childCount <= link.capacity, what)
            }
        }
        if settled { checkSettled(live, expect) }
        return violations
    }

    private typealias Expect = (Int, Bool, @autoclosure () -> String) -> Void

    private func check(_ stripe: Int, _ live: [Int32], _ expect: Expect) {
        let inBuckets = buckets.population(stripe: stripe).reduce(0, +)
        expect(6, inBuckets == live.count, "stripe \(stripe): \(inBuckets) in buckets")
        let capacity = live.reduce(0) { $0 + Int(links[at($1, stripe)].capacity) }
        expect(7, slots[stripe] == capacity, "stripe \(stripe): \(slots[stripe]) slots, not \(capacity)")
        expect(7, attached[stripe] == live.count, "stripe \(stripe): \(attached[stripe]) attached")
        let roots = live.count { links[at($0, stripe)].parent == theServer }
        expect(7, self.roots[stripe] == roots, "stripe \(stripe): \(self.roots[stripe]) roots, not \(roots)")
    }

    private func checkSettled(_ live: [Int32], _ expect: Expect) {
        for stripe in 0..<stripeCount {
            let isReserved = rootLimit >= 4 && brokenPairs.count == 0
            expect(
                9, !isReserved || roots[stripe] <= rootLimit || open(stripe) <= 0,
                "stripe \(stripe): \(roots[stripe]) roots with \(open(stripe)) open slots")
            expect(
                15, liveCount > rootLimit || roots[stripe] == liveCount,
                "stripe \(stripe): \(roots[stripe]) of \(liveCount) at the theServer")
        }
    }

    private func endsAtServer(_ peer: Int32, _ stripe: Int) -> Bool {
        var current = peer
        for _ in 0...peers.count {
            if current == theServer { return true }
            guard isLive(current) else { return false }
            current = links[at(current, stripe)].parent
        }
        return false
    }

    private func isInItsBucket(_ peer: Int32, _ stripe: Int) -> Bool {
        let link = links[at(peer, stripe)]
        let row = row(link, stripe)
        let (depth, position) = (Int(link.depth), Int(link.position))
        guard position >= 0, position < buckets.count(row: row, depth: depth) else { return false }
        return buckets.member(row: row, depth: depth, position: position) == peer
    }
}
