import CoreTypes
import MediaWire
import TestSupport
import Testing

@testable import PlayoutCore

@Suite struct PlayoutBufferTests {
    /// A joiner that has the first group of `stream` and nothing else, at the time of the newest of these.
    private func joined(_ stream: [MadeChunk], bufferMs: Int64 = 3_000) -> PlayoutBuffer {
        var buffer = PlayoutBuffer(bufferMs: bufferMs)
        let now = stream[4].description.publishedAt
        for chunk in stream[..<5] { buffer.add(chunk.verified, now: now) }
        return buffer
    }

    private func due(_ chunk: MadeChunk) -> Int64 { chunk.description.publishedAt + 3_000 }

    /// Advances as a timer would.
    private func play(_ buffer: inout PlayoutBuffer, until end: Int64) {
        for time in stride(from: Int64(201_000), through: end, by: 10) { _ = buffer.advance(to: time) }
    }

    @Test func `several chunks released after one pause are one stall`() throws {
        let stream = try madeStream(10)
        var buffer = joined(stream)
        for chunk in stream[5...] { buffer.add(chunk.verified, now: 201_000) }
        _ = buffer.advance(to: due(stream[9]))
        #expect(buffer.counters.stalls == 1 && buffer.counters.stallMs == 800)
    }

    @Test func `nothing is released before a keyframe`() throws {
        var buffer = PlayoutBuffer(bufferMs: 3_000)
        let stream = try madeStream(10)
        for chunk in stream[1..<5] { buffer.add(chunk.verified, now: 0) }
        #expect(buffer.advance(to: 1_000_000).isEmpty)
        buffer.add(stream[5].verified, now: 1_000_000)
        #expect(buffer.advance(to: 1_000_000).map(\.chunk.sequence) == [1_005])
    }

    @Test func `the first group is released at once, the next one when it is due`() throws {
        let stream = try madeStream(10)
        var buffer = joined(stream)
        let now = stream[4].description.publishedAt
        let first = buffer.advance(to: now)
        #expect(first.map(\.chunk.sequence) == Array(1_000...1_004))
        #expect(first.allSatisfy { $0.latencyMs == nil })
        buffer.add(stream[5].verified, now: now + 200)
        #expect(buffer.nextDue == due(stream[5]))
        #expect(buffer.advance(to: due(stream[5]) - 1).isEmpty)
        let next = buffer.advance(to: due(stream[5]))
        #expect(next.map(\.chunk.sequence) == [1_005] && next[0].latencyMs == 3_000)
    }

    @Test func `a missing chunk is skipped when due, and the picture goes on at the next keyframe`() throws {
        let stream = try madeStream(20)
        var buffer = joined(stream)
        for chunk in stream[5...] where chunk.description.sequence != 1_007 { buffer.add(chunk.verified, now: 201_000) }
        let released = buffer.advance(to: due(stream[19]))
        #expect(released.map(\.chunk.sequence) == Array(1_000...1_006) + Array(1_010...1_019))
        #expect(released.filter(\.followsLoss).map(\.chunk.sequence) == [1_010])
        let counters = buffer.counters
        #expect(counters.missing == 1 && counters.skipped == 2 && counters.onTime == 19 && counters.due == 20)
    }

    @Test func `a chunk that comes after it was due counts as late, not as missing, and is not released`() throws {
        let stream = try madeStream(12)
        var buffer = joined(stream)
        for chunk in stream[5...] where chunk.description.sequence != 1_007 { buffer.add(chunk.verified, now: 201_000) }
        _ = buffer.advance(to: due(stream[10]))
        #expect(buffer.counters.missing == 1)
        buffer.add(stream[7].verified, now: due(stream[10]))
        buffer.add(stream[7].verified, now: due(stream[10]))
        #expect(buffer.counters.missing == 0 && buffer.counters.late == 1)
        #expect(buffer.advance(to: due(stream[10])).isEmpty)
    }

    @Test func `a chunk that becomes whole a millisecond after it was due is late`() throws {
        let stream = try madeStream(12)
        var buffer = joined(stream)
        buffer.announce(stream[5].description, now: 201_000)
        buffer.add(stream[5].verified, now: due(stream[5]) + 1)
        #expect(buffer.counters.late == 1 && buffer.counters.onTime == 5)
    }

    @Test func `numbers that jump to a new session are no loss`() throws {
        let stream = try madeStream(5)
        var buffer = joined(stream)
        let next = try MadeChunk(
            9_000, previous: 1_004, session: 9_000, isKeyframe: true,
            publishedAt: stream[4].description.publishedAt + 8_200)
        buffer.add(next.verified, now: next.description.publishedAt)
        #expect(buffer.advance(to: due(next)).map(\.chunk.sequence) == Array(1_000...1_004) + [9_000])
        #expect(buffer.counters.missing == 0)
    }

    @Test func `a coordinate that has forgotten the number before is no loss either`() throws {
        let stream = try madeStream(5)
        var buffer = joined(stream)
        let next = try MadeChunk(9_000, previous: 0, session: 9_000, isKeyframe: true, publishedAt: 300_000)
        buffer.add(next.verified, now: 300_000)
        #expect(buffer.advance(to: 303_000).last?.chunk.sequence == 9_000)
        #expect(buffer.counters.missing == 0)
    }

    @Test func `the lost start of a new session counts as far as it is known`() throws {
        let stream = try madeStream(5)
        var buffer = joined(stream)
        let next = try MadeChunk(9_003, session: 9_000, isKeyframe: true, publishedAt: 300_000)
        buffer.add(next.verified, now: 300_000)
        _ = buffer.advance(to: 303_000)
        #expect(buffer.counters.missing == 3)
    }

    @Test func `time without publisher is no stall`() throws {
        let stream = try madeStream(10)
        var buffer = joined(stream)
        for chunk in stream[5...] { buffer.add(chunk.verified, now: 201_000) }
        play(&buffer, until: due(stream[9]))
        let next = try MadeChunk(
            9_000, previous: 1_009, session: 9_000, isKeyframe: true,
            publishedAt: stream[9].description.publishedAt + 5_200)
        buffer.add(next.verified, now: next.description.publishedAt)
        #expect(buffer.advance(to: due(next)).count == 1)
        #expect(buffer.counters.publisherGapMs == 5_000 && buffer.counters.stalls == 0)
    }

    @Test func `a pause over 100 ms although the stream published is a stall of that length`() throws {
        let stream = try madeStream(20)
        var buffer = joined(stream)
        for chunk in stream[5...] where chunk.description.sequence != 1_010 { buffer.add(chunk.verified, now: 201_000) }
        play(&buffer, until: due(stream[19]))
        // The keyframe 1010 is lost: nothing from when it was due until 1015 is.
        #expect(buffer.counters.stalls == 1 && buffer.counters.stallMs == 1_000)
    }

    @Test func `releases that are late by less than 100 ms are no stall`() throws {
        let stream = try madeStream(10)
        var buffer = joined(stream)
        for chunk in stream[5...] { buffer.add(chunk.verified, now: 201_000) }
        for chunk in stream[5...] { _ = buffer.advance(to: due(chunk) + 90) }
        #expect(buffer.counters.stalls == 0)
    }

    @Test func `silence without a source is a stall, with one it is the publisher's`() throws {
        let stream = try madeStream(10)
        var buffer = joined(stream)
        for chunk in stream[5...] { buffer.add(chunk.verified, now: 201_000) }
        let now = due(stream[9]) + 4_200
        play(&buffer, until: now)
        #expect(buffer.counters(now: now, isFed: false).stallMs == 4_000)
        let fed = buffer.counters(now: now, isFed: true)
        #expect(fed.stalls == 0 && fed.publisherGapMs == 7_000)
    }

    @Test func `after a break the source is asked for the first chunk that is not here`() throws {
        let stream = try madeStream(10)
        var buffer = PlayoutBuffer(bufferMs: 3_000)
        #expect(buffer.firstWanted == nil)
        buffer = joined(stream)
        #expect(buffer.firstWanted == 1_005)
        buffer.add(stream[5].verified, now: 201_000)
        buffer.announce(stream[6].description, now: 201_000)
        buffer.add(stream[7].verified, now: 201_000)
        #expect(buffer.firstWanted == 1_006)
    }

    @Test func `what waits is bounded`() throws {
        var limits = PlayoutBuffer.Limits()
        limits.chunksMax = 10
        limits.bytesMax = 30_000
        var buffer = PlayoutBuffer(bufferMs: 60_000, limits: limits)
        for chunk in try madeStream(200) {
            buffer.announce(chunk.description, now: 0)
            buffer.add(chunk.verified, now: 0)
            #expect(buffer.count <= 10 && buffer.heldBytes <= 30_000)
        }
    }
}
