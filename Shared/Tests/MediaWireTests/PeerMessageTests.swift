import CoreTypes
import MediaWire
import TestSupport
import Testing

struct PeerMessageTests {
    private func random(_ generator: inout SeededGenerator) throws -> PeerMessage {
        func bytes(_ range: ClosedRange<Int>) -> [UInt8] {
            (0..<Int.random(in: range, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator) }
        }
        let stripe = UInt8.random(in: 0...7, using: &generator)
        let sequence = UInt64.random(in: 1...WireLimits.integerMax, using: &generator)
        switch Int.random(in: 0...8, using: &generator) {
        case 0: return .subscribe(stripe: stripe, from: sequence - 1)
        case 1: return .unsubscribe(stripe: stripe, from: sequence - 1)
        case 2:
            let count = Int.random(in: 0...256, using: &generator)
            let indices = (0..<count).map { _ in UInt16.random(in: 0...4095, using: &generator) }
            return .request(stripe: stripe, sequence: sequence, indices: indices)
        case 3:
            let hash = try #require(ShortHash(bytes: bytes(16...16)))
            return .initSegment(hash: hash, bytes: bytes(1...2_000))
        case 4:
            return .piece(
                sequence: sequence, index: UInt16.random(in: 0...4095, using: &generator), bytes: bytes(1...2_000))
        case 5: return .alive(head: sequence - 1, starving: UInt8.random(in: 0...255, using: &generator))
        case 6: return .refuse(stripe: stripe, reason: .leaving)
        case 7: return .bye
        default:
            return .relay(
                Bool.random(using: &generator) ? .to : .from, peer: RandomID(using: &generator), signal: bytes(1...500))
        }
    }

    @Test(arguments: 0..<20) func everyMessageSurvivesTheWire(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            let message = try random(&generator)
            let encoded = try message.encoded()
            #expect(encoded.count == message.encodedCount, "seed \(seed)")
            #expect(try PeerMessage.parse(encoded[...]) == message, "seed \(seed)")
        }
    }

    private struct Vectors: Decodable {
        struct Case: Decodable {
            let kind: String
            let message: Hex
        }
        struct Refused: Decodable {
            let name: String
            let message: Hex
        }
        let cases: [Case]
        let skipped: [Hex]
        let refused: [Refused]
    }

    @Test func messagesAreThoseOfTheVectors() throws {
        let vectors: Vectors = try vectors("messages.json")
        for item in vectors.cases {
            let message = try #require(try PeerMessage.parse(item.message.bytes[...]), "\(item.kind)")
            #expect("\(message.kind)" == item.kind)
            #expect(try message.encoded() == item.message.bytes, "\(item.kind)")
        }
        #expect(Set(vectors.cases.map(\.kind)).count == PeerMessage.Kind.allCases.count)
        for bytes in vectors.skipped { #expect(try PeerMessage.parse(bytes.bytes[...]) == nil) }
        for item in vectors.refused {
            #expect(throws: WireError.self, "\(item.name)") { try PeerMessage.parse(item.message.bytes[...]) }
        }
    }

    @Test func shortenedAndLengthenedMessagesAreRefused() throws {
        let fixed: [PeerMessage] = [
            .subscribe(stripe: 1, from: 5), .unsubscribe(stripe: 0, from: 0), .alive(head: 7, starving: 1),
            .refuse(stripe: 0, reason: .full), .bye,
        ]
        for message in fixed {
            let encoded = try message.encoded()
            #expect(throws: WireError.self) { try PeerMessage.parse((encoded + [0])[...]) }
            guard encoded.count > 1 else { continue }
            for count in 1..<encoded.count {
                #expect(throws: WireError.self) { try PeerMessage.parse(encoded[..<count]) }
            }
        }
    }

    @Test(arguments: [
        [UInt8](), [1, 8] + [UInt8](repeating: 0, count: 8), [1, 0, 0x20] + [UInt8](repeating: 0, count: 7),
        [3, 0] + [UInt8](repeating: 0, count: 8), [3, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x10, 0],
        [3, 0, 0, 0, 0, 0, 0, 0, 0, 1] + [UInt8](repeating: 0, count: 514), [4] + [UInt8](repeating: 0, count: 16),
        [6, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0], [8, 0, 0], [8, 0, 3], [10, 1] + [UInt8](repeating: 0, count: 16),
        [10, 3] + [UInt8](repeating: 0, count: 17),
    ])
    func whatBreaksTheRulesIsRefused(bytes: [UInt8]) {
        #expect(throws: WireError.self) { try PeerMessage.parse(bytes[...]) }
    }

    @Test func unknownKindsAreSkipped() throws {
        #expect(try PeerMessage.parse([0, 1, 2]) == nil)
        #expect(try PeerMessage.parse([200]) == nil)
    }

    @Test func tooLongMessagesAreRefused() {
        let bytes = [UInt8](repeating: 5, count: PeerMessage.bytesMax + 1)
        #expect(throws: WireError.tooLong(field: "message", count: bytes.count, limit: PeerMessage.bytesMax)) {
            try PeerMessage.parse(bytes[...])
        }
    }
}
