import EventLoop
import Foundation
import LibAV
import Synchronization
import TestPicture
import TestSupport
import Testing

@testable import ClientService

@LoopActor
@Suite(.serialized, .timeLimit(.minutes(2)))
struct PublisherTests {
    static let picture = PublishConfiguration.Source.testPicture(
        width: 320, height: 180, framesPerSecond: 30, bitsPerSecond: 600_000)

    /// A publisher under way, and how it ended.
    @LoopActor final class Run {
        let publisher: Publisher
        private(set) var end: Publisher.End?

        init(_ url: String, _ source: PublishConfiguration.Source, key: String? = nil) throws {
            var target = try #require(PublishTarget(url))
            if let key { target.key = key }
            publisher = Publisher(PublishConfiguration(target: target, source: source))
            try publisher.start { [weak self] in self?.end = $0 }
        }
    }

    @Test(arguments: [(401, "--key"), (403, "--key"), (404, "404"), (409, "somebody else"), (415, "somebody else")])
    func `a refusal ends it with a message that tells what to do`(status: Int, words: String) async throws {
        let server = try PublishServer()
        server.refusal = status
        let run = try Run(server.url + "/stream/demo", Self.picture)
        try await eventually { run.end != nil }
        guard case .failed(let message) = run.end else { return #expect(Bool(false), "\(status) was no failure") }
        #expect(message.contains(words))
        #expect(run.publisher.progress.packets == 0)
        await server.server.stop(drainMs: 100)
    }

    @Test func `a server with an error of its own is tried again until it works`() async throws {
        let server = try PublishServer()
        server.refusal = 503
        let run = try Run(server.url + "/stream/demo", Self.picture)
        try await eventually { server.refused >= 2 }
        #expect(run.end == nil)
        server.refusal = nil
        try await eventually { run.publisher.progress.packets > 0 }
        run.publisher.stop()
        try await eventually { run.end != nil }
        #expect(run.end == .finished)
        await server.server.stop(drainMs: 100)
    }

    @Test func `the key goes as bearer token, the media as MPEG-TS, and a stop ends the stream properly`() async throws
    {
        let server = try PublishServer()
        let run = try Run(server.url + "/demo", Self.picture, key: "sesame")
        try await eventually { (server.connections.first?.bytes.count ?? 0) > 20_000 }
        let connection = try #require(server.connections.first)
        #expect(connection.request.path == "/stream/demo")
        #expect(connection.request.bearerToken == "sesame")
        #expect(connection.request.header("Content-Type") == "video/mp2t")
        #expect(connection.bytes.first == 0x47)
        run.publisher.stop()
        try await eventually { run.end != nil && (connection.hasEndedProperly || connection.isLost) }
        #expect(run.end == .finished)
        #expect(connection.hasEndedProperly)
        #expect(connection.bytes.count.isMultiple(of: 188))
        await server.server.stop(drainMs: 100)
    }

    @Test func `a lost connection is made anew`() async throws {
        let server = try PublishServer()
        let run = try Run(server.url + "/stream/demo", Self.picture)
        try await eventually { (server.connections.first?.bytes.count ?? 0) > 5_000 }
        server.connections[0].control.close()
        try await eventually { server.connections.count == 2 && server.connections[1].bytes.count > 5_000 }
        #expect(server.connections[1].bytes.first == 0x47)
        #expect(run.publisher.progress.reconnects == 1)
        run.publisher.stop()
        try await eventually { run.end != nil }
        await server.server.stop(drainMs: 100)
    }

    @Test func `nothing that listens is no end, and a stop is heeded at once`() async throws {
        let run = try Run("http://127.0.0.1:1/stream/demo", Self.picture)
        try await eventually { run.publisher.progress.lastProblem != nil }
        #expect(run.end == nil)
        run.publisher.stop()
        try await eventually { run.end != nil }
        #expect(run.end == .finished)
    }

    @Test func `every frame carries the time of its making, and arrives decodable`() async throws {
        let began = Clock.wall
        let server = try PublishServer()
        let run = try Run(server.url + "/stream/demo", Self.picture)
        try await eventually { run.publisher.progress.packets > 110 }
        run.publisher.stop()
        try await eventually { run.end != nil && server.connections[0].hasEndedProperly }
        let ended = Clock.wall
        let media = try await PublishedMedia.read(server.connections[0].bytes)
        #expect(media.decodeErrors == 0)
        #expect(media.walls.count >= 40)
        #expect(media.walls.allSatisfy { ($0 ?? 0) >= began && ($0 ?? .max) <= ended })
        #expect(zip(media.walls, media.walls.dropFirst()).allSatisfy { ($0 ?? 0) < ($1 ?? 0) })
        #expect(media.soundPackets > 50)
        await server.server.stop(drainMs: 100)
    }

    @Test func `a file that loops goes on in time where it ended`() async throws {
        let clip = FileManager.default.temporaryDirectory.appendingPathComponent("p2plive-\(UUID().uuidString).mp4")
        defer { try? FileManager.default.removeItem(at: clip) }
        try await Task.detached { try makeClip(clip) }.value
        let server = try PublishServer()
        let run = try Run(server.url + "/stream/demo", .file(path: clip.path, loops: true))
        // A second of 25 pictures and 47 sound frames: more than two rounds.
        try await eventually { run.publisher.progress.packets > 180 }
        run.publisher.stop()
        try await eventually { run.end != nil && server.connections[0].hasEndedProperly }
        let media = try await PublishedMedia.read(server.connections[0].bytes)
        #expect(media.decodeErrors == 0)
        #expect(media.decodeTimes.count > 50)
        let steps = zip(media.decodeTimes, media.decodeTimes.dropFirst()).map { $1 - $0 }
        // A frame is 3600; at the seam sound, which is longer than the pictures, adds up to three of its own.
        #expect(steps.allSatisfy { (3_600...9_360).contains($0) }, "\(steps)")
        await server.server.stop(drainMs: 100)
    }

    @Test func `a file without loop is published once and ends properly`() async throws {
        let clip = FileManager.default.temporaryDirectory.appendingPathComponent("p2plive-\(UUID().uuidString).mp4")
        defer { try? FileManager.default.removeItem(at: clip) }
        try await Task.detached { try makeClip(clip) }.value
        let server = try PublishServer()
        let run = try Run(server.url + "/stream/demo", .file(path: clip.path, loops: false))
        try await eventually { run.end != nil && server.connections.first?.hasEndedProperly == true }
        #expect(run.end == .finished)
        #expect(try await PublishedMedia.read(server.connections[0].bytes).decodeTimes.count == 25)
        await server.server.stop(drainMs: 100)
    }

    @Test func `a file that is no media ends it with a message`() async throws {
        let run = try Run("http://127.0.0.1:1/stream/demo", .file(path: "/etc/hostname", loops: false))
        try await eventually { run.end != nil }
        guard case .failed(let message) = run.end else { return #expect(Bool(false), "no failure") }
        #expect(message.contains("/etc/hostname"))
    }
}

/// One second of picture with B-frames and sound. Blocks: not on the loop.
private func makeClip(_ url: URL) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
        "ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", "testsrc2=size=160x120:rate=25", "-f", "lavfi",
        "-i", "sine=sample_rate=48000", "-t", "1", "-c:v", "libx264", "-bf", "2", "-g", "25", "-pix_fmt", "yuv420p",
        "-c:a", "aac", url.path,
    ]
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
}

/// What a publisher pushed, taken apart and decoded.
struct PublishedMedia: Sendable {
    /// The time that each picture shows; nil where it cannot be read.
    private(set) var walls: [Int64?] = []
    /// Of the pictures, in 1/90,000 s.
    private(set) var decodeTimes: [Int64] = []
    private(set) var soundPackets = 0
    private(set) var decodeErrors = 0

    /// Takes `bytes` apart away from the loop, which other tests share.
    static func read(_ bytes: [UInt8]) async throws -> PublishedMedia {
        try await Task.detached { try PublishedMedia(bytes) }.value
    }

    private init(_ bytes: [UInt8]) throws {
        let demuxer = try Demuxer(MemoryInput([bytes]), format: "mpegts")
        let streams = try demuxer.streams()
        let video = try #require(streams.first { $0.parameters.kind == .video })
        let transcoder = try VideoTranscoder(
            video.parameters, timeBase: video.timeBase, frameRate: video.frameRate, timing: .packets)
        var coded: [Packet] = []
        let packet = try Packet()
        while try demuxer.read(into: packet) {
            if packet.streamIndex == video.index {
                decodeTimes.append(try #require(packet.dts))
                coded += try transcoder.transcode(packet)
            } else {
                soundPackets += 1
            }
        }
        coded += try transcoder.drain()
        try decode(coded, try #require(transcoder.outputParameters))
        decodeErrors += transcoder.damagedFrames
    }

    private mutating func decode(_ packets: [Packet], _ parameters: CodecParameters) throws {
        let muxer = try FragmentMuxer([FragmentMuxer.Track(parameters: parameters, timeBase: .ninetyKilohertz)])
        for packet in packets {
            packet.streamIndex = 0
            try muxer.write(packet)
        }
        let read = Walls()
        let verifier = try DecodeVerifier(picture: { picture in
            // The picture is lent: what another closure needs of it is copied out.
            let (width, luma) = (picture.width, picture.copyLuma())
            read.append(
                TimeBarcode.read(width: width) { x, y in y * width + x < luma.count ? luma[y * width + x] : nil })
        })
        verifier.append(initSegment: muxer.initSegment)
        verifier.append(chunk: try muxer.cut(), sequence: 1)
        decodeErrors += verifier.finish().decodeErrors
        walls = read.all
    }

    private final class Walls: Sendable {
        private let walls = Mutex<[Int64?]>([])
        var all: [Int64?] { walls.withLock { $0 } }
        func append(_ wall: Int64?) { walls.withLock { $0.append(wall) } }
    }
}
