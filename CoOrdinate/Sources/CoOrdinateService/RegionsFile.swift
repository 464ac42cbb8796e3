import AssignmentCore
import CoreTypes
import ServiceKit

/// Reads the regions file: a JSON object whose keys are networks and whose values are regions, and optionally where
/// the regions are: `{"10.1.0.0/16": "campus", "regions": {"campus": {"latitude": 52.5, "longitude": 13.4}}}`.
enum RegionsFile {
    private struct Place: Decodable {
        let latitude: Double
        let longitude: Double
    }

    private enum Value: Decodable {
        case region(String)
        case places([String: Place])

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let region = try? container.decode(String.self) {
                self = .region(region)
            } else {
                self = .places(try container.decode([String: Place].self))
            }
        }
    }

    /// Throws `UsageError` that names the entry which is wrong.
    static func read(_ path: String) throws(UsageError) -> RegionTable {
        let bytes = try readFile(path, flag: "--regions")
        let entries: [String: Value]
        do {
            entries = try decodeJSON([String: Value].self, from: bytes)
        } catch {
            throw UsageError("--regions: \(path): \(error)")
        }
        guard entries.count <= RegionTable.rulesMax else {
            throw UsageError("--regions: \(path) has more than \(RegionTable.rulesMax) networks")
        }
        var rules: [RegionTable.Rule] = []
        var places: [String: GeoPoint] = [:]
        for (key, value) in entries.sorted(by: { $0.key < $1.key }) {
            switch value {
            case .region(let region):
                guard let network = IPNetwork(key) else {
                    throw UsageError("--regions: \(path): \"\(key)\" is no network such as 10.0.0.0/8 or fd00::/8")
                }
                rules.append(RegionTable.Rule(network: network, region: region))
            case .places(let named):
                guard key == "regions" else {
                    throw UsageError("--regions: \(path): \"\(key)\" must name a region as text")
                }
                for (region, place) in named {
                    guard let point = GeoPoint(latitude: place.latitude, longitude: place.longitude) else {
                        throw UsageError("--regions: \(path): the place of \"\(region)\" is not on Earth")
                    }
                    places[region] = point
                }
            }
        }
        return RegionTable(rules: rules, places: places)
    }
}
