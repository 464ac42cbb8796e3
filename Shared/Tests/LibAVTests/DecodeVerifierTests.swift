import Synchronization
import Testing

@testable import LibAV

@Suite struct DecodeVerifierTests {
    private func verify(_ media: SampleMedia, chunks: [[UInt8]]? = nil) throws -> DecodeVerifier.Counters {
        let verifier = try DecodeVerifier()
        verifier.append(initSegment: media.initSegment)
        for (index, chunk) in (chunks ?? media.chunks).enumerated() {
            verifier.append(chunk: chunk, sequence: UInt64(index + 100))
        }
        return verifier.finish()
    }

    @Test(arguments: [0, 3])
    func `every frame of a whole stream is decoded without an error`(bFrames: Int) throws {
        let counters = try verify(.make(bFrames: bFrames))
        #expect(counters.framesDecoded == 120)
        #expect(counters.audioFramesDecoded >= 187)
        #expect(counters.decodeErrors == 0 && counters.ptsGaps == 0 && counters.ptsBackwards == 0)
        #expect(counters.chunksRead == 4 && counters.firstBadSequence == nil)
    }

    @Test func `a lost chunk is a gap`() throws {
        let media = try SampleMedia.make(sound: false)
        var chunks = media.chunks
        chunks.remove(at: 2)
        let counters = try verify(media, chunks: chunks)
        #expect(counters.ptsGaps == 1)
        #expect(counters.framesDecoded == 90)
        #expect(counters.firstBadSequence == 102)
    }

    @Test func `a flipped byte is an error`() throws {
        let media = try SampleMedia.make(sound: false)
        var chunks = media.chunks
        chunks[1][chunks[1].count / 2] ^= 0xff
        let counters = try verify(media, chunks: chunks)
        #expect(counters.decodeErrors > 0)
        #expect(counters.firstBadSequence == 101)
    }

    @Test func `a repeated chunk is a step back`() throws {
        let media = try SampleMedia.make(sound: false)
        #expect(try verify(media, chunks: [media.chunks[0], media.chunks[0]]).ptsBackwards == 1)
    }

    @Test func `noise instead of chunks is counted and survived`() throws {
        let media = try SampleMedia.make(sound: false)
        let noise = (0..<4_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
        let counters = try verify(media, chunks: [noise, media.chunks[0], []])
        #expect(counters.decodeErrors >= 2)
        #expect(counters.framesDecoded == 30)
    }

    @Test func `a new header gets a new decoder`() throws {
        let first = try SampleMedia.make(sound: false, seconds: 2)
        let second = try SampleMedia.make(size: "640x360", sound: false, seconds: 2)
        let box = WidthBox()
        let verifier = try DecodeVerifier(picture: { box.append($0.width) })
        for media in [first, second] {
            verifier.append(initSegment: media.initSegment)
            for (index, chunk) in media.chunks.enumerated() { verifier.append(chunk: chunk, sequence: UInt64(index)) }
        }
        let counters = verifier.finish()
        #expect(counters.decodeErrors == 0)
        #expect(box.widths == Array(repeating: 320, count: 60) + Array(repeating: 640, count: 60))
    }

    @Test func `pictures lend their brightness`() throws {
        let media = try SampleMedia.make(sound: false, seconds: 1)
        let sums = WidthBox()
        let verifier = try DecodeVerifier(picture: { picture in
            let luma = picture.copyLuma()
            let isSame = picture.luma(x: 7, y: 5) == luma[5 * picture.width + 7] && picture.luma(x: -1, y: 0) == nil
            sums.append(isSame && luma.count == 320 * 240 ? 1 : 0)
        })
        verifier.append(initSegment: media.initSegment)
        verifier.append(chunk: media.chunks[0], sequence: 1)
        verifier.finish()
        #expect(sums.widths == Array(repeating: 1, count: 30))
    }

    @Test func `a full queue refuses, and the hole it leaves is not held against the stream`() throws {
        let media = try SampleMedia.make(sound: false)
        let verifier = try DecodeVerifier(queueBytes: 1 << 20)
        verifier.append(initSegment: media.initSegment)
        #expect(verifier.append(chunk: media.chunks[0], sequence: 1))
        #expect(!verifier.append(chunk: Array(repeating: 0, count: 10 << 20), sequence: 2))
        verifier.waitUntilIdle()
        #expect(verifier.append(chunk: media.chunks[3], sequence: 4))
        let counters = verifier.finish()
        #expect(counters.chunksRefused == 1)
        #expect(counters.ptsGaps == 0)
        #expect(counters.framesDecoded == 60)
    }
}

final class WidthBox: Sendable {
    private let list = Mutex<[Int]>([])
    var widths: [Int] { list.withLock { $0 } }
    func append(_ width: Int) { list.withLock { $0.append(width) } }
}
