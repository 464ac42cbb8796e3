import CoreTypes
import MediaWire
import TestSupport
import Testing

@testable import ForwardCore

@Suite struct ChunkStoreTests {
    private func store(windowMs: Int64 = 2_000, bytesMax: Int = 64 << 20) -> ChunkStore {
        var store = ChunkStore(windowMs: windowMs, bytesMax: bytesMax)
        store.addInit([1], hash: testHash([1]))
        return store
    }

    @Test func chunksAreFoundByTheirNumbers() throws {
        var store = store()
        for made in try madeStream(5) { try store.append(made.stored) }
        #expect(store.chunk(1_003)?.sequence == 1_003)
        #expect(store.chunk(999) == nil)
        #expect(store.chunk(1_005) == nil)
        #expect(store.newest?.sequence == 1_004)
    }

    @Test func theNewestGroupBeginsAtTheNewestKeyframe() throws {
        var store = store(windowMs: 60_000)
        #expect(store.newestGroup.isEmpty)
        for made in try madeStream(13) { try store.append(made.stored) }
        #expect(store.newestKeyframe?.sequence == 1_010)
        #expect(store.newestGroup.map(\.sequence) == [1_010, 1_011, 1_012])
    }

    @Test func numbersOnlyRise() throws {
        var store = store()
        try store.append(MadeChunk(7).stored)
        for number in [UInt64(7), 6, 1] {
            #expect(throws: ChunkStore.Rejection.stale) { try store.append(MadeChunk(number).stored) }
        }
        #expect(store.chunks.count == 1)
    }

    @Test func aChunkNeedsItsInit() throws {
        var store = ChunkStore(windowMs: 2_000)
        #expect(throws: ChunkStore.Rejection.unknownInit) { try store.append(MadeChunk(7).stored) }
        #expect(store.chunks.isEmpty)
        #expect(store.byteCount == 0)
    }

    @Test func chunksOlderThanTheWindowGo() throws {
        var store = store(windowMs: 2_000)
        for made in try madeStream(100) { try store.append(made.stored) }
        // 200 ms each: the newest one and those published within two seconds before it.
        #expect(store.chunks.map(\.sequence) == Array(1_089...1_099))
    }

    @Test func bytesAreBoundedAndTheNewestStays() throws {
        var store = store(windowMs: 60_000, bytesMax: 12_000)
        for made in try madeStream(10) { try store.append(made.stored) }
        #expect(store.chunks.map(\.sequence) == [1_008, 1_009])
        #expect(store.byteCount == 10_000)
        try store.append(MadeChunk(2_000, length: 20_000).stored)
        #expect(store.chunks.map(\.sequence) == [2_000])
    }

    @Test func initsAreBoundedAndTheOldestGo() {
        var store = ChunkStore(windowMs: 2_000)
        for number in UInt8(0)..<20 { store.addInit([number], hash: testHash([number])) }
        #expect(store.initSegment(testHash([19])) == [19])
        #expect(store.initSegment(testHash([0])) == nil)
    }

    @Test func theRateIsThatOfTheMedia() throws {
        var store = store(windowMs: 60_000)
        #expect(store.bitsPerSecond == 0)
        for made in try madeStream(10) { try store.append(made.stored) }
        // 5,000 bytes in each 200 ms.
        #expect(store.bitsPerSecond == 200_000)
    }

    /// Whatever comes, bytes are counted right, both bounds hold, numbers rise, and what is there can be found.
    @Test(arguments: 0..<20) func boundsHoldForRandomStreams(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let bytesMax = Int.random(in: 5_000...60_000, using: &generator)
        let windowMs = Int64.random(in: 200...5_000, using: &generator)
        var store = store(windowMs: windowMs, bytesMax: bytesMax)
        var sequence: UInt64 = 10, time: Int64 = 1_000_000
        for _ in 0..<300 {
            sequence += UInt64.random(in: 1...3, using: &generator)
            time += Int64.random(in: 0...600, using: &generator)
            let length = Int.random(in: 1...9_000, using: &generator)
            try store.append(MadeChunk(sequence, publishedAt: time, length: length).stored)
            #expect(store.byteCount == store.chunks.reduce(0) { $0 + $1.bytes.count }, "seed \(seed)")
            #expect(store.byteCount <= bytesMax || store.chunks.count == 1, "seed \(seed)")
            #expect(store.newest?.sequence == sequence, "seed \(seed)")
            let numbers = store.chunks.map(\.sequence)
            #expect(zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 }, "seed \(seed)")
            #expect(numbers.allSatisfy { store.chunk($0)?.sequence == $0 }, "seed \(seed)")
            #expect(store.chunks[0].description.publishedAt >= time - windowMs, "seed \(seed)")
        }
    }
}
