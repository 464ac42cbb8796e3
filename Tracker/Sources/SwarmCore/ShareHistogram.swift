/// How many have which share, in steps of a thousandth: mean and least of them at any time, without asking all of them.
public struct ShareHistogram: Sendable {
    private static let steps = 1_000
    private var counts: [Int32] = []
    private var sum = 0
    /// How many there are.
    public private(set) var count = 0

    /// Nobody yet.
    public init() {}

    /// Adds one; a share outside 0 ... 1 is none, and does not count.
    public mutating func add(_ share: Double) { change(share, by: 1) }

    /// Takes one away that was added before.
    public mutating func remove(_ share: Double) { change(share, by: -1) }

    /// Mean, to a thousandth; nil without any.
    public var mean: Double? { count > 0 ? Double(sum) / Double(count * Self.steps) : nil }

    /// The least, to a thousandth; nil without any.
    public var least: Double? { counts.firstIndex { $0 > 0 }.map { Double($0) / Double(Self.steps) } }

    private mutating func change(_ share: Double, by one: Int) {
        guard (0...1).contains(share) else { return }
        if counts.isEmpty { counts = Array(repeating: 0, count: Self.steps + 1) }
        // Down: only a viewer that missed nothing counts as one that did.
        let step = Int(share * Double(Self.steps))
        counts[step] += Int32(one)
        sum += step * one
        count += one
    }
}
