import CoreTypes

/// Which region an address belongs to, by the longest network that holds it, and where regions are.
public struct RegionTable: Sendable {
    /// One rule: a network and its region.
    public struct Rule: Hashable, Sendable {
        /// The addresses.
        public let network: IPNetwork
        /// Their region.
        public let region: String
        /// A rule.
        public init(network: IPNetwork, region: String) {
            self.network = network
            self.region = region
        }
    }

    /// Most rules that a table takes.
    public static let rulesMax = 100_000

    /// Where regions are, for distances.
    public let places: [String: GeoPoint]
    /// Number of rules.
    public let ruleCount: Int
    /// By family and prefix length, longest first; each a table of the networks' first addresses.
    private let levels: [(isIPv4: Bool, length: Int, regions: [IPAddress: String])]

    /// A table of rules; of two rules for one network the later counts.
    public init(rules: [Rule] = [], places: [String: GeoPoint] = [:]) {
        self.places = places
        ruleCount = rules.count
        var byLevel: [Int: [IPAddress: String]] = [:]
        for rule in rules {
            let level = rule.network.prefixLength * 2 + (rule.network.base.isIPv4 ? 1 : 0)
            byLevel[level, default: [:]][rule.network.base] = rule.region
        }
        levels = byLevel.keys.sorted(by: >).map { ($0 % 2 == 1, $0 / 2, byLevel[$0] ?? [:]) }
    }

    /// The region of an address; nil when no rule holds it.
    public func region(of address: IPAddress) -> String? {
        for level in levels where level.isIPv4 == address.isIPv4 {
            guard let network = IPNetwork("\(address)/\(level.length)") else { continue }
            if let region = level.regions[network.base] { return region }
        }
        return nil
    }
}
