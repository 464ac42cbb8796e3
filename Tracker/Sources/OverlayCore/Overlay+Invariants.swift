extension Overlay {
    /// What is wrong with this state; takes time by the number of peers times their depth, so it is for tests and for
    /// debugging. Empty unless there is a bug. Of an overlay that is `settled`, in which ticks move nobody any more, more
    /// is expected.
    public func checkInvariants(settled: Bool = false) -> [InvariantViolation] {
        var violations: [InvariantViolation] = []
        func expect(_ invariant: Invariant, _ isKept: Bool, _ what: @autoclosure () -> String) {
            if !isKept { violations.append(InvariantViolation(invariant, what())) }
        }
        var childCounts = Array(repeating: 0, count: peers.count)
        let live = peers.indices.map { Int32($0) }.filter { isLive($0) }
        expect(.counts, live.count == liveCount, "\(live.count) live peers, counted as \(liveCount)")
        for stripe in 0..<stripeCount {
            for peer in live {
                let link = links[at(peer, stripe)]
                let what = "peer \(peer), stripe \(stripe), parent \(link.parent)"
                expect(.parents, link.parent == theServer || isLive(link.parent), what)
                if isLive(link.parent) {
                    childCounts[Int(link.parent)] += 1
                    expect(.roles, isInterior(link.parent, stripe), what)
                    let depth = min(Int(links[at(link.parent, stripe)].depth) + 1, Buckets.depthMax)
                    expect(.depth, Int(link.depth) == depth, "\(what), depth \(link.depth), not \(depth)")
                    expect(.children, isInItsList(peer, stripe), "\(what): not where its list has it")
                } else {
                    expect(.depth, link.depth == 1, "\(what), depth \(link.depth)")
                }
                expect(.acyclic, endsAtServer(peer, stripe), what)
                expect(.buckets, isInItsBucket(peer, stripe), what)
            }
            check(stripe, live, expect)
        }
        for peer in live {
            let role = Int(peers[Int(peer)].role)
            for stripe in 0..<stripeCount {
                let link = links[at(peer, stripe)]
                let what = "peer \(peer), role \(role), stripe \(stripe), \(link.childCount)/\(link.capacity) children"
                expect(.roles, (link.capacity > 0) == (role == stripe), what)
                let counted = role == stripe ? childCounts[Int(peer)] : 0
                expect(
                    .children, link.childCount == counted && link.childCount <= link.capacity, "\(what), not \(counted)"
                )
                expect(.children, children(peer, stripe).count == counted, "\(what), others in the list")
            }
        }
        if settled { checkSettled(live, expect) }
        return violations
    }

    private typealias Expect = (Invariant, Bool, @autoclosure () -> String) -> Void

    private func check(_ stripe: Int, _ live: [Int32], _ expect: Expect) {
        let inBuckets = buckets.population(stripe: stripe).reduce(0, +)
        expect(.buckets, inBuckets == live.count, "stripe \(stripe): \(inBuckets) in buckets")
        let capacity = live.reduce(0) { $0 + Int(links[at($1, stripe)].capacity) }
        expect(.counts, slots[stripe] == capacity, "stripe \(stripe): \(slots[stripe]) slots, not \(capacity)")
        expect(.counts, attached[stripe] == live.count, "stripe \(stripe): \(attached[stripe]) attached")
        let roots = live.count { links[at($0, stripe)].parent == theServer }
        expect(.counts, self.roots[stripe] == roots, "stripe \(stripe): \(self.roots[stripe]) roots, not \(roots)")
    }

    private func checkSettled(_ live: [Int32], _ expect: Expect) {
        for stripe in 0..<stripeCount {
            let isReserved = rootLimit >= 4 && brokenPairs.count == 0
            expect(
                .overflow, !isReserved || roots[stripe] <= rootLimit || open(stripe) <= 0,
                "stripe \(stripe): \(roots[stripe]) roots with \(open(stripe)) open slots")
            expect(
                .direct, liveCount > rootLimit || roots[stripe] == liveCount,
                "stripe \(stripe): \(roots[stripe]) of \(liveCount) at the server")
        }
    }

    private func isInItsList(_ peer: Int32, _ stripe: Int) -> Bool {
        let link = links[at(peer, stripe)]
        guard link.previous >= 0 else { return links[at(link.parent, stripe)].firstChild == peer }
        let before = links[at(link.previous, stripe)]
        return before.next == peer && before.parent == link.parent
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
