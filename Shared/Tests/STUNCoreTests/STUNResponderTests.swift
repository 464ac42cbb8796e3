import CoreTypes
import Testing

@testable import STUNCore

@Suite struct STUNResponderTests {
    private let transaction = [UInt8](1...12)
    private let client = SocketAddress(IPAddress("203.0.113.7")!, 40_001)
    private let first = SocketAddress(IPAddress("192.0.2.1")!, 3_478)
    private let second = SocketAddress(IPAddress("192.0.2.2")!, 3_479)

    private func request(_ attributes: [STUNMessage.Attribute] = [], hasFingerprint: Bool = false) -> [UInt8] {
        STUNMessage(.request, transaction: transaction, attributes: attributes, hasFingerprint: hasFingerprint).encoded
    }

    private func change(_ flags: UInt8) -> [STUNMessage.Attribute] {
        [STUNMessage.Attribute(type: 0x0003, value: [0, 0, 0, flags])]
    }

    @Test(arguments: ["203.0.113.7", "2001:db8::7"], [false, true])
    func `a client learns its address`(address: String, hasFingerprint: Bool) throws {
        let client = SocketAddress(try #require(IPAddress(address)), 40_001)
        let answer = try #require(
            STUNResponder(primary: first).answer(request(hasFingerprint: hasFingerprint), from: client, to: first))
        let message = try STUNMessage(answer.bytes)
        #expect(message.kind == .success && message.transaction == transaction)
        #expect(message.mappedAddress == client && message.hasFingerprint == hasFingerprint)
        #expect(message.otherAddress == nil && answer.from == first)
        // Nobody is drowned in the answers to requests that carry his address.
        #expect(answer.bytes.count <= 52)
    }

    @Test func `what must be understood and is not is named`() throws {
        let asked = change(6) + [STUNMessage.Attribute(type: 0x7FFF, value: []), .init(type: 0x8001, value: [1])]
        let answer = try #require(STUNResponder(primary: first).answer(request(asked), from: client, to: first))
        let message = try STUNMessage(answer.bytes)
        #expect(message.kind == .failure)
        #expect(message.value(of: 0x0009)?.prefix(4) == [0, 0, 4, 20])
        #expect(message.value(of: 0x000A) == [0x00, 0x03, 0x7F, 0xFF])
        #expect(answer.from == first)
    }

    @Test func `names and proofs are ignored`() {
        let attributes = [STUNMessage.Attribute(type: 0x0006, value: [97]), .init(type: 0x0008, value: Array(0..<20))]
        #expect(STUNResponder(primary: first).answer(request(attributes), from: client, to: first) != nil)
    }

    @Test(arguments: [(0, "192.0.2.1:3478"), (2, "192.0.2.1:3479"), (4, "192.0.2.2:3478"), (6, "192.0.2.2:3479")])
    func `with two addresses the answer leaves from where it was asked to`(flags: UInt8, origin: String) throws {
        let responder = STUNResponder(primary: first, alternate: second)
        let answer = try #require(responder.answer(request(change(flags)), from: client, to: first))
        let message = try STUNMessage(answer.bytes)
        #expect(answer.from.description == origin)
        #expect(message.responseOrigin == answer.from && message.otherAddress == second)
    }

    @Test func `from the second address the first one is the other`() throws {
        let responder = STUNResponder(primary: first, alternate: second)
        let answer = try #require(responder.answer(request(change(6)), from: client, to: second))
        #expect(answer.from == first)
        #expect(try STUNMessage(answer.bytes).otherAddress == first)
    }

    @Test func `clients of RFC 3489 get what they know`() throws {
        let transaction = [UInt8](100..<116)
        let answer = try #require(
            STUNResponder(primary: first).answer([0, 1, 0, 0] + transaction, from: client, to: first))
        let mapped: [UInt8] = [0, 1, 0, 8, 0, 1, 0x9C, 0x41, 203, 0, 113, 7]
        #expect(answer.bytes == [1, 1, 0, 12] + transaction + mapped && answer.from == first)
        #expect(STUNResponder(primary: first).answer([0, 1, 0, 4] + transaction, from: client, to: first) == nil)
    }

    @Test func `all else is left unanswered`() {
        let responder = STUNResponder(primary: first)
        let silent =
            [[], [0], Array(repeating: 0, count: 20), Array(repeating: 0xFF, count: 1_500)]
            + [.indication, .success, .failure].map { STUNMessage($0, transaction: transaction).encoded }
            + [STUNMessage(.request, method: 3, transaction: transaction).encoded]
        for datagram in silent { #expect(responder.answer(datagram, from: client, to: first) == nil) }
    }
}
