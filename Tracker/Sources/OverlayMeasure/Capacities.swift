import CoreTypes

/// How many children the viewers of a measured overlay with two stripes can serve.
public enum Capacities: String, CaseIterable, Codable, Sendable {
    /// All of them two, so that with two stripes not a slot is left over.
    case full
    /// 20 % none, 15 % one, 40 % two, 15 % four and 10 % eight; 2.35 in the mean.
    case mixed
    /// 25 % none, 15 % one, 37.5 % two, 14 % four and 8.5 % eight; 2.14 in the mean, 7 % more than what is needed.
    case slack

    /// The capacity of the next viewer.
    func draw(_ generator: inout SeededGenerator) -> Int {
        let upTo: [(perMille: Int, capacity: Int)]
        switch self {
        case .full: return 2
        case .mixed: upTo = Self.mixedUpTo
        case .slack: upTo = Self.slackUpTo
        }
        let number = Int.random(in: 0..<1_000, using: &generator)
        return upTo.first { number < $0.perMille }?.capacity ?? 8
    }

    private static let mixedUpTo = [(perMille: 200, capacity: 0), (350, 1), (750, 2), (900, 4)]
    private static let slackUpTo = [(perMille: 250, capacity: 0), (400, 1), (775, 2), (915, 4)]
}
