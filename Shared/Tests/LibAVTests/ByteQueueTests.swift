import CoreTypes
import Synchronization
import Testing

@testable import LibAV

@Suite struct ByteQueueTests {
    private func offer(_ bytes: [UInt8], to queue: ByteQueue) -> Int { bytes.withUnsafeBytes { queue.offer($0) } }

    private func read(_ count: Int, from queue: ByteQueue) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: count)
        let taken = buffer.withUnsafeMutableBytes { queue.read(into: $0) }
        return Array(buffer.prefix(taken))
    }

    @Test func `an offer takes what fits, and a full queue takes nothing`() {
        let queue = ByteQueue(capacity: 10)
        #expect(offer(Array(0..<8), to: queue) == 8)
        #expect(offer([8, 9, 10], to: queue) == 2)
        #expect(offer([10], to: queue) == 0)
        #expect(queue.totalBytes == 10)
        #expect(read(20, from: queue) == Array(0..<10))
    }

    @Test func `room is announced once after a refusal, when a quarter is free`() {
        let calls = Atomic(0)
        let queue = ByteQueue(capacity: 100) { calls.add(1, ordering: .relaxed) }
        _ = offer(Array(repeating: 1, count: 101), to: queue)
        _ = read(24, from: queue)
        #expect(calls.load(ordering: .relaxed) == 0)
        _ = read(1, from: queue)
        #expect(calls.load(ordering: .relaxed) == 1)
        _ = read(50, from: queue)
        #expect(calls.load(ordering: .relaxed) == 1)
    }

    @Test func `after the end the rest is read, then nothing`() {
        let queue = ByteQueue()
        _ = offer([1, 2, 3], to: queue)
        #expect(queue.endedCleanly == nil)
        queue.finish(clean: true)
        queue.finish(clean: false)
        #expect(queue.endedCleanly == true)
        #expect(offer([4], to: queue) == 0)
        #expect(queue.peek(10) == [1, 2, 3])
        #expect(read(10, from: queue) == [1, 2, 3])
        #expect(read(10, from: queue) == [])
    }

    @Test func `a cancelled queue drops what it is offered and resumes a paused writer`() {
        let calls = Atomic(0)
        let queue = ByteQueue(capacity: 4) { calls.add(1, ordering: .relaxed) }
        _ = offer([1, 2, 3, 4, 5], to: queue)
        queue.cancel()
        #expect(calls.load(ordering: .relaxed) == 1)
        #expect(offer(Array(repeating: 0, count: 100), to: queue) == 100)
        #expect(read(4, from: queue) == [])
        #expect(queue.peek(4) == [])
    }

    @Test func `bytes come out in order whatever the sizes of writes and reads`() throws {
        let seed: UInt64 = 5
        let queue = ByteQueue(capacity: 300_000)
        let total = 2_000_000
        let writer = try MediaThread(name: "writer") {
            var generator = SeededGenerator(seed: seed)
            var sent = 0
            while sent < total {
                let count = min(total - sent, Int.random(in: 1...90_000, using: &generator))
                let bytes = (sent..<(sent + count)).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
                sent += bytes.withUnsafeBytes { queue.offer($0) }
            }
            queue.finish(clean: true)
        }
        var generator = SeededGenerator(seed: seed + 1)
        var position = 0
        while true {
            let bytes = read(Int.random(in: 1...70_000, using: &generator), from: queue)
            if bytes.isEmpty { break }
            let expected = (position..<(position + bytes.count)).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
            try #require(bytes == expected, "seed \(seed), at \(position)")
            position += bytes.count
        }
        writer.join()
        #expect(position == total)
    }
}
