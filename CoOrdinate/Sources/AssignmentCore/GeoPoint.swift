import Glibc

/// A place on Earth in degrees.
public struct GeoPoint: Hashable, Sendable {
    /// North positive, -90…90.
    public let latitude: Double
    /// East positive, -180…180.
    public let longitude: Double

    /// Nil for numbers outside those ranges.
    public init?(latitude: Double, longitude: Double) {
        guard (-90...90).contains(latitude), (-180...180).contains(longitude) else { return nil }
        self.latitude = latitude
        self.longitude = longitude
    }

    /// Great-circle distance in kilometres, by the haversine formula on a sphere of 6,371 km.
    public func kilometres(to other: GeoPoint) -> Double {
        let radians = { (degrees: Double) in degrees * .pi / 180 }
        let (north, east) = (radians(other.latitude - latitude) / 2, radians(other.longitude - longitude) / 2)
        let chord =
            sin(north) * sin(north) + cos(radians(latitude)) * cos(radians(other.latitude)) * sin(east) * sin(east)
        return 2 * 6_371 * asin(min(1, chord.squareRoot()))
    }
}
