import CoreTypes
import Testing

@testable import IngestCore

@Suite struct ChunkCutterTests {
    private func picture(_ index: Int64, key: Bool = false, bytes: Int = 100, duration: Int64 = 3_000)
        -> ChunkCutter.Sample
    {
        .init(isVideo: true, isKeyframe: key, start: index * duration, end: (index + 1) * duration, byteCount: bytes)
    }

    private func sound(_ index: Int64, bytes: Int = 50) -> ChunkCutter.Sample {
        .init(isVideo: false, isKeyframe: true, start: index * 1_920, end: (index + 1) * 1_920, byteCount: bytes)
    }

    @Test func `six pictures at 30 a second fill 200 ms`() throws {
        var cutter = ChunkCutter(.init(), hasVideo: true)
        let cuts = try (0..<12).map { try cutter.add(picture($0)).cutsAfter }
        #expect(cuts.enumerated().filter(\.element).map(\.offset) == [5, 11])
    }

    @Test func `a keyframe ends the chunk before it`() throws {
        var cutter = ChunkCutter(.init(), hasVideo: true)
        #expect(try cutter.add(picture(0, key: true)).cutsBefore == false)
        #expect(try cutter.add(picture(1, key: true)).cutsBefore)
    }

    @Test func `a keyframe after sound alone keeps the sound`() throws {
        var cutter = ChunkCutter(.init(), hasVideo: true)
        _ = try cutter.add(sound(0))
        #expect(try cutter.add(picture(0, key: true)).cutsBefore == false)
    }

    @Test func `sound alone is cut on its own clock`() throws {
        var cutter = ChunkCutter(.init(), hasVideo: false)
        let cuts = try (0..<20).map { try cutter.add(sound($0)).cutsAfter }
        #expect(cuts.enumerated().filter(\.element).map(\.offset) == [9, 19])
    }

    @Test func `sound goes on alone after a second without pictures`() throws {
        var cutter = ChunkCutter(.init(), hasVideo: true)
        var first: Int64?
        for index in Int64(0)..<100 where first == nil { if try cutter.add(sound(index)).cutsAfter { first = index } }
        #expect(first == 46)
    }

    @Test func `a chunk is cut before it grows too large, and a larger frame is refused`() throws {
        var cutter = ChunkCutter(.init(bytesMax: 1_000), hasVideo: true)
        _ = try cutter.add(picture(0, key: true, bytes: 600))
        #expect(try cutter.add(picture(1, bytes: 600)).cutsBefore)
        #expect(throws: ChunkCutter.SampleTooLarge(byteCount: 1_001, bytesMax: 1_000)) {
            try cutter.add(picture(2, bytes: 1_001))
        }
    }

    @Test func `chunks never exceed the size nor span a keyframe, whatever comes`() throws {
        let seed: UInt64 = 9
        var generator = SeededGenerator(seed: seed)
        for round in 0..<300 {
            var cutter = ChunkCutter(.init(bytesMax: 5_000), hasVideo: true)
            var bytes = 0, pictures = 0
            for _ in 0..<200 {
                let sample = ChunkCutter.Sample(
                    isVideo: Bool.random(using: &generator), isKeyframe: Bool.random(using: &generator),
                    start: Int64.random(in: .min ... .max, using: &generator),
                    end: Int64.random(in: .min ... .max, using: &generator),
                    byteCount: Int.random(in: 0...5_000, using: &generator))
                let decision = try cutter.add(sample)
                if decision.cutsBefore { (bytes, pictures) = (0, 0) }
                if sample.isVideo, sample.isKeyframe { #expect(pictures == 0, "seed \(seed), round \(round)") }
                bytes += sample.byteCount
                pictures += sample.isVideo ? 1 : 0
                #expect(bytes <= 5_000, "seed \(seed), round \(round)")
                if decision.cutsAfter { (bytes, pictures) = (0, 0) }
            }
        }
    }
}
