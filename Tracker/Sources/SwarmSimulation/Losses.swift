import CoreTypes

/// Parents of one viewer that are gone: until others deliver, and until anything of the stripe comes again.
struct Losses {
    private struct Loss {
        let stripe: Int
        let at: Int64
        var hasData = false
        var isRepaired = false
    }

    private var open: [Loss] = []

    var isOpen: Bool { !open.isEmpty }

    /// Parents that were lost and not replaced, at their age: no figure may be that of the lucky ones alone.
    mutating func close(at now: Int64, _ tally: inout Tally) {
        for loss in open {
            if !loss.hasData { tally.gaps.add(now - loss.at) }
            tally.repairs.add(now - loss.at)
            tally.lossesOpen += 1
        }
        open = []
    }

    mutating func add(stripe: Int, at now: Int64) {
        // The replacement may die before it delivers: the first loss counts.
        guard !open.contains(where: { $0.stripe == stripe }) else { return }
        open.append(Loss(stripe: stripe, at: now))
    }

    /// Notes how a stripe stands now. What was under way when the parent was lost, `flightMs` long, is no new data.
    mutating func note(
        stripe: Int, isRepaired: Bool, lastProgress: MonotonicInstant?, now: Int64, flightMs: Int64,
        _ tally: inout Tally
    ) {
        for position in open.indices where open[position].stripe == stripe {
            let progressMs = lastProgress.map { Int64($0.nanoseconds / 1_000_000) } ?? 0
            if !open[position].hasData, progressMs > open[position].at + flightMs {
                open[position].hasData = true
                tally.gaps.add(now - open[position].at)
            }
            if isRepaired, open[position].hasData {
                open[position].isRepaired = true
                tally.repairs.add(now - open[position].at)
                tally.recentRepairs.add(now - open[position].at)
            }
        }
        open.removeAll(where: \.isRepaired)
    }
}
