import CoreTypes
import TestSupport
import Testing

@testable import PeerWire

@Suite struct DCEPMessageTests {
    @Test func `the bytes are those of RFC 8832`() throws {
        let open = DCEPMessage.open(
            DCEPMessage.Open(
                label: "ab", subprotocol: "c", reliability: .lifetime(milliseconds: 0x01020304), priority: 0x0506))
        let wire: [UInt8] = [3, 0x82, 5, 6, 1, 2, 3, 4, 0, 2, 0, 1, 97, 98, 99]
        #expect(open.encoded == wire)
        #expect(try DCEPMessage(wire) == open)
        #expect(DCEPMessage.acknowledgement.encoded == [2])
        #expect(try DCEPMessage([2]) == .acknowledgement)
    }

    @Test func `what is wrong is said`() {
        let wire = DCEPMessage.open(DCEPMessage.Open(label: "label")).encoded
        for count in 0..<wire.count {
            #expect(throws: DCEPMessage.ParseError.wrongLength) { try DCEPMessage(Array(wire[..<count])) }
        }
        #expect(throws: DCEPMessage.ParseError.wrongLength) { try DCEPMessage(wire + [0]) }
        #expect(throws: DCEPMessage.ParseError.wrongLength) { try DCEPMessage([2, 0]) }
        #expect(throws: DCEPMessage.ParseError.unknownType(7)) { try DCEPMessage([7]) }
        #expect(throws: DCEPMessage.ParseError.unknownType(0x83)) { try DCEPMessage([3, 0x83] + wire[2...]) }
        var changed = wire
        changed[12] = 0xff
        #expect(throws: DCEPMessage.ParseError.notUTF8) { try DCEPMessage(changed) }
        let long = DCEPMessage.open(DCEPMessage.Open(label: String(repeating: "x", count: 257))).encoded
        #expect(throws: DCEPMessage.ParseError.nameTooLong(bytes: 257)) { try DCEPMessage(long) }
    }

    @Test(arguments: 0..<100) func `whatever is written is read`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let number = UInt32.random(in: 0...UInt32.max, using: &generator)
        let message = DCEPMessage.open(
            DCEPMessage.Open(
                label: String(repeating: "ü", count: .random(in: 0...128, using: &generator)),
                subprotocol: String(repeating: "p", count: .random(in: 0...256, using: &generator)),
                reliability: [.reliable, .retransmissions(number), .lifetime(milliseconds: number)]
                    .randomElement(using: &generator)!,
                isOrdered: Bool.random(using: &generator), priority: .random(in: 0...65_535, using: &generator)))
        #expect(try DCEPMessage(message.encoded) == message, "seed \(seed)")
    }

    @Test func `datagrams are told apart by their first byte`() {
        let kinds = (0...255).map { first in
            withUnsafeBytes(of: UInt8(first)) { DatagramKind(of: $0) }
        }
        #expect(kinds.indices.filter { kinds[$0] == .stun } == Array(0...3))
        #expect(kinds.indices.filter { kinds[$0] == .dtls } == Array(20...63))
        #expect(DatagramKind(of: UnsafeRawBufferPointer(start: nil, count: 0)) == .other)
    }
}
