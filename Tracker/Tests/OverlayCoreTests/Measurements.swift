import Glibc
import OverlayCore
import Testing

/// Not a test: prints what operations take. In a release build with OVERLAY_MEASURE=PEERS, for example 1000000.
struct Measurements {
    private static let size = getenv("OVERLAY_MEASURE").flatMap { Int(String(cString: $0)) }

    @Test(.enabled(if: size != nil), arguments: [false, true])
    func `nanoseconds of joins and leaves`(isMixed: Bool) {
        let size = Self.size ?? 0
        let clock = ContinuousClock()
        var churn = Churn(count: 0, rootLimit: 8, seed: 3, isMixed: isMixed)
        let filling = clock.measure { for _ in 0..<size { churn.join() } }
        var (joining, leaving, ticking) = (Duration.zero, Duration.zero, Duration.zero)
        var leaves: [Duration] = []
        var (joinChanges, leaveChanges, tickChanges) = (0, 0, 0)
        let pairs = min(size * 3 / 2, 1_000_000)
        for pair in 0..<pairs {
            let number = churn.choose().number
            let leave = clock.measure { churn.leave(number) }
            leaves.append(leave)
            leaving += leave
            leaveChanges += churn.changes.count
            joining += clock.measure { churn.join() }
            joinChanges += churn.changes.count - 2
            if pair % 4 == 0 {
                ticking += clock.measure { churn.tick(budget: 2) }
                tickChanges += churn.changes.count
            }
        }
        leaves.sort()
        let statistics = churn.overlay.depths(stripe: 0)
        let batch = clock.measure { churn.leaveBatch(share: 0.5) }
        print(
            """
            \(isMixed ? "mixed" : "H2") N=\(size): fill \(filling / max(size, 1)), join \(joining / pairs), \
            leave \(leaving / pairs), p99 \(leaves[pairs * 99 / 100]), p99.99 \(leaves[pairs * 9999 / 10000]), \
            max \(leaves[pairs - 1]), tick \(ticking * 4 / pairs)
              links: join +\(Double(joinChanges) / Double(pairs)), leave \(Double(leaveChanges) / Double(pairs)), \
            tick per leave \(Double(tickChanges) / Double(pairs)); depth \(statistics)
              batch of half \(batch), changes \(churn.changes.count), then depth \(churn.overlay.depths(stripe: 0))
            """)
    }
}
