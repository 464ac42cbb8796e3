import MediaWire
import Testing

@Suite struct WireErrorTests {
    @Test func `messages name the field, what was found and what is allowed`() {
        #expect(
            "\(WireError.tooLong(field: "hello", count: 9, limit: 5))" == "hello has 9 bytes, at most 5 are allowed")
        #expect(
            "\(WireError.outOfRange(field: "stripe", value: 3, allowed: 0...1))" == "stripe is 3, allowed are 0 to 1")
        #expect("\(WireError.unsupportedVersion(9))".contains("version 9"))
        #expect("\(WireError.invalidStreamName(.malformed))".contains("64 characters"))
    }

    @Test func `a short hash is 16 bytes or 32 digits`() throws {
        let bytes = (1...16).map { UInt8($0) }
        let hash = try ShortHash(bytes: bytes).required()
        #expect(hash.bytes == bytes)
        #expect(ShortHash(hash.description) == hash)
        #expect(ShortHash(bytes: bytes.dropLast()) == nil)
        #expect(ShortHash("0102") == nil)
    }
}
