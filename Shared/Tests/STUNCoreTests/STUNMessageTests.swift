import CoreTypes
import Testing

@testable import STUNCore

@Suite struct STUNMessageTests {
    /// RFC 5769, section 2.2: a success response over IPv4 with software, integrity and fingerprint.
    private static let overIPv4 = """
        0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000080001a147e112a643\
        000800142b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96
        """
    /// RFC 5769, section 2.3: the same over IPv6.
    private static let overIPv6 = """
        010100482112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f722000200014\
        0002a1470113a9faa5d3f179bc25f4b5bed2b9d900080014a382954e4be67bf11784c97c8292c275bfe3ed41\
        80280004c8fb0b4c
        """

    @Test(arguments: [(overIPv4, "192.0.2.1:32853"), (overIPv6, "[2001:db8:1234:5678:11:2233:4455:6677]:32853")])
    func `the vectors of RFC 5769 are read`(hexadecimal: String, mapped: String) throws {
        let message = try STUNMessage(try #require(bytes(hexadecimal: hexadecimal)))
        #expect(message.kind == .success && message.method == STUNMessage.binding && message.hasFingerprint)
        #expect(message.mappedAddress?.description == mapped)
        #expect(message.value(of: 0x8022) == Array("test vector".utf8))
        #expect(message.attributes.map(\.type) == [0x8022, 0x0020, 0x0008])
    }

    @Test func `one changed bit anywhere is noticed by the fingerprint`() throws {
        let vector = try #require(bytes(hexadecimal: Self.overIPv4))
        for position in vector.indices {
            for bit in 0..<8 {
                var changed = vector
                changed[position] ^= 1 << bit
                // A changed type may hide the fingerprint itself, or make it another attribute.
                guard let message = try? STUNMessage(changed) else { continue }
                #expect(!message.hasFingerprint, "bit \(bit) of byte \(position)")
            }
        }
    }

    @Test func `lengths, cookies and attributes that do not fit are refused`() throws {
        let vector = try #require(bytes(hexadecimal: Self.overIPv4))
        for count in 0..<vector.count {
            #expect(throws: STUNMessage.ParseError.self) { try STUNMessage(Array(vector[..<count])) }
        }
        #expect(throws: STUNMessage.ParseError.wrongLength) { try STUNMessage(vector + [0, 0, 0, 0]) }
        #expect(throws: STUNMessage.ParseError.wrongLength) {
            try STUNMessage([UInt8](repeating: 0, count: STUNMessage.bytesMax + 4))
        }
        var header = STUNMessage(.request, transaction: Array(0..<12)).encoded
        header[4] = 0
        #expect(throws: STUNMessage.ParseError.notSTUN) { try STUNMessage(header) }
        let long = STUNMessage(
            .request, transaction: Array(0..<12), attributes: [STUNMessage.Attribute(type: 1, value: [1, 2, 3, 4])])
        var encoded = long.encoded
        encoded[23] = 5
        #expect(throws: STUNMessage.ParseError.truncatedAttribute) { try STUNMessage(encoded) }
    }

    @Test(arguments: 0..<50) func `whatever is written is read`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let kind = try #require(STUNMessage.Class.allCases.randomElement(using: &generator))
        let attributes = (0..<Int.random(in: 0...8, using: &generator)).map { _ in
            STUNMessage.Attribute(
                type: UInt16.random(in: 0..<0x8028, using: &generator),
                value: (0..<Int.random(in: 0...40, using: &generator)).map { _ in
                    .random(in: 0...255, using: &generator)
                })
        }
        let message = STUNMessage(
            kind, method: UInt16.random(in: 0..<0x1000, using: &generator), transaction: Array(1...12),
            attributes: attributes, hasFingerprint: Bool.random(using: &generator))
        #expect(try STUNMessage(message.encoded) == message, "seed \(seed)")
    }

    @Test func `methods and classes share the type's bits as RFC 8489 draws them`() {
        let request = STUNMessage(.request, method: 0x001, transaction: Array(0..<12)).encoded
        #expect(request[0...1] == [0x00, 0x01])
        let failure = STUNMessage(.failure, method: 0xFFF, transaction: Array(0..<12)).encoded
        #expect(failure[0...1] == [0x3F, 0xFF])
        let indication = STUNMessage(.indication, method: 0x009, transaction: Array(0..<12)).encoded
        #expect(indication[0...1] == [0x00, 0x19])
    }
}
