import CoreTypes
import EventLoop
import Foundation
import HTTPClient
import StreamCore
import Testing

@testable import CoOrdinateService
@testable import Packager

@LoopActor
@Suite(.serialized) struct ThumbnailTests {
    /// What a publisher would send.
    private func media(_ arguments: String...) throws -> [UInt8] {
        let process = Process(), pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["ffmpeg", "-v", "error", "-nostdin"] + arguments + ["-f", "mpegts", "pipe:1"]
        process.standardOutput = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return Array(output)
    }

    private func publishing(
        _ media: [String: [UInt8]], _ body: (RunningCoordinate) async throws -> Void
    ) async throws {
        let coordinate = try RunningCoordinate { $0.publishKeys = PublishKeys([], isOpen: true) }
        for (name, bytes) in media {
            #expect(try await coordinate.send("POST", "/stream/\(name)", bytes).status == 200)
        }
        try await body(coordinate)
        await coordinate.stop()
    }

    private func red() throws -> [UInt8] {
        try media(
            "-f", "lavfi", "-i", "color=red:size=1280x720:rate=10", "-t", "2", "-c:v", "libx264", "-g", "10", "-preset",
            "ultrafast", "-pix_fmt", "yuv420p")
    }

    @Test func `a stream shows a JPEG, which is asked for again by its tag`() async throws {
        try await publishing(["live": try red()]) { coordinate in
            let picture = try await coordinate.get("/streams/live/thumbnail.jpg")
            #expect(picture.status == 200 && picture.header("Content-Type") == "image/jpeg")
            #expect(picture.header("Cache-Control") == "max-age=5")
            #expect(picture.body.starts(with: [0xff, 0xd8]) && picture.body.suffix(2) == [0xff, 0xd9])
            // SOF0: the sides are in bytes 5 to 8 of the segment (ITU-T T.81, B.2.2).
            let frame = try #require(
                picture.body.indices.first { picture.body[$0] == 0xff && picture.body[$0 + 1] == 0xc0 })
            #expect(Array(picture.body[frame + 5..<frame + 9]) == [1, 14, 1, 224], "270 × 480")
            let tag = try #require(picture.header("ETag"))
            let again = try await coordinate.get("/streams/live/thumbnail.jpg", ("If-None-Match", tag))
            #expect(again.status == 304 && again.header("ETag") == tag)
        }
    }

    @Test func `many who ask at once share one picture`() async throws {
        try await publishing(["live": try red()]) { coordinate in
            let asked = (0..<40).map { _ in
                Task { @LoopActor in try await coordinate.get("/streams/live/thumbnail.jpg") }
            }
            var tags: Set<String?> = []
            for task in asked {
                let answer = try await task.value
                #expect(answer.status == 200)
                tags.insert(answer.header("ETag"))
            }
            #expect(tags.count == 1 && coordinate.service.thumbnailsMade == 1)
        }
    }

    @Test func `several streams take turns`() async throws {
        let bytes = try red()
        let names = (0..<6).map { "s\($0)" }
        try await publishing(Dictionary(uniqueKeysWithValues: names.map { ($0, bytes) })) { (coordinate) async throws in
            let asked = names.map { name in
                Task { @LoopActor in try await coordinate.get("/streams/\(name)/thumbnail.jpg").status }
            }
            for task in asked { #expect(try await task.value == 200) }
            #expect(coordinate.service.thumbnailsMade == 6)
        }
    }

    @Test func `sound, a stream without chunks, and one that is not there`() async throws {
        let sound = try media("-f", "lavfi", "-i", "sine", "-t", "2", "-c:a", "aac")
        try await publishing(["sound": sound]) { coordinate in
            try coordinate.stream("empty")
            for name in ["sound", "empty"] {
                let answer = try await coordinate.get("/streams/\(name)/thumbnail.jpg")
                #expect(answer.status == 404 && answer.problem == "no-picture")
            }
            #expect(try await coordinate.get("/streams/other/thumbnail.jpg").problem == "unknown-stream")
            #expect(try await coordinate.send("POST", "/streams/empty/thumbnail.jpg").status == 405)
        }
    }

    @Test func `what cannot be decoded is no picture, and the next key chunk may be one`() async throws {
        try await withSessions(1) { (coordinate, stream, sessions) async throws in
            stream.begin(sessions[0])
            let header = PackagedInit(bytes: [1, 2, 3], codecs: "avc1.42C01E", width: 640, height: 360)
            stream.handle(.initSegment(header), of: sessions[0])
            let junk = PackagedChunk(
                bytes: [UInt8](repeating: 7, count: 9_000), isKeyframe: true, decodeTime: 0, duration: 18_000,
                isDiscontinuity: true, frameCount: 5)
            stream.handle(.chunk(junk), of: sessions[0])
            for _ in 0..<3 { #expect(try await coordinate.get("/streams/live/thumbnail.jpg").problem == "no-picture") }
            #expect(coordinate.service.thumbnailsMade == 1)
        }
    }
}
