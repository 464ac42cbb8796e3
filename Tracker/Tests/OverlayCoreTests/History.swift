import CoreTypes
import OverlayCore

/// One operation of a random history. Peers are chosen by a number modulo those who are there, so that any part of a
/// history is a history.
enum Step: Hashable, Sendable {
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
struct HistorySetup: Hashable, Sendable {
    var seed: UInt64
    var stripeCount = 2
    var rootLimit = 4
    var regionCount = 1
    /// Joins are preferred up to this many peers, departures beyond.
    var size = 30

    /// Any of all setups: K of 1 to 4, R of 1 to 32, 1 to 8 regions, 3 to 60 peers.
    static func any(seed: UInt64) -> HistorySetup {
        var generator = SeededGenerator(seed: seed &* 0x5851_f42d_4c95_7f2d)
        return HistorySetup(
            seed: seed, stripeCount: 1 + generator.below(4), rootLimit: [1, 2, 3, 4, 5, 8, 16, 32][generator.below(8)],
            regionCount: generator.below(2) == 0 ? 1 : 1 + generator.below(8), size: [3, 8, 25, 60][generator.below(4)])
    }

    /// What the overlay is made with. With several regions each has its own order of them.
    var configuration: OverlayConfiguration {
        var configuration = OverlayConfiguration()
        configuration.stripeCount = stripeCount
        configuration.rootLimit = rootLimit
        configuration.regionCount = regionCount
        configuration.seed = seed
        configuration.brokenPairsMax = 256
        if regionCount > 1 {
            var generator = SeededGenerator(seed: seed)
            configuration.proximitySlack = generator.below(3)
            configuration.nearestRegions = (0..<regionCount).map { _ in
                (0..<regionCount).shuffled(using: &generator)
            }
        }
        return configuration
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
        let kind = below(8)
        func capacity(_ generator: inout SeededGenerator) -> Int {
            switch kind {
            case 0..<5: [0, 1, 2, 2, 8][kind]
            case 5: generator.below(9)
            default: generator.mixedCapacity()
            }
        }
        return (0..<steps).map { _ in
            switch below(100) {
            case 0..<(count < setup.size ? 60 : 25):
                count += 1
                return .join(capacity: capacity(&self), region: below(setup.regionCount))
            case ..<74:
                count = max(0, count - 1)
                return .leave(below(1 << 20))
            case 74..<83: return .lost(peer: below(1 << 20), stripe: below(setup.stripeCount))
            case 83..<89: return .setCapacity(peer: below(1 << 20), kind == 5 ? below(9) : mixedCapacity())
            case 89..<96: return .tick(budget: below(4))
            case 96: return .setRootLimit(1 + below(below(4) == 0 ? 32 : 8))
            case 97: return .rebuild(missing: [0, 2, 5][below(3)])
            default:
                let gone = below(count * 6 / 10 + 1)
                count -= gone
                return .leaveBatch((0..<gone).map { _ in below(1 << 20) })
            }
        }
    }
}
