import CoreTypes

/// Times of something that happened often, in nanoseconds.
struct Latencies {
    private var nanoseconds: [UInt64] = []

    mutating func add(since: MonotonicInstant, until: MonotonicInstant) {
        nanoseconds.append(until.nanoseconds >= since.nanoseconds ? until.nanoseconds - since.nanoseconds : 0)
    }

    var figures: LatencyFigures {
        let sorted = nanoseconds.sorted()
        func at(_ share: Double) -> Double {
            guard !sorted.isEmpty else { return 0 }
            return Double(sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))] / 1_000) / 1_000
        }
        return LatencyFigures(count: sorted.count, p50: at(0.5), p99: at(0.99), max: at(1))
    }
}

/// What is printed of them, in milliseconds.
struct LatencyFigures: Encodable {
    let count: Int
    let p50: Double
    let p99: Double
    let max: Double
}

/// One line of output: what happened in a phase.
struct PhaseReport: Encodable {
    let phase: String
    let viewers: Int
    let listening: Int
    let seconds: Double
    /// From the first byte to the whole answer to `POST /peers`, the connection included.
    let joinMs: LatencyFigures
    /// From the same moment to the head of the event stream.
    let listenMs: LatencyFigures
    /// From the same moment to the event by which another viewer learns of it.
    let eventMs: LatencyFigures
    /// From a report to its answer.
    let reportMs: LatencyFigures
    let events: Int
    /// Events that a place implies and that never came.
    let eventsMissing: Int
    let byes: Int
    let errors: [String: Int]
}
