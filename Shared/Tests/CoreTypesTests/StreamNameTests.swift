import CoreTypes
import Testing

@Suite struct StreamNameTests {
    @Test func `letters, digits, dot, underscore and hyphen make a name of up to 64 characters`() throws {
        for text in ["a", "live", "A.b_c-9", "..a", String(repeating: "x", count: 64)] {
            #expect(try StreamName(text).description == text)
        }
    }

    @Test(arguments: ["", "a b", "a/b", "ä", "a\n", "a\0", "%2e", "live?", String(repeating: "x", count: 65)])
    func `anything else is malformed`(text: String) {
        #expect(throws: StreamName.Invalid.malformed) { try StreamName(text) }
    }

    @Test func `the words that paths need are reserved, by exact case`() {
        #expect(StreamName.reserved.count == 19)
        for word in StreamName.reserved { #expect(throws: StreamName.Invalid.reserved(word)) { try StreamName(word) } }
        #expect(throws: Never.self) { try StreamName("Time") }
    }

    @Test func `the standard name keeps the rules and names sort by bytes`() throws {
        #expect(try StreamName(StreamName.standard.description) == .standard)
        #expect(
            try [StreamName("b"), StreamName("B"), StreamName("a")].sorted().map(\.description) == ["B", "a", "b"])
    }
}
