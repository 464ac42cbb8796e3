import CoreTypes

/// How a neighbour behaves: what is forgivable once and not many times. Each tolerance refills with time.
struct Conduct: Sendable {
    /// What is counted.
    enum Nuisance: Int, CaseIterable, Sendable {
        /// Pieces and manifests that were here already, or that nobody can play any more.
        case useless
        /// Requests and other wishes.
        case wish
        /// Subscriptions: each brings all that is held of a stripe.
        case subscription
        /// Signals to be passed on.
        case relay
        /// Signs of life.
        case alive
        /// Pieces of chunks that no manifest tells of.
        case early

        /// How many are let pass at once, and how many more every second.
        var allowance: (burst: Double, perSecond: Double) {
            switch self {
            case .useless: (2_000, 200)
            case .wish: (100, 20)
            case .subscription: (12, 1)
            case .relay: (20, 2)
            case .alive: (50, 20)
            case .early: (1_000, 100)
            }
        }
    }

    private var spent = Array(repeating: 0.0, count: Nuisance.allCases.count)
    private var at: MonotonicInstant?

    /// Counts one; false when it is one too many.
    mutating func tolerate(_ nuisance: Nuisance, now: MonotonicInstant) -> Bool {
        let seconds = at.map { Double(now.milliseconds(since: $0)) / 1_000 } ?? 0
        // Small steps are summed up rather than rounded away.
        if at == nil || seconds >= 0.05 {
            for other in Nuisance.allCases {
                spent[other.rawValue] = max(0, spent[other.rawValue] - seconds * other.allowance.perSecond)
            }
            at = now
        }
        spent[nuisance.rawValue] += 1
        return spent[nuisance.rawValue] <= nuisance.allowance.burst
    }
}
