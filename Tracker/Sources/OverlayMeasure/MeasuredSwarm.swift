import CoreTypes
import OverlayCore

/// An overlay and those who are in it, who come and go by chance.
struct MeasuredSwarm {
    var overlay: Overlay
    private(set) var live: [PeerIndex] = []
    private let capacities: Capacities
    private var generator: SeededGenerator
    /// What the last operation changed.
    var changes: [LinkChange] = []
    /// Of whoever came or went last.
    private(set) var capacity = 0

    init(_ options: OverlayMeasurement) {
        var configuration = OverlayConfiguration()
        configuration.stripeCount = options.stripeCount
        configuration.rootLimit = options.rootLimit
        configuration.seed = options.seed
        configuration.expectedPeers = options.peers
        overlay = Overlay(configuration)
        capacities = options.capacities
        generator = SeededGenerator(seed: options.seed)
        // Written to, so that it counts as used before the overlay's memory is measured.
        live = Array(repeating: PeerIndex(rawValue: 0), count: options.peers)
        live.removeAll(keepingCapacity: true)
        changes.reserveCapacity(1_024)
    }

    /// The capacity of whoever comes next: with other than two stripes, as many as carry the same share of the stream.
    mutating func nextCapacity() -> Int {
        min(Overlay.capacityMax, capacities.draw(&generator) * overlay.stripeCount / 2)
    }

    /// One more; what is between the two calls is only the overlay's work.
    mutating func join(capacity: Int, _ stopwatch: inout Stopwatch) -> Int64? {
        changes.removeAll(keepingCapacity: true)
        self.capacity = capacity
        stopwatch.start()
        let peer = overlay.join(capacity: capacity, into: &changes)
        let taken = stopwatch.stop()
        live.append(peer)
        return taken
    }

    /// One more, unmeasured.
    mutating func join(capacity: Int) {
        changes.removeAll(keepingCapacity: true)
        self.capacity = capacity
        live.append(overlay.join(capacity: capacity, into: &changes))
    }

    /// Somebody less.
    mutating func leave(_ stopwatch: inout Stopwatch) -> Int64? {
        let number = Int.random(in: 0..<live.count, using: &generator)
        live.swapAt(number, live.count - 1)
        let peer = live.removeLast()
        capacity = overlay.capacity(of: peer)
        changes.removeAll(keepingCapacity: true)
        stopwatch.start()
        overlay.leave(peer, into: &changes)
        return stopwatch.stop()
    }

    /// Background work.
    mutating func tick(budget: Int, _ stopwatch: inout Stopwatch) -> Int64? {
        changes.removeAll(keepingCapacity: true)
        stopwatch.start()
        overlay.tick(budget: budget, into: &changes)
        return stopwatch.stop()
    }

    /// Takes half of all out of the list, and not yet out of the overlay.
    mutating func takeHalf() -> [PeerIndex] {
        live.shuffle(using: &generator)
        let gone = Array(live.suffix(live.count / 2))
        live.removeLast(gone.count)
        return gone
    }

    /// Loses each of the links in `changes`, and those that follow, whose ends cannot connect: one pair in ten. No more
    /// than `lossesMax` of them, for a viewer may have nobody to connect to.
    mutating func loseBroken() {
        var (next, losses) = (0, 0)
        while next < changes.count && losses < Self.lossesMax {
            let change = changes[next]
            next += 1
            guard case .peer(let parent) = change.newParent, Self.isBroken(change.peer, parent) else { continue }
            overlay.lost(change.peer, stripe: change.stripe, parent: .peer(parent), into: &changes)
            losses += 1
        }
    }

    private static let lossesMax = 1_000

    private static func isBroken(_ one: PeerIndex, _ other: PeerIndex) -> Bool {
        let pair = UInt64(min(one, other).rawValue) << 32 | UInt64(max(one, other).rawValue)
        var generator = SeededGenerator(seed: pair)
        return generator.next() % 10 == 0
    }

    /// What all report but those at every fiftieth place of the list, in the order of the list.
    func reports() -> [PeerReport] {
        var position = Array(repeating: Int32(-1), count: overlay.indexCount)
        var reporting: [PeerIndex] = []
        for (number, peer) in live.enumerated() where number % 50 != 49 {
            position[Int(peer.rawValue)] = Int32(reporting.count)
            reporting.append(peer)
        }
        return reporting.map { peer in
            PeerReport(
                capacity: overlay.capacity(of: peer), role: overlay.role(of: peer),
                parents: overlay.parents(of: peer).map { parent in
                    guard case .peer(let index) = parent else { return parent }
                    let number = position[Int(index.rawValue)]
                    return number < 0 ? nil : .peer(PeerIndex(rawValue: number))
                })
        }
    }

    /// The greatest depth in any stripe.
    var depthMax: Int { (0..<overlay.stripeCount).map { overlay.depths(stripe: $0).max }.max() ?? 0 }

    /// The share of viewers whose parents are all there, and no two the same peer.
    var distinctParents: Double {
        let good = live.count { peer in
            let parents = overlay.parents(of: peer)
            let peers = parents.compactMap { if case .peer(let index) = $0 { index } else { nil } }
            return parents.count == overlay.stripeCount && Set(peers).count == peers.count
                && peers.allSatisfy { overlay.contains($0) }
        }
        return live.isEmpty ? 1 : Double(good) / Double(live.count)
    }
}
