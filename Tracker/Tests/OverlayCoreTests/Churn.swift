import CoreTypes
import OverlayCore

/// Peers that come and go in pairs of a departure and an arrival, so that their number stays.
struct Churn {
    var overlay: Overlay
    private(set) var live: [PeerIndex] = []
    private var generator: SeededGenerator
    private let isMixed: Bool
    /// Of the last operation.
    private(set) var changes: [LinkChange] = []

    /// A swarm of `count` peers, all of capacity 2 or mixed.
    init(count: Int, rootLimit: Int, seed: UInt64, isMixed: Bool = false) {
        var configuration = OverlayConfiguration()
        configuration.rootLimit = rootLimit
        configuration.seed = seed
        configuration.expectedPeers = count
        overlay = Overlay(configuration)
        generator = SeededGenerator(seed: seed)
        self.isMixed = isMixed
        for _ in 0..<count { join() }
    }

    /// One more peer.
    mutating func join() {
        let capacity = isMixed ? generator.mixedCapacity() : 2
        changes.removeAll(keepingCapacity: true)
        live.append(overlay.join(capacity: capacity, into: &changes))
    }

    /// The peer that leaves next, and its place in `live`.
    mutating func choose() -> (number: Int, peer: PeerIndex) {
        let number = generator.below(live.count)
        return (number, live[number])
    }

    /// A peer less. Returns the capacity it had.
    @discardableResult
    mutating func leave(_ number: Int) -> Int {
        live.swapAt(number, live.count - 1)
        let peer = live.removeLast()
        let capacity = overlay.capacity(of: peer)
        changes.removeAll(keepingCapacity: true)
        overlay.leave(peer, into: &changes)
        return capacity
    }

    /// Tells of every link in `changes`, and those that follow, that is between two of a kind of pair that cannot connect;
    /// returns how many such links there were.
    mutating func loseBroken(_ isBroken: (PeerIndex, PeerIndex) -> Bool) -> Int {
        var told = 0
        var next = 0
        while next < changes.count && told < 1_000 {
            let change = changes[next]
            next += 1
            guard case .peer(let parent) = change.newParent, isBroken(change.peer, parent) else { continue }
            // What has been changed again since is no parent any more, and ignored.
            overlay.lost(change.peer, stripe: change.stripe, parent: .peer(parent), into: &changes)
            told += 1
        }
        return told
    }

    /// A share of the peers leaves at once. While nobody has left before, peers are in the order in which they came.
    mutating func leaveBatch(share: Double, _ who: Leavers = .random) {
        changes.removeAll(keepingCapacity: true)
        overlay.leaveBatch(take(share: share, who), into: &changes)
    }

    /// Takes a share of the peers out of `live`, and not yet out of the overlay.
    mutating func take(share: Double, _ who: Leavers) -> [PeerIndex] {
        let count = Int(Double(live.count) * share)
        switch who {
        case .oldest: live.reverse()
        case .newest: break
        case .evenly:
            let isGone = { (number: Int) in Int(Double(number + 1) * share) > Int(Double(number) * share) }
            let numbered = live.enumerated()
            live =
                numbered.filter { !isGone($0.offset) }.map(\.element)
                + numbered.filter { isGone($0.offset) }.map(\.element)
        case .random: live.shuffle(using: &generator)
        }
        defer { live.removeLast(count) }
        return live.suffix(count)
    }

    /// Which peers leave.
    enum Leavers: CaseIterable, Sendable {
        case oldest, newest, evenly, random
    }

    /// Ticks until nothing is left to do, 4,000 times at most. Returns whether a tick ever made a tree deeper that was
    /// deeper than its bound.
    mutating func settle(budget: Int) -> Bool {
        var (hasDeepened, depth) = (false, depthMax)
        for _ in 0..<4_000 {
            changes.removeAll(keepingCapacity: true)
            if overlay.tick(budget: budget, into: &changes) == 0 { break }
            if depthMax > depth && depthMax > overlay.depths(stripe: 0).bound { hasDeepened = true }
            depth = depthMax
        }
        return hasDeepened
    }

    /// Background work.
    mutating func tick(budget: Int) {
        changes.removeAll(keepingCapacity: true)
        overlay.tick(budget: budget, into: &changes)
    }

    /// The greatest depth in any stripe.
    var depthMax: Int { (0..<overlay.stripeCount).map { overlay.depths(stripe: $0).max }.max() ?? 0 }
}
