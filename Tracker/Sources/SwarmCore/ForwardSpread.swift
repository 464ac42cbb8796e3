/// The forwards of a swarm, and how many stripes each sends to its roots, so that the load is spread.
struct ForwardSpread: Sendable {
    /// Names, the preferred one first.
    private(set) var names: [String] = []
    /// Those that take no more viewers: they keep the roots they have.
    private var full: Set<String> = []
    private var stripes: [String: Int] = [:]

    /// Takes a new list and returns whether it differs.
    mutating func set(_ names: [String], full: Set<String>) -> Bool {
        self.full = full
        guard names != self.names else { return false }
        self.names = names
        return true
    }

    /// Whether what a root was told still holds: the forward is there, or there is none and it was told so.
    func isGood(_ name: String?) -> Bool { name.map { names.contains($0) } ?? names.isEmpty }

    /// The forward with the fewest roots, another than `avoided` if there is one; nil when there is none at all.
    func choice(avoiding avoided: String? = nil) -> String? {
        let others = names.filter { $0 != avoided }
        let candidates = others.filter { !full.contains($0) }
        return (candidates.isEmpty ? others.isEmpty ? names : others : candidates).min { count($0) < count($1) }
    }

    /// Stripes that a forward sends.
    func count(_ name: String) -> Int { stripes[name, default: 0] }

    /// One stripe more from a forward.
    mutating func add(_ name: String?) {
        guard let name else { return }
        stripes[name, default: 0] += 1
    }

    /// One stripe less.
    mutating func remove(_ name: String?) {
        guard let name, let count = stripes[name] else { return }
        stripes[name] = count > 1 ? count - 1 : nil
    }

    /// A forward that has two roots more than another.
    var busiest: String? {
        guard let most = names.max(by: { count($0) < count($1) }), let least = choice(),
            !full.contains(least), count(most) >= count(least) + 2
        else { return nil }
        return most
    }
}
