import AssignmentCore
import CoreTypes
import Testing

/// The assigner against the rules of the contract written down a second time, one after the other.
@Suite struct AssignerPropertyTests {
    private struct World {
        var rules: [RegionTable.Rule] = []
        var places: [String: GeoPoint] = [:]
        var candidates: [TrackerCandidate] = []
        var client = IPAddress("0.0.0.0")!
        var clientPlace: GeoPoint?

        init(using generator: inout SeededGenerator) {
            let regions = ["north", "south", "east", "west", ""]
            for third in 0..<UInt8.random(in: 0...6, using: &generator) {
                rules.append(rule("10.0.\(third).0/24", regions[..<4].randomElement(using: &generator)!))
            }
            if Bool.random(using: &generator) { rules.append(rule("10.0.0.0/22", "north")) }
            for region in regions[..<4] where Bool.random(using: &generator) {
                places[region] = City.all.randomElement(using: &generator)
            }
            for index in 0..<Int.random(in: 0...7, using: &generator) {
                let peersMax = [0, 4, 8].randomElement(using: &generator)!
                candidates.append(
                    TrackerCandidate(
                        name: "t\(index)", region: regions.randomElement(using: &generator)!,
                        place: Bool.random(using: &generator) ? City.all.randomElement(using: &generator) : nil,
                        peers: Int.random(in: 0...peersMax, using: &generator), peersMax: peersMax))
            }
            candidates.shuffle(using: &generator)
            client = IPAddress("10.0.\(UInt8.random(in: 0...9, using: &generator)).1")!
            if Bool.random(using: &generator) { clientPlace = City.all.randomElement(using: &generator) }
        }

        var region: String? {
            rules.filter { shareBits(client.bytes, $0.network.base.bytes, $0.network.prefixLength) }
                .max { $0.network.prefixLength < $1.network.prefixLength }?.region
        }

        func place(of region: String) -> GeoPoint? {
            if region.isEmpty { return nil }
            return places[region]
                ?? candidates.sorted { $0.name < $1.name }.first { $0.region == region && $0.place != nil }?.place
        }

        /// Narrows the candidates rule by rule; names decide at last.
        var expected: String? {
            var left = candidates.filter { $0.peers < $0.peersMax }
            if let region, left.contains(where: { $0.region == region }) {
                left.removeAll { $0.region != region }
            } else if let origin = region.flatMap({ place(of: $0) }) ?? clientPlace {
                let distances = left.map { candidate in
                    (place(of: candidate.region) ?? candidate.place).map { origin.kilometresByVectors(to: $0) }
                }
                if let nearest = distances.compactMap(\.self).min() {
                    left = zip(left, distances).filter { $1.map { $0 < nearest + 1 } ?? false }.map(\.0)
                }
            }
            let lightest = left.map { Double($0.peers) / Double($0.peersMax) }.min()
            left.removeAll { Double($0.peers) / Double($0.peersMax) != lightest }
            return left.map(\.name).min()
        }
    }

    @Test(arguments: UInt64(1)...40) func `the choice is the one that the rules name`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for round in 0..<100 {
            let world = World(using: &generator)
            let assigner = Assigner(regions: RegionTable(rules: world.rules, places: world.places))
            let choice = assigner.assign(world.client, place: world.clientPlace, among: world.candidates)
            #expect(choice?.tracker == world.expected, "seed \(seed), round \(round)")
            if let own = world.region, let choice { #expect(choice.region == own, "seed \(seed), round \(round)") }
        }
    }
}
