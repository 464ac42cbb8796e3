import CoreTypes
import MediaWire
import TestSupport
import Testing

/// `Vectors/records.json`.
struct RecordVectors: Decodable {
    struct Case: Decodable {
        let kind: String
        let body: Hex
        let record: Hex
    }
    struct Refused: Decodable {
        let name: String
        let record: Hex
    }
    let cases: [Case]
    let skipped: [Hex]
    let refused: [Refused]
}

/// All records of `bytes`, handed over in portions of random length.
func parse(_ bytes: [UInt8], portionMax: Int, using generator: inout SeededGenerator) throws -> [Record] {
    var parser = RecordParser()
    var records: [Record] = []
    var position = 0
    while position < bytes.count {
        let end = min(bytes.count, position + Int.random(in: 1...portionMax, using: &generator))
        parser.append(bytes[position..<end])
        position = end
        while let record = try parser.next() { records.append(record) }
    }
    #expect(parser.isBetweenRecords)
    return records
}

@Suite struct RecordTests {
    @Test func `every kind is the bytes of the vectors, both ways`() throws {
        let vectors: RecordVectors = try vectors("records.json")
        var generator = SeededGenerator(seed: 1)
        #expect(Set(vectors.cases.map(\.kind)).count == Record.Kind.allCases.count)
        for item in vectors.cases {
            let records = try parse(item.record.bytes, portionMax: item.record.bytes.count, using: &generator)
            let record = try #require(records.first)
            #expect(records.count == 1)
            #expect("\(record.kind)" == item.kind)
            #expect(try record.encoded() == item.record.bytes)
            #expect(record.bodyCount == item.body.bytes.count)
        }
    }

    @Test func `every breach of the format is refused, and the parser stays refusing`() throws {
        let vectors: RecordVectors = try vectors("records.json")
        let good = try #require(vectors.cases.first).record.bytes
        #expect(vectors.refused.count >= 10)
        for item in vectors.refused {
            var parser = RecordParser()
            parser.append(item.record.bytes)
            #expect(throws: WireError.self, "\(item.name)") { try parser.next() }
            parser.append(good)
            #expect(throws: WireError.self, "\(item.name)") { try parser.next() }
            #expect(parser.bufferedCount == 0)
            #expect(!parser.isBetweenRecords)
        }
    }

    @Test(arguments: [(51, 1), (52, 7), (53, 4_000), (54, 1_000_000)] as [(UInt64, Int)])
    func `records come out alike however the stream is split`(seed: UInt64, portionMax: Int) throws {
        let vectors: RecordVectors = try vectors("records.json")
        var generator = SeededGenerator(seed: seed)
        var expected: [Record] = []
        var stream: [UInt8] = []
        for round in 0..<40 {
            stream += vectors.skipped[round % vectors.skipped.count].bytes
            let size = [1, 200, 9_000, 60_000][round % 4]
            let record = Record.chunk(sequence: UInt64(round + 1), bytes: randomBytes(size, using: &generator))
            expected.append(record)
            stream += try record.encoded()
        }
        #expect(try parse(stream, portionMax: portionMax, using: &generator) == expected, "seed \(seed)")
    }

    @Test func `an unknown kind of the largest length is skipped without being stored`() throws {
        var parser = RecordParser()
        var header = ByteWriter()
        header.write(UInt32(WireLimits.recordBodyBytesMax))
        header.write(UInt8(200))
        parser.append(header.bytes)
        #expect(try parser.next() == nil)
        let portion = [UInt8](repeating: 7, count: 1 << 16)
        for _ in 0..<(WireLimits.recordBodyBytesMax / portion.count) {
            #expect(!parser.isBetweenRecords)
            parser.append(portion)
            #expect(try parser.next() == nil)
            #expect(parser.bufferedCount == 0)
        }
        #expect(parser.isBetweenRecords)
        parser.append(try Record.state(.live).encoded())
        #expect(try parser.next() == .state(.live))
    }

    @Test func `a length over the limit is refused with its header, before any of the body`() {
        for kind in UInt8.min ... .max {
            let limit = Record.Kind(rawValue: kind)?.bodyBytesMax ?? WireLimits.recordBodyBytesMax
            for excess in [1, Int(UInt32.max) - limit] {
                var parser = RecordParser()
                var header = ByteWriter()
                header.write(UInt32(limit + excess))
                header.write(kind)
                parser.append(header.bytes)
                #expect(throws: WireError.self, "kind \(kind)") { try parser.next() }
            }
        }
    }

    @Test func `the largest chunk passes through the parser, one byte more is refused before writing`() throws {
        let largest = Record.chunk(sequence: 1, bytes: [UInt8](repeating: 1, count: WireLimits.chunkBytesMax))
        var generator = SeededGenerator(seed: 61)
        #expect(try parse(largest.encoded(), portionMax: 16_384, using: &generator) == [largest])
        var writer = ByteWriter()
        let excess = Record.chunk(sequence: 1, bytes: [UInt8](repeating: 1, count: WireLimits.chunkBytesMax + 1))
        #expect(throws: WireError.self) { try excess.encode(into: &writer) }
        #expect(writer.bytes.isEmpty)
    }

    @Test func `values that readers refuse are not written`() throws {
        let hash = try ShortHash(bytes: [UInt8](repeating: 0, count: 16)).required()
        let refused: [Record] = [
            .hello([UInt8](repeating: 32, count: WireLimits.helloBytesMax + 1)), .initSegment(hash: hash, bytes: []),
            .chunk(sequence: 0, bytes: [1]), .chunk(sequence: 1 << 53, bytes: [1]), .chunk(sequence: 1, bytes: []),
            .piece(sequence: 1, index: 4_096, bytes: [1]),
            .piece(sequence: 1, index: 0, bytes: [UInt8](repeating: 0, count: WireLimits.pieceBytesMax + 1)),
            .ping(-1), .ping(1 << 53),
        ]
        for record in refused { #expect(throws: WireError.self) { try record.encoded() } }
    }

    @Test func `random bytes never trap and never grow the buffer past one record`() {
        for seed in 71...90 as ClosedRange<UInt64> {
            var generator = SeededGenerator(seed: seed)
            var parser = RecordParser()
            for _ in 0..<200 {
                var bytes = randomBytes(Int.random(in: 0...64, using: &generator), using: &generator)
                // Short lengths, so that many records get past the header.
                if bytes.count >= 5 { bytes.replaceSubrange(0..<5, with: [0, 0, 0, bytes[3] & 31, bytes[4] & 7]) }
                parser.append(bytes)
                do { while try parser.next() != nil {} } catch { parser = RecordParser() }
                #expect(parser.bufferedCount <= 5 + WireLimits.recordBodyBytesMax, "seed \(seed)")
            }
        }
    }
}
