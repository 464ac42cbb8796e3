import AssignmentCore
import CoreTypes
import Testing

@Suite struct GeoPointTests {
    @Test(
        arguments: [
            (City.berlin, City.paris, 878), (City.london, City.newYork, 5_570), (City.tokyo, City.sanFrancisco, 8_270),
            (City.sydney, City.auckland, 2_156),
        ] as [(GeoPoint, GeoPoint, Double)])
    func `known cities are as far apart as maps say, both ways`(one: GeoPoint, other: GeoPoint, kilometres: Double) {
        #expect(abs(one.kilometres(to: other) - kilometres) < kilometres / 100)
        #expect(one.kilometres(to: other) == other.kilometres(to: one))
    }

    @Test func `the antimeridian is no wall`() throws {
        let west = try #require(GeoPoint(latitude: 0, longitude: 179))
        let east = try #require(GeoPoint(latitude: 0, longitude: -179))
        #expect(abs(west.kilometres(to: east) - 222.39) < 0.01)
        let line = try #require(GeoPoint(latitude: 10, longitude: 180))
        #expect(line.kilometres(to: try #require(GeoPoint(latitude: 10, longitude: -180))) < 0.001)
    }

    @Test func `at a pole all longitudes are one place`() throws {
        let north = try #require(GeoPoint(latitude: 90, longitude: 0))
        #expect(north.kilometres(to: try #require(GeoPoint(latitude: 90, longitude: 137))) < 0.001)
        for longitude in stride(from: -180.0, through: 180, by: 45) {
            let equator = try #require(GeoPoint(latitude: 0, longitude: longitude))
            #expect(abs(north.kilometres(to: equator) - 10_007.54) < 0.01)
            let south = try #require(GeoPoint(latitude: -90, longitude: longitude))
            #expect(abs(north.kilometres(to: south) - 20_015.09) < 0.01)
        }
    }

    @Test func `nothing is farther than its antipode, and that is no NaN`() throws {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<2_000 {
            let longitude = Double.random(in: -180...0, using: &generator)
            let latitude = Double.random(in: -90...90, using: &generator)
            let place = try #require(GeoPoint(latitude: latitude, longitude: longitude))
            let antipode = try #require(GeoPoint(latitude: -latitude, longitude: longitude + 180))
            #expect(abs(place.kilometres(to: antipode) - 20_015.09) < 0.01, "seed 1: \(place)")
            #expect(place.kilometres(to: place) == 0)
        }
    }

    @Test(
        arguments: [
            (90.001, 0), (-90.001, 0), (0, 180.001), (0, -180.001), (.nan, 0), (0, .nan), (.infinity, 0),
            (0, -.infinity),
        ] as [(Double, Double)])
    func `what is not on Earth is no place`(latitude: Double, longitude: Double) {
        #expect(GeoPoint(latitude: latitude, longitude: longitude) == nil)
    }

    @Test(arguments: UInt64(1)...10) func `distances agree with those of vectors`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let points = try (0..<2).map { _ in
                try #require(
                    GeoPoint(
                        latitude: .random(in: -90...90, using: &generator),
                        longitude: .random(in: -180...180, using: &generator)))
            }
            let difference = points[0].kilometres(to: points[1]) - points[0].kilometresByVectors(to: points[1])
            #expect(abs(difference) < 0.01, "seed \(seed): \(points)")
        }
    }
}
