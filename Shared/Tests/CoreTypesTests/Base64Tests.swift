import CoreTypes
import TestSupport
import Testing

private struct Base64Vectors: Decodable {
    struct Case: Decodable {
        let bytes: Hex
        let standard: String
        let url: String
    }
    let cases: [Case]
    let refusedStandard: [String]
    let refusedUrl: [String]
}

@Suite struct Base64Tests {
    @Test func `both alphabets agree with the vectors in both directions`() throws {
        let vectors: Base64Vectors = try vectors("base64.json")
        #expect(!vectors.cases.isEmpty)
        for item in vectors.cases {
            #expect(Base64.standard.encode(item.bytes.bytes) == item.standard)
            #expect(Base64.url.encode(item.bytes.bytes) == item.url)
            #expect(Base64.standard.decode(item.standard) == item.bytes.bytes)
            #expect(Base64.url.decode(item.url) == item.bytes.bytes)
        }
    }

    @Test func `foreign characters, wrong padding and unused bits are refused`() throws {
        let vectors: Base64Vectors = try vectors("base64.json")
        for text in vectors.refusedStandard { #expect(Base64.standard.decode(text) == nil, "\(text)") }
        for text in vectors.refusedUrl { #expect(Base64.url.decode(text) == nil, "\(text)") }
    }

    @Test(arguments: [1, 2, 3] as [UInt64]) func `any bytes come back, and have one text`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for count in 0..<200 {
            let bytes = randomBytes(count, using: &generator)
            for alphabet in [Base64.standard, .url] {
                let text = alphabet.encode(bytes)
                #expect(alphabet.decode(text) == bytes, "seed \(seed)")
            }
            let text = Base64.url.encode(bytes)
            var changed = Array(text.utf8)
            guard let last = changed.popLast() else { continue }
            let other: UInt8 = last == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            changed.append(other)
            #expect(Base64.url.decode(String(decoding: changed, as: UTF8.self)) != bytes, "seed \(seed)")
        }
    }
}
