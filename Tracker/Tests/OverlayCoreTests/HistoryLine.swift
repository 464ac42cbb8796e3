/// A history as one line of text, to be replayed with OVERLAY_REPLAY='LINE'.
///
/// First the setup, as `seed:K:R:regions`; then the steps: `j2@0` a join with capacity 2 in region 0, `l17` a
/// departure, `b3,5` several at once, `x4/1` the loss of the parent in stripe 1, `c4=2` a capacity, `t3` a tick, `r8`
/// another R, `z5` a rebuild without every fifth.
extension HistorySetup {
    /// The line of a history.
    func line(_ steps: [Step]) -> String {
        (["\(seed):\(stripeCount):\(rootLimit):\(regionCount)"] + steps.map(\.word)).joined(separator: " ")
    }

    /// The history of a line; nil if it is none.
    static func parse(_ line: String) -> (setup: HistorySetup, steps: [Step])? {
        let words = line.split(separator: " ")
        let numbers = words.first?.split(separator: ":") ?? []
        guard numbers.count == 4, let seed = UInt64(numbers[0]), let stripes = Int(numbers[1]),
            let roots = Int(numbers[2]), let regions = Int(numbers[3])
        else { return nil }
        let steps = words.dropFirst().compactMap { Step(word: $0) }
        guard steps.count == words.count - 1 else { return nil }
        return (HistorySetup(seed: seed, stripeCount: stripes, rootLimit: roots, regionCount: regions), steps)
    }
}

extension Step {
    /// The word of a line.
    var word: String {
        switch self {
        case .join(let capacity, let region): "j\(capacity)@\(region)"
        case .leave(let number): "l\(number)"
        case .leaveBatch(let numbers): "b" + numbers.map(String.init).joined(separator: ",")
        case .lost(let peer, let stripe): "x\(peer)/\(stripe)"
        case .setCapacity(let peer, let capacity): "c\(peer)=\(capacity)"
        case .tick(let budget): "t\(budget)"
        case .setRootLimit(let limit): "r\(limit)"
        case .rebuild(let missing): "z\(missing)"
        }
    }

    init?(word: Substring) {
        let numbers = word.dropFirst().split { "@,/=".contains($0) }.compactMap { Int($0) }
        switch (word.first, numbers.count) {
        case ("j", 2): self = .join(capacity: numbers[0], region: numbers[1])
        case ("l", 1): self = .leave(numbers[0])
        case ("b", _): self = .leaveBatch(numbers)
        case ("x", 2): self = .lost(peer: numbers[0], stripe: numbers[1])
        case ("c", 2): self = .setCapacity(peer: numbers[0], numbers[1])
        case ("t", 1): self = .tick(budget: numbers[0])
        case ("r", 1): self = .setRootLimit(numbers[0])
        case ("z", 1): self = .rebuild(missing: numbers[0])
        default: return nil
        }
    }

    /// The step with each of its choices of a peer made smaller, if that makes a difference.
    func simplified(modulo bound: Int) -> Step? {
        let step: Step =
            switch self {
            case .leave(let number): .leave(number % bound)
            case .leaveBatch(let numbers): .leaveBatch(numbers.map { $0 % bound })
            case .lost(let peer, let stripe): .lost(peer: peer % bound, stripe: stripe)
            case .setCapacity(let peer, let capacity): .setCapacity(peer: peer % bound, capacity)
            default: self
            }
        return step == self ? nil : step
    }
}
