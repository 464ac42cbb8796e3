import MediaWire
import TestSupport
import Testing

@testable import ForwardCore

@Suite struct FrameBuilderTests {
    private func records(_ bytes: [UInt8]) throws -> [Record] {
        var parser = RecordParser()
        parser.append(bytes)
        var records: [Record] = []
        while let record = try parser.next() { records.append(record) }
        #expect(parser.bufferedCount == 0)
        return records
    }

    @Test func aRelayCarriesAllManifestsAndTheWholeChunk() throws {
        let made = try MadeChunk(7)
        let manifests = made.signed.map { Record.manifest($0) }
        #expect(try records(FrameBuilder.relay(made.stored)) == manifests + [.chunk(sequence: 7, bytes: made.bytes)])
    }

    @Test(arguments: [[0], [1], [0, 1]]) func aStripeCarriesItsManifestAndItsPieces(stripes: [Int]) throws {
        let made = try MadeChunk(7, length: 4_500)
        var expected = stripes.map { Record.manifest(made.signed[$0]) }
        // Piece j of chunk s belongs to stripe (s + j) mod 2.
        for index in 0..<5 where stripes.contains((7 + index) % 2) {
            expected.append(.piece(sequence: 7, index: UInt16(index), bytes: made.piece(index)))
        }
        #expect(try records(FrameBuilder.stripes(stripes, of: made.stored)) == expected)
    }

    @Test func aStripeThatAChunkLacksIsLeftOut() throws {
        #expect(try FrameBuilder.stripes([2, 5], of: MadeChunk(7).stored).isEmpty)
    }

    @Test func aRepairIsOnePieceBehindTheManifestOfItsStripe() throws {
        let made = try MadeChunk(8)
        let bytes = try #require(try FrameBuilder.piece(3, of: made.stored))
        #expect(
            try records(bytes) == [
                .manifest(made.signed[1]), .piece(sequence: 8, index: 3, bytes: made.piece(3)),
            ])
        #expect(try FrameBuilder.piece(5, of: made.stored) == nil)
        #expect(try FrameBuilder.piece(-1, of: made.stored) == nil)
    }
}
