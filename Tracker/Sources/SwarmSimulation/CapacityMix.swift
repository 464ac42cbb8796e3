import CoreTypes

/// How many children viewers can feed.
public enum CapacityMix: Hashable, Sendable, CustomStringConvertible {
    /// Two each: exactly what the stream needs.
    case full
    /// Homes and phones: 20 % none, 15 % one, 40 % two, 15 % four, 10 % eight; 2.35 on average.
    case mixed
    /// Shares of capacities, in the order of the capacities.
    case shares([Share])

    /// Some of the viewers.
    public struct Share: Hashable, Sendable {
        /// Children, 0 ... 8.
        public var capacity: Int
        /// Weight of this share among all, above 0.
        public var weight: Double

        /// All fields.
        public init(capacity: Int, weight: Double) {
            self.capacity = capacity
            self.weight = weight
        }
    }

    /// Reads "full", "mixed", or pairs of a capacity and a weight as "0:20,2:80"; nil for anything else.
    public init?(_ text: String) {
        switch text {
        case "full": self = .full
        case "mixed": self = .mixed
        default:
            var shares: [Share] = []
            for pair in text.split(separator: ",", omittingEmptySubsequences: false) {
                let parts = pair.split(separator: ":", omittingEmptySubsequences: false)
                guard parts.count == 2, let capacity = Int(parts[0]), (0...8).contains(capacity),
                    let weight = Double(parts[1]), weight > 0, weight.isFinite
                else { return nil }
                shares.append(Share(capacity: capacity, weight: weight))
            }
            guard !shares.isEmpty, shares.count <= 16 else { return nil }
            self = .shares(shares)
        }
    }

    /// The shares.
    public var shares: [Share] {
        switch self {
        case .full: [Share(capacity: 2, weight: 1)]
        case .mixed:
            [(0, 20.0), (1, 15), (2, 40), (4, 15), (8, 10)].map { Share(capacity: $0.0, weight: $0.1) }
        case .shares(let shares): shares
        }
    }

    /// As it is read.
    public var description: String {
        switch self {
        case .full: "full"
        case .mixed: "mixed"
        case .shares(let shares): shares.map { "\($0.capacity):\($0.weight)" }.joined(separator: ",")
        }
    }

    /// A viewer's capacity.
    func draw(using generator: inout SeededGenerator) -> Int {
        let shares = shares
        var left = generator.fraction() * shares.reduce(0) { $0 + $1.weight }
        for share in shares {
            left -= share.weight
            if left < 0 { return share.capacity }
        }
        return shares.last?.capacity ?? 2
    }
}

extension SeededGenerator {
    /// 0 ..< 1, from 53 bits. Written out, because the library's ways may change from version to version.
    mutating func fraction() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// A whole number of a range.
    mutating func draw(_ range: ClosedRange<Int64>) -> Int64 {
        range.lowerBound + Int64(fraction() * Double(range.upperBound - range.lowerBound + 1))
    }
}
