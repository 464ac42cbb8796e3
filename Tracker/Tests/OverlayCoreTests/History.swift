import CoreTypes
import OverlayCore

/// One operation of a random history. Peers are chosen by a number modulo those who are there, so that any part of a
/// history is a history.
enum Step: Sendable {
    case join(capacity: Int, region: Int)
    case leave(Int)
    case leaveBatch([Int])
    case lost(peer: Int, stripe: Int)
    case setCapacity(peer: Int, Int)
    case tick(budget: Int)
    case setRootLimit(Int)
    case rebuild(missing: Int)
}

/// What a history is run with.
struct HistorySetup: Sendable, CustomStringConvertible {
    var seed: UInt64
    var stripeCount = 2
    var rootLimit = 4
    var regionCount = 1
    /// Joins are preferred up to this many peers, departures beyond.
    var size = 30

    var description: String {
        "seed \(seed), K \(stripeCount), R \(rootLimit), \(regionCount) regions, size \(size)"
    }
}

/// Runs histories on an overlay and on a mirror that knows nothing but the changes, and says what is wrong.
struct HistoryRunner {
    private(set) var overlay: Overlay
    private(set) var live: [PeerIndex] = []
    /// Each peer's parents as the changes tell.
    private var mirror: [PeerIndex: [Parent?]] = [:]
    /// All changes in order.
    private(set) var changes: [LinkChange] = []

    init(_ setup: HistorySetup) {
        var configuration = OverlayConfiguration()
        configuration.stripeCount = setup.stripeCount
        configuration.rootLimit = setup.rootLimit
        configuration.regionCount = setup.regionCount
        configuration.seed = setup.seed
        configuration.brokenPairsMax = 256
        overlay = Overlay(configuration)
    }

    /// The first thing that is wrong after a step, or nil.
    mutating func run(_ step: Step) -> String? {
        let before = changes.count
        perform(step)
        for change in changes[before...] {
            guard overlay.contains(change.peer) else { return "a change for \(change.peer), who is gone" }
            if case .peer(let parent) = change.newParent, !overlay.contains(parent) {
                return "a change to \(parent), who is gone"
            }
            mirror[change.peer, default: Array(repeating: nil, count: overlay.stripeCount)][change.stripe] =
                change.newParent
        }
        if let violation = overlay.checkInvariants().first { return violation.description }
        for peer in live where mirror[peer] != overlay.parents(of: peer).map(Optional.some) {
            return "8: \(peer) has \(overlay.parents(of: peer)), the changes say \(mirror[peer] ?? [])"
        }
        if live.sorted() != overlay.livePeers { return "other peers are live" }
        return nil
    }

    private mutating func perform(_ step: Step) {
        switch step {
        case .join(let capacity, let region):
            let peer = overlay.join(capacity: capacity, region: region, into: &changes)
            mirror[peer] = nil
            live.append(peer)
        case .leave(let number):
            guard let peer = take(number) else { return }
            overlay.leave(peer, into: &changes)
        case .leaveBatch(let numbers):
            overlay.leaveBatch(numbers.compactMap { take($0) }, into: &changes)
        case .lost(let number, let stripe):
            guard let peer = pick(number), let parent = overlay.parent(of: peer, stripe: stripe) else { return }
            overlay.lost(peer, stripe: stripe, parent: parent, into: &changes)
        case .setCapacity(let number, let capacity):
            guard let peer = pick(number) else { return }
            overlay.setCapacity(peer, capacity, into: &changes)
        case .tick(let budget):
            overlay.tick(budget: budget, into: &changes)
        case .setRootLimit(let limit):
            overlay.setRootLimit(limit)
        case .rebuild(let missing):
            rebuild(missing)
        }
    }

    private func pick(_ number: Int) -> PeerIndex? { live.isEmpty ? nil : live[number % live.count] }

    private mutating func take(_ number: Int) -> PeerIndex? {
        live.isEmpty ? nil : live.remove(at: number % live.count)
    }

    /// What peers report of themselves, without every `missing`th of them; positions follow the order of `live`.
    mutating func reports(missing: Int = 0) -> [PeerReport] {
        if missing > 0 { live = live.enumerated().filter { $0.offset % missing != missing - 1 }.map(\.element) }
        var positions: [PeerIndex: PeerIndex] = [:]
        for (position, peer) in live.enumerated() { positions[peer] = PeerIndex(rawValue: Int32(position)) }
        return live.map { peer in
            PeerReport(
                capacity: overlay.capacity(of: peer), region: overlay.region(of: peer), role: overlay.role(of: peer),
                parents: overlay.parents(of: peer).map { parent in
                    guard case .peer(let index) = parent else { return parent }
                    return positions[index].map { .peer($0) }
                })
        }
    }

    private mutating func rebuild(_ missing: Int) {
        let reports = reports(missing: missing)
        overlay.rebuild(from: reports, into: &changes)
        live = reports.indices.map { PeerIndex(rawValue: Int32($0)) }
        mirror = [:]
        for (peer, report) in zip(live, reports) { mirror[peer] = report.parents }
    }
}

extension SeededGenerator {
    /// A number below `bound`.
    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }

    /// A capacity of a mixed population: mean 2.35.
    mutating func mixedCapacity() -> Int { [0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 4, 4, 4, 8, 8][below(20)] }

    /// A history for a setup.
    mutating func history(_ setup: HistorySetup, steps: Int) -> [Step] {
        var count = 0
        let fixed = [nil, nil, 0, 1, 2, 2, 8][below(7)]
        return (0..<steps).map { _ in
            switch below(100) {
            case 0..<(count < setup.size ? 60 : 25):
                count += 1
                return .join(capacity: fixed ?? mixedCapacity(), region: below(setup.regionCount))
            case ..<74:
                count = max(0, count - 1)
                return .leave(below(1 << 20))
            case 74..<83: return .lost(peer: below(1 << 20), stripe: below(setup.stripeCount))
            case 83..<89: return .setCapacity(peer: below(1 << 20), mixedCapacity())
            case 89..<96: return .tick(budget: below(4))
            case 96: return .setRootLimit(1 + below(8))
            case 97: return .rebuild(missing: [0, 2, 5][below(3)])
            default:
                let gone = below(count * 6 / 10 + 1)
                count -= gone
                return .leaveBatch((0..<gone).map { _ in below(1 << 20) })
            }
        }
    }
}

/// The first failure of a history: the step's number and what was wrong.
func firstFailure(_ setup: HistorySetup, _ steps: [Step]) -> (step: Int, what: String)? {
    var runner = HistoryRunner(setup)
    for (number, step) in steps.enumerated() {
        if let what = runner.run(step) { return (number, what) }
    }
    return nil
}

/// A failing history without the steps that it fails without: halves, quarters and so on are left out while it still fails.
func shrunk(_ setup: HistorySetup, _ failing: [Step]) -> [Step] {
    var steps = failing
    var length = steps.count / 2
    while length > 0 {
        var start = 0
        while start < steps.count {
            var fewer = steps
            fewer.removeSubrange(start..<min(start + length, steps.count))
            if let failure = firstFailure(setup, fewer) {
                steps = Array(fewer.prefix(failure.step + 1))
            } else {
                start += length
            }
        }
        length /= 2
    }
    return steps
}
