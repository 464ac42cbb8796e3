import CoreTypes
import MediaWire
import PeerCore
import PlayoutCore
import TestSupport
import Testing

/// Random streams with restarts, over a network that reorders, loses, repeats and damages.
@Suite struct PlayoutPropertyTests {
    private struct Arrival {
        let time: Int64
        let chunk: Int
        /// Nil for the manifests.
        let piece: Int?
        let isDamaged: Bool
    }

    private func stream(using generator: inout SeededGenerator) throws -> [MadeChunk] {
        var chunks: [MadeChunk] = []
        var sequence: UInt64 = 1_000, previous: UInt64 = 0, session: UInt64 = 1_000, time: Int64 = 200_000
        for number in 0..<UInt64.random(in: 40...120, using: &generator) {
            var isKeyframe = number % 5 == 0
            if number > 0, Int.random(in: 0..<25, using: &generator) == 0 {
                session = sequence + UInt64.random(in: 1...100_000, using: &generator)
                sequence = session
                time += Int64.random(in: 0...6_000, using: &generator)
                isKeyframe = true
                if Bool.random(using: &generator) { previous = 0 }
            }
            time += 200
            chunks.append(
                try MadeChunk(
                    sequence, previous: previous, session: session, isKeyframe: isKeyframe, publishedAt: time,
                    length: Int.random(in: 1...4_000, using: &generator)))
            previous = sequence
            sequence += 1
        }
        return chunks
    }

    private func arrivals(of chunks: [MadeChunk], using generator: inout SeededGenerator) -> [Arrival] {
        var arrivals: [Arrival] = []
        for (position, chunk) in chunks.enumerated() {
            // Some chunks come very late, some never.
            let slow: Int64 = Int.random(in: 0..<15, using: &generator) == 0 ? 4_000 : 300
            let isLost = Int.random(in: 0..<15, using: &generator) == 0
            // A piece that comes before its manifest is not kept: an early copy of those makes up for it.
            arrivals.append(Arrival(time: chunk.description.publishedAt, chunk: position, piece: nil, isDamaged: false))
            for piece in [nil] + (0..<chunk.pieceCount).map(Optional.some) where !(isLost && piece == 0) {
                for _ in 0..<Int.random(in: 1...2, using: &generator) {
                    let time = chunk.description.publishedAt + Int64.random(in: 0...slow, using: &generator)
                    let isDamaged = piece != nil && Int.random(in: 0..<40, using: &generator) == 0
                    arrivals.append(Arrival(time: time, chunk: position, piece: piece, isDamaged: isDamaged))
                }
            }
        }
        return arrivals.shuffled(using: &generator).sorted { $0.time < $1.time }
    }

    @Test(arguments: UInt64(1)...60)
    func `released numbers rise, only genuine chunks are released, and the counts add up`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let chunks = try stream(using: &generator)
        let genuine = Dictionary(uniqueKeysWithValues: chunks.map { ($0.description.sequence, $0.verified) })
        var store = ChunkStore(hash: testHash)
        var buffer = PlayoutBuffer(bufferMs: 2_000)
        var released: [PlayoutBuffer.Release] = []
        for arrival in arrivals(of: chunks, using: &generator) {
            let made = chunks[arrival.chunk]
            if let index = arrival.piece {
                var bytes = made.piece(index)
                if arrival.isDamaged { bytes[bytes.count / 2] ^= 0x40 }
                let outcome = try? store.add(piece: bytes[...], index: index, sequence: made.description.sequence)
                if case .completed(_, let chunk) = outcome { buffer.add(chunk, now: arrival.time) }
            } else {
                for signed in made.signed where (try? store.add(signed)) != nil {
                    buffer.announce(signed.manifest.chunk, now: arrival.time)
                }
            }
            released += buffer.advance(to: arrival.time)
            let counters = buffer.counters
            #expect(counters.due == counters.onTime + counters.late + counters.missing, "seed \(seed)")
        }
        released += buffer.advance(to: .max / 2)
        let numbers = released.map(\.chunk.sequence)
        #expect(zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 }, "seed \(seed): order")
        #expect(released.allSatisfy { genuine[$0.chunk.sequence] == $0.chunk }, "seed \(seed): genuine")
        #expect(UInt64(numbers.count) + buffer.counters.skipped == buffer.counters.onTime, "seed \(seed): on time")
        #expect(released.allSatisfy { !$0.followsLoss || $0.chunk.isKeyframe }, "seed \(seed): decodable")
        expectEveryReleaseDecodable(released, chunks, seed)
    }

    /// Each release is a keyframe or directly follows the one before it.
    private func expectEveryReleaseDecodable(
        _ released: [PlayoutBuffer.Release], _ chunks: [MadeChunk], _ seed: UInt64
    ) {
        let order = Dictionary(uniqueKeysWithValues: chunks.enumerated().map { ($1.description.sequence, $0) })
        for (previous, next) in zip(released, released.dropFirst()) where !next.chunk.isKeyframe {
            #expect(order[next.chunk.sequence] == order[previous.chunk.sequence].map { $0 + 1 }, "seed \(seed)")
        }
    }

    @Test(arguments: UInt64(1)...20)
    func `without losses every chunk from the first keyframe on is on time, whatever the order`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let chunks = try madeStream(60)
        var arrivals = chunks.map {
            (time: $0.description.publishedAt + Int64.random(in: 0...1_500, using: &generator), chunk: $0)
        }
        arrivals[0].time = chunks[0].description.publishedAt
        arrivals.sort { $0.time < $1.time }
        var buffer = PlayoutBuffer(bufferMs: 2_000)
        var count = 0
        for arrival in arrivals {
            buffer.add(arrival.chunk.verified, now: arrival.time)
            count += buffer.advance(to: arrival.time).count
        }
        count += buffer.advance(to: chunks[59].description.publishedAt + 2_000).count
        #expect(count == 60 && buffer.counters.onTime == 60 && buffer.counters.due == 60, "seed \(seed)")
        #expect(buffer.counters.onTime == buffer.counters.due, "seed \(seed)")
    }
}
