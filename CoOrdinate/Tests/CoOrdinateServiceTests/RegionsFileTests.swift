import AssignmentCore
import CoreTypes
import Foundation
import ServiceKit
import Testing

@testable import CoOrdinateService

@Suite struct RegionsFileTests {
    private func read(_ text: String) throws -> RegionTable { try withFile(text) { try RegionsFile.read($0.path) } }

    /// The one line that the operator reads.
    private func complaint(_ text: String) -> String {
        let error = #expect(throws: UsageError.self, "\(text.prefix(80))") { try read(text) }
        let line = error?.description ?? ""
        #expect(
            line.hasPrefix("--regions: ") && !line.contains("cannot read") && !line.contains("\n"), "\(text.prefix(80))"
        )
        return line
    }

    @Test func `networks of both families and places of regions`() throws {
        let table = try read(
            """
            {"10.1.0.0/16": "campus", "10.0.0.0/8": "wide", "2001:db8::/32": "six", "192.0.2.7": "desk",
             "regions": {"campus": {"latitude": 52.5, "longitude": 13.4, "note": "ignored"}}}
            """)
        #expect(table.ruleCount == 4 && table.places == ["campus": GeoPoint(latitude: 52.5, longitude: 13.4)])
        for (client, region) in [
            ("10.1.2.3", "campus"), ("10.2.2.3", "wide"), ("::ffff:10.1.0.1", "campus"), ("2001:db8::1", "six"),
            ("192.0.2.7", "desk"),
        ] {
            #expect(table.region(of: try #require(IPAddress(client))) == region)
        }
        #expect(table.region(of: try #require(IPAddress("192.0.2.8"))) == nil)
    }

    @Test func `a region needs no place, and a place no network`() throws {
        let table = try read(#"{"10.0.0.0/8": "nowhere", "regions": {"far": {"latitude": -90, "longitude": 180}}}"#)
        #expect(table.region(of: try #require(IPAddress("10.0.0.1"))) == "nowhere")
        #expect(table.places.keys.sorted() == ["far"])
        #expect(try read("{}").ruleCount == 0 && read(#"{"regions": {}}"#).places.isEmpty)
    }

    @Test(arguments: [
        "", "{", "[]", "null", "5", #""text""#, #"{"10.0.0.0/8"}"#, #"{"10.0.0.0/8": 5}"#, #"{"10.0.0.0/8": null}"#,
        #"{"10.0.0.0/8": ["berlin"]}"#, #"{"10.0.0.0/8": {"berlin": 1}}"#, #"{"regions": []}"#, #"{"regions": 1}"#,
        #"{"regions": {"b": null}}"#, #"{"regions": {"b": {"latitude": 1}}}"#, #"{"regions": {"b": [1, 2]}}"#,
        #"{"regions": {"b": {"latitude": "1", "longitude": 2}}}"#, #"{"10.0.0.0/8": "a"} trailing"#,
        #"{"regions": {"b": {"latitude": 1e999, "longitude": 2}}}"#, String(repeating: "[", count: 100_000),
        String(repeating: #"{"regions":"#, count: 10_000),
    ])
    func `JSON of another shape is refused`(text: String) {
        _ = complaint(text)
    }

    @Test(arguments: [
        "10.0.0.0/33", "::/129", "10.0.0/8", "", "berlin", "10.0.0.0/-1", "10.0.0.0/", "fe80::%eth0/64", " 10.0.0.0/8",
        "10.0.0.0/8,10.1.0.0/16", "Regions",
    ])
    func `what is no network is named`(key: String) {
        #expect(complaint("{\"\(key)\": \"berlin\"}").contains("\"\(key)\""))
        #expect(complaint("{\"10.0.0.0/8\": \"paris\", \"\(key)\": \"berlin\"}").contains("\"\(key)\""))
    }

    @Test func `regions as a text, and places under a network, are refused`() {
        #expect(complaint(#"{"regions": "berlin"}"#).contains("regions"))
        let misplaced = #"{"10.0.0.0/8": {"berlin": {"latitude": 1, "longitude": 2}}}"#
        #expect(complaint(misplaced).contains("10.0.0.0/8"))
    }

    @Test(
        arguments: [(90.001, 0), (-90.001, 0), (0, 180.001), (0, -180.001), (1e300, 0), (0, -1e300)]
            as [(Double, Double)])
    func `a place that is not on Earth is named`(latitude: Double, longitude: Double) {
        let text = "{\"regions\": {\"atlantis\": {\"latitude\": \(latitude), \"longitude\": \(longitude)}}}"
        #expect(complaint(text).contains("\"atlantis\""))
    }

    @Test func `bytes that are no text, no file, and a folder are refused`() {
        withFile("") { file in
            file.write([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x22, 0x22, 0x7d])
            for path in [file.path, file.path + ".missing", FileManager.default.temporaryDirectory.path] {
                #expect { try RegionsFile.read(path) } throws: { "\($0)".contains(path) }
            }
        }
    }

    @Test func `more networks than the limit, and more bytes, are refused`() throws {
        func file(_ count: Int) -> String {
            "{" + (0..<count).map { "\"10.\($0 >> 16).\($0 >> 8 & 255).\($0 & 255)\":\"r\"" }.joined(separator: ",")
                + "}"
        }
        #expect(try read(file(RegionTable.rulesMax)).ruleCount == RegionTable.rulesMax)
        #expect(complaint(file(RegionTable.rulesMax + 1)).contains("\(RegionTable.rulesMax)"))
        #expect(complaint("{}" + String(repeating: " ", count: 16 << 20)).contains("16 MiB"))
    }
}
