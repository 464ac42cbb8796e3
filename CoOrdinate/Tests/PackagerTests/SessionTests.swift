import CoreTypes
import IngestCore
import LibAV
import Packager
import Testing

/// What happens over several sessions of one stream, and when publishers misbehave.
@Suite struct SessionTests {
    private static let transportStream = FFmpeg.h264 + FFmpeg.aac + ["-f", "mpegts"]

    @Test(arguments: ["mpegts", "flv", "matroska"])
    func `a publisher that comes back continues the stream without a new header`(format: String) throws {
        let bytes = try FFmpeg.make(seconds: 3, FFmpeg.h264 + FFmpeg.aac + ["-f", format])
        var recording = Recording()
        try recording.publish(bytes)
        let first = recording.chunks.count
        try recording.publish(bytes)
        #expect(recording.inits.count == 1)
        #expect(recording.seamMax == 0)
        #expect(recording.chunks.indices.filter { recording.chunks[$0].isDiscontinuity } == [0, first])
        #expect(recording.chunks[first].isKeyframe)
        let (counters, times) = try recording.verify()
        #expect(counters.framesDecoded == 180)
        #expect(counters.decodeErrors == 0)
        #expect(counters.ptsBackwards == 0)
        // Sound may outlast the pictures by a frame or two; the second session starts after both.
        #expect(counters.ptsGaps <= 1)
        #expect((times.last ?? 0) - times[0] < 6.1)
    }

    @Test func `another picture size brings one new header and the clock goes on`() throws {
        var recording = Recording()
        try recording.publish(FFmpeg.make(seconds: 3, Self.transportStream))
        try recording.publish(FFmpeg.make(video: "testsrc2=size=640x360:rate=30", seconds: 3, Self.transportStream))
        #expect(recording.inits.map(\.width) == [320, 640])
        #expect(recording.inits.map(\.height) == [240, 360])
        #expect(recording.seamMax == 0)
        let counters = try recording.verify().counters
        #expect(counters.framesDecoded == 180)
        #expect(counters.decodeErrors == 0)
    }

    @Test func `picture and sound that change together within one connection bring one new header`() throws {
        let other = ["-c:a", "aac", "-b:a", "96k", "-ac", "1", "-ar", "44100"]
        let first = try FFmpeg.make(seconds: 3, Self.transportStream)
        let second = try FFmpeg.make(
            video: "testsrc2=size=640x360:rate=30", seconds: 3, FFmpeg.h264 + other + ["-f", "mpegts"])
        let recording = try Recording.of(first + second)
        #expect(recording.inits.map(\.width) == [320, 640])
        #expect(recording.chunks.first { $0.isKeyframe && $0.decodeTime > 300_000 } != nil)
        let counters = try recording.verify().counters
        #expect(counters.decodeErrors == 0)
        #expect(counters.ptsBackwards == 0)
        #expect((174...180).contains(counters.framesDecoded))
        let change = try #require(recording.generations.firstIndex(of: 1))
        #expect(recording.chunks[change].isKeyframe)
    }

    @Test func `a connection that breaks off in mid-chunk leaves whole chunks only`() throws {
        let bytes = try FFmpeg.make(seconds: 3, Self.transportStream)
        let recording = try Recording.of(Array(bytes.prefix(bytes.count / 2 + 77)), clean: false)
        #expect(recording.ends == [.publisherLost])
        let counters = try recording.verify().counters
        #expect(counters.framesDecoded > 30)
        #expect(counters.framesDecoded == recording.chunks.reduce(0) { $0 + $1.frameCount })
    }

    @Test(arguments: [UInt64(1), 2, 3, 4, 5])
    func `random bytes are refused`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let bytes = (0..<200_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let recording = try Recording.of(bytes)
        guard case .undecodable = recording.ends.first else {
            Issue.record("seed \(seed): \(recording.ends)")
            return
        }
        #expect(recording.chunks.isEmpty)
    }

    @Test(
        arguments: [
            [0x46, 0x4c, 0x56, 1, 5, 0, 0, 0, 9], [0x1a, 0x45, 0xdf, 0xa3], [0, 0, 1, 0xb3], [0, 0, 0, 1, 0x67],
            [0, 0, 0, 24, 0x66, 0x74, 0x79, 0x70], [0x4f, 0x67, 0x67, 0x53], [0, 0, 1, 0xba],
        ] as [[UInt8]])
    func `a right beginning with noise behind it is refused`(head: [UInt8]) throws {
        var generator = SeededGenerator(seed: 7)
        let noise = (0..<1_500_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let recording = try Recording.of(head + noise)
        #expect(recording.ends.count == 1)
        #expect(recording.ends != [.clean])
    }

    @Test func `transport packets without any program are refused`() throws {
        var generator = SeededGenerator(seed: 11)
        var bytes: [UInt8] = []
        for _ in 0..<20_000 {
            bytes += [0x47] + (0..<187).map { _ in UInt8.random(in: 0...255, using: &generator) }
        }
        let recording = try Recording.of(bytes)
        guard case .undecodable = recording.ends.first else {
            Issue.record("\(recording.ends)")
            return
        }
    }

    @Test func `endless filler after a good start uses up the budget`() throws {
        let filler = [UInt8]([0x47, 0x1f, 0xff, 0x10] + Array(repeating: 0xff, count: 184))
        var bytes = try FFmpeg.make(seconds: 3, Self.transportStream)
        for _ in 0..<20_000 { bytes += filler }
        var recording = Recording()
        try recording.publish(bytes, configuration: PackagerConfiguration(fruitlessBytesMax: 2 << 20))
        guard case .undecodable = recording.ends.first else {
            Issue.record("\(recording.ends)")
            return
        }
        #expect(try recording.verify().counters.decodeErrors == 0)
    }

    @Test func `damage within a transport stream neither ends the session nor loses sound's order`() throws {
        var bytes = try FFmpeg.make(seconds: 4, Self.transportStream)
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<40 {
            let index = Int.random(in: 20_000..<bytes.count, using: &generator)
            bytes[index] ^= 0xff
        }
        let recording = try Recording.of(bytes)
        #expect(recording.ends == [.clean])
        #expect(try recording.verify().counters.framesDecoded > 90)
    }

    @Test func `a cancelled session says so and lets the network side drain`() throws {
        let box = EventBox()
        let queue = ByteQueue()
        let session = try PackagerSession(queue: queue) { box.append($0) }
        session.cancel()
        session.join()
        guard case .ended(.cancelled, let continuity) = box.events.last else {
            Issue.record("\(box.events)")
            return
        }
        #expect(continuity == .fresh)
        #expect([1, 2, 3].withUnsafeBytes { queue.offer($0) } == 24)
    }

    @Test func `a frame above the limit ends the session with a message`() throws {
        var recording = Recording()
        try recording.publish(
            FFmpeg.make(seconds: 3, Self.transportStream),
            configuration: PackagerConfiguration(limits: ChunkCutter.Limits(bytesMax: 2_000)))
        guard case .failed(let message) = recording.ends.first else {
            Issue.record("\(recording.ends)")
            return
        }
        #expect(message.contains("2000"))
    }

    @Test func `a transport stream whose clock wraps stays whole`() throws {
        // 2^33 ticks of 90 kHz are 95443.7 s; start 2 s before.
        let bytes = try FFmpeg.make(
            seconds: 4, Self.transportStream.dropLast(2) + ["-output_ts_offset", "95440.3", "-f", "mpegts"])
        let recording = try Recording.of(bytes)
        let counters = try recording.verify().counters
        #expect(counters.framesDecoded == 120)
        #expect(counters.ptsGaps == 0 && counters.ptsBackwards == 0)
        #expect(recording.statistics.jumps == 0)
        #expect(recording.seamMax == 0)
    }

    @Test func `a clock that starts again goes on without a hole`() throws {
        let late = try FFmpeg.make(
            seconds: 3, Self.transportStream.dropLast(2) + ["-output_ts_offset", "5000", "-f", "mpegts"])
        let recording = try Recording.of(late + FFmpeg.make(seconds: 3, Self.transportStream))
        #expect(recording.statistics.jumps == 1)
        #expect(recording.inits.count == 1)
        let (counters, times) = try recording.verify()
        #expect(counters.ptsBackwards == 0)
        #expect((175...180).contains(counters.framesDecoded))
        #expect((times.last ?? 0) - times[0] < 6.5)
        #expect(recording.chunks.filter(\.isDiscontinuity).count == 2)
    }
}
