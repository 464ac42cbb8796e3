import CoreTypes
import FragmentedMP4
import TestSupport
import Testing

/// `Vectors/movies.json`.
struct MovieVectors: Decodable {
    struct Rebased: Decodable {
        let offset: Int64
        let sequenceNumber: UInt32
        let fragment: Hex
    }
    let `init`: Hex
    let fragment: Hex
    let rebased: [Rebased]

    /// The parsed header.
    func header() throws -> InitSegment { try InitSegment(`init`.bytes[...]) }
}

@Suite struct MovieVectorTests {
    @Test func `tracks, codecs and picture are read from the header`() throws {
        let header = try vectors("movies.json", as: MovieVectors.self).header()
        #expect(header.tracks.map(\.id) == [1, 2])
        #expect(header.tracks.map(\.kind) == [.video, .audio])
        #expect(header.tracks.map(\.timescale) == [90_000, 48_000])
        #expect(header.tracks.map(\.format) == ["avc1", "mp4a"])
        #expect(header.codecs == "avc1.64001F,mp4a.40.2")
        #expect(header.mimeType == "video/mp4; codecs=\"avc1.64001F,mp4a.40.2\"")
        #expect(header.first(.video)?.width == 1_280 && header.first(.video)?.height == 720)
    }

    @Test func `times, durations and sync samples are read from the fragment`() throws {
        let vectors: MovieVectors = try vectors("movies.json")
        let fragment = try Fragment(vectors.fragment.bytes[...], header: vectors.header())
        #expect(fragment.sequenceNumber == 5)
        #expect(fragment.tracks.map(\.track) == [1, 2])
        #expect(fragment.tracks.map(\.baseMediaDecodeTime) == [90_000, 48_000])
        #expect(fragment.tracks.map(\.sampleCount) == [6, 9])
        #expect(fragment.tracks.map(\.duration) == [18_000, 9_216])
        #expect(fragment.tracks.map(\.startsWithSyncSample) == [true, true])
    }

    @Test func `rebasing gives the fragments of the vectors`() throws {
        let vectors: MovieVectors = try vectors("movies.json")
        let rebaser = FragmentRebaser(header: try vectors.header())
        #expect(vectors.rebased.count >= 5)
        for item in vectors.rebased {
            let output = try rebaser.rebase(
                vectors.fragment.bytes[...], offset: item.offset, sequenceNumber: item.sequenceNumber)
            #expect(output == item.fragment.bytes, "offset \(item.offset)")
        }
    }

    @Test func `a slice out of a longer buffer is rebased alike`() throws {
        let vectors: MovieVectors = try vectors("movies.json")
        let rebaser = FragmentRebaser(header: try vectors.header())
        let item = try #require(vectors.rebased.last)
        let buffer = pattern(333) + vectors.fragment.bytes + pattern(5)
        let output = try rebaser.rebase(
            buffer[333..<(buffer.count - 5)], offset: item.offset, sequenceNumber: item.sequenceNumber)
        #expect(output == item.fragment.bytes)
    }

    @Test(arguments: [101, 102, 103] as [UInt64])
    func `damaged headers and fragments give an error or a value, never a trap`(seed: UInt64) throws {
        let vectors: MovieVectors = try vectors("movies.json")
        let header = try vectors.header()
        var generator = SeededGenerator(seed: seed)
        let hostile: [UInt8] = [0, 1, 0x7f, 0x80, 0xff]
        for _ in 0..<3_000 {
            for original in [vectors.`init`.bytes, vectors.fragment.bytes] {
                var bytes = original
                for _ in 0..<Int.random(in: 1...4, using: &generator) {
                    let index = Int.random(in: bytes.indices, using: &generator)
                    bytes[index] = hostile.randomElement(using: &generator) ?? 0
                }
                let end =
                    Bool.random(using: &generator)
                    ? bytes.count : Int.random(in: 0...bytes.count, using: &generator)
                _ = try? InitSegment(bytes[..<end])
                _ = try? FragmentRebaser(header: header).rebase(
                    bytes[..<end], offset: Int64.random(in: .min ... .max, using: &generator), sequenceNumber: .max)
            }
        }
    }

    @Test func `every cut of header and fragment is an error`() throws {
        let vectors: MovieVectors = try vectors("movies.json")
        let header = try vectors.header()
        for count in vectors.`init`.bytes.indices {
            #expect(throws: MP4Error.self) { try InitSegment(vectors.`init`.bytes[..<count]) }
        }
        let fragmentEnd = vectors.fragment.bytes.count - 13
        for count in 0..<fragmentEnd {
            #expect(throws: MP4Error.self) { try Fragment(vectors.fragment.bytes[..<count], header: header) }
        }
    }
}
