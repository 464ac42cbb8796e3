import CoreTypes
import MediaWire
import TestSupport
import Testing

private struct LayoutVectors: Decodable {
    struct Layout: Decodable {
        let sequence: UInt64
        let stripeCount: Int
        let chunkLength: Int
        let pieceSize: Int
        let stripes: [[Int]]
        let ranges: [[Int]]
    }
    struct PieceSize: Decodable {
        let chunkLength: Int
        let chunkMs: Int
        let stripeCount: Int
        let pieceSize: Int
    }
    let layouts: [Layout]
    let pieceSizes: [PieceSize]
}

@Suite struct StripeLayoutTests {
    @Test func `stripes and ranges are those of the vectors`() throws {
        let vectors: LayoutVectors = try vectors("layouts.json")
        #expect(!vectors.layouts.isEmpty)
        for item in vectors.layouts {
            let layout = try StripeLayout(
                sequence: item.sequence, stripeCount: item.stripeCount, chunkLength: item.chunkLength,
                pieceSize: item.pieceSize)
            #expect((0..<item.stripeCount).map { Array(layout.pieces(ofStripe: $0)) } == item.stripes)
            let ranges = (0..<layout.pieceCount).compactMap { layout.range(ofPiece: $0) }
            #expect(ranges.map { [$0.lowerBound, $0.upperBound] } == item.ranges)
        }
    }

    @Test func `piece sizes are those of the vectors`() throws {
        let vectors: LayoutVectors = try vectors("layouts.json")
        for item in vectors.pieceSizes {
            let size = StripeLayout.pieceSize(
                chunkLength: item.chunkLength, chunkMs: item.chunkMs, stripeCount: item.stripeCount)
            #expect(size == item.pieceSize)
        }
    }

    @Test(arguments: [41, 42] as [UInt64])
    func `the stripes share out all pieces and the pieces all bytes`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<300 {
            let length = Int.random(in: 1...100_000, using: &generator)
            let layout = try StripeLayout(
                sequence: UInt64.random(in: 1...WireLimits.integerMax, using: &generator),
                stripeCount: Int.random(in: 1...8, using: &generator), chunkLength: length,
                pieceSize: Int.random(in: min(length, 1_024)...16_384, using: &generator))
            var seen = [Int](repeating: 0, count: layout.pieceCount)
            for stripe in 0..<layout.stripeCount {
                let pieces = Array(layout.pieces(ofStripe: stripe))
                #expect(pieces.count == layout.pieceCount(ofStripe: stripe), "seed \(seed)")
                for piece in pieces {
                    seen[piece] += 1
                    #expect(layout.stripe(ofPiece: piece) == stripe, "seed \(seed)")
                }
            }
            #expect(seen.allSatisfy { $0 == 1 }, "seed \(seed)")
            let ranges = (0..<layout.pieceCount).compactMap { layout.range(ofPiece: $0) }
            #expect(ranges.first?.lowerBound == 0 && ranges.last?.upperBound == length, "seed \(seed)")
            for (left, right) in zip(ranges, ranges.dropFirst()) {
                #expect(left.upperBound == right.lowerBound && left.count == layout.pieceSize, "seed \(seed)")
            }
        }
    }

    @Test func `one-piece chunks alternate between the stripes`() throws {
        let stripes = try (1...6).map { sequence in
            try StripeLayout(sequence: UInt64(sequence), stripeCount: 2, chunkLength: 100, pieceSize: 1_024)
                .stripe(ofPiece: 0)
        }
        #expect(stripes == [1, 0, 1, 0, 1, 0])
    }

    @Test func `hostile numbers give an answer or an error, never a trap`() {
        for length in [Int.min, -1, 0, 1, Int.max] {
            for chunkMs in [Int.min, -1, 0, Int.max] {
                for stripes in [Int.min, 0, Int.max] {
                    let size = StripeLayout.pieceSize(chunkLength: length, chunkMs: chunkMs, stripeCount: stripes)
                    #expect((1_024...16_384).contains(size))
                }
            }
            for size in [Int.min, 0, 16_385, Int.max] {
                #expect(throws: WireError.self) {
                    try StripeLayout(sequence: 1, stripeCount: 2, chunkLength: length, pieceSize: size)
                }
            }
        }
    }
}
