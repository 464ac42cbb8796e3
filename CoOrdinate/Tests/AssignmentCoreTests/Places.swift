import AssignmentCore
import CoreTypes
import Glibc

/// Cities far enough apart that any two formulas agree on which is nearer.
enum City {
    static let berlin = GeoPoint(latitude: 52.52, longitude: 13.405)!
    static let paris = GeoPoint(latitude: 48.8566, longitude: 2.3522)!
    static let london = GeoPoint(latitude: 51.5074, longitude: -0.1278)!
    static let newYork = GeoPoint(latitude: 40.7128, longitude: -74.006)!
    static let tokyo = GeoPoint(latitude: 35.6762, longitude: 139.6503)!
    static let sanFrancisco = GeoPoint(latitude: 37.7749, longitude: -122.4194)!
    static let sydney = GeoPoint(latitude: -33.8688, longitude: 151.2093)!
    static let auckland = GeoPoint(latitude: -36.8509, longitude: 174.7645)!
    static let all = [berlin, paris, london, newYork, tokyo, sanFrancisco, sydney, auckland]
}

func address(_ text: String) -> IPAddress { IPAddress(text)! }

func rule(_ network: String, _ region: String) -> RegionTable.Rule {
    RegionTable.Rule(network: IPNetwork(network)!, region: region)
}

/// The first `bits` bits of both agree: a second way to say what a network holds.
func shareBits(_ left: [UInt8], _ right: [UInt8], _ bits: Int) -> Bool {
    func bit(_ bytes: [UInt8], _ index: Int) -> Bool { bytes[index / 8] & (UInt8(128) >> UInt8(index % 8)) != 0 }
    return left.count == right.count && (0..<bits).allSatisfy { bit(left, $0) == bit(right, $0) }
}

extension GeoPoint {
    /// Kilometres by the angle between two vectors, which shares nothing with the haversine formula.
    func kilometresByVectors(to other: GeoPoint) -> Double {
        let (a, b) = (vector, other.vector)
        let cross = [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
        let sine = (cross[0] * cross[0] + cross[1] * cross[1] + cross[2] * cross[2]).squareRoot()
        return 6_371 * atan2(sine, a[0] * b[0] + a[1] * b[1] + a[2] * b[2])
    }

    private var vector: [Double] {
        let (north, east) = (latitude * .pi / 180, longitude * .pi / 180)
        return [cos(north) * cos(east), cos(north) * sin(east), sin(north)]
    }
}
