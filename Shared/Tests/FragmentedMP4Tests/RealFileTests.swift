import CoreTypes
import Foundation
import FragmentedMP4
import TestSupport
import Testing

/// A fragmented file as ffmpeg's muxer writes it, cut at its movie fragments.
private struct Recording {
    let header: [UInt8]
    let chunks: [[UInt8]]

    /// Runs ffmpeg with test sources; `arguments` choose sources and codecs.
    init(_ arguments: [String]) throws {
        let file = FileManager.default.temporaryDirectory.appending(component: "\(RandomID.random()).mp4")
        defer { try? FileManager.default.removeItem(at: file) }
        let flags = "empty_moov+default_base_moof+frag_keyframe+skip_trailer"
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments =
            ["ffmpeg", "-nostdin", "-loglevel", "error"] + arguments + ["-movflags", flags, file.path()]
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "the tests need ffmpeg with libx264 in the path")
        self.init(file: Array(try Data(contentsOf: file)))
    }

    private init(file: [UInt8]) {
        var header: [UInt8] = []
        var chunks: [[UInt8]] = []
        var position = 0
        while position + 8 <= file.count {
            let size = file[position..<(position + 4)].reduce(0) { $0 << 8 | Int($1) }
            guard size >= 8, position + size <= file.count else { break }
            let whole = file[position..<(position + size)]
            if whole.dropFirst(4).starts(with: Array("moof".utf8)) { chunks.append([]) }
            if chunks.isEmpty { header += whole } else { chunks[chunks.count - 1] += whole }
            position += size
        }
        self.header = header
        self.chunks = chunks
    }
}

@Suite struct RealFileTests {
    private static let video = ["-f", "lavfi", "-i", "testsrc=size=320x180:rate=25"]
    private static let audio = ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=44100"]
    private static let h264 = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "25"]

    @Test func `ffmpeg's H.264 and AAC are read, and add up to what was encoded`() throws {
        let recording = try Recording(
            Self.video + Self.audio + ["-t", "4"] + Self.h264 + ["-c:a", "aac", "-video_track_timescale", "90000"])
        let header = try InitSegment(recording.header[...])
        let picture = try #require(header.first(.video)), sound = try #require(header.first(.audio))
        #expect(picture.width == 320 && picture.height == 180 && picture.timescale == 90_000)
        #expect(picture.codec.hasPrefix("avc1.42") && picture.codec.utf8.count == 11)
        #expect(sound.codec == "mp4a.40.2" && sound.timescale == 44_100)
        let fragments = try recording.chunks.map { try Fragment($0[...], header: header) }
        #expect(fragments.count == 4)
        #expect(fragments.allSatisfy { $0.track(picture.id)?.startsWithSyncSample == true })
        #expect(fragments.compactMap { $0.track(picture.id)?.sampleCount } == [25, 25, 25, 25])
        // The muxer lengthens the first frame by the encoder delay of the sound; from then on all are 3,600 ticks.
        #expect(fragments.dropFirst().compactMap { $0.track(picture.id)?.duration } == [90_000, 90_000, 90_000])
        for id in [picture.id, sound.id] {
            let parts = fragments.compactMap { $0.track(id) }
            #expect(parts.count >= 3)
            for (left, right) in zip(parts, parts.dropFirst()) {
                #expect(left.baseMediaDecodeTime + left.duration == right.baseMediaDecodeTime)
            }
        }
    }

    @Test(arguments: [
        (["-pix_fmt", "yuv420p", "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8"], "vp09.00."),
        (["-c:v", "mpeg4"], "mp4v"),
    ])
    func `other codecs are named as MIME types name them`(options: [String], prefix: String) throws {
        let recording = try Recording(Self.video + ["-t", "1"] + options)
        let header = try InitSegment(recording.header[...])
        #expect(header.codecs.hasPrefix(prefix), "\(header.codecs)")
    }

    @Test func `sound alone has an audio MIME type`() throws {
        let opus = try InitSegment(
            Recording(Self.audio + ["-t", "1", "-c:a", "libopus", "-ar", "48000"]).header[...])
        #expect(opus.mimeType == "audio/mp4; codecs=\"opus\"")
        let flac = try InitSegment(
            Recording(Self.audio + ["-t", "1", "-c:a", "flac", "-strict", "-2"]).header[...])
        #expect(flac.codecs == "flac")
    }

    @Test func `two sessions joined by a timeline make one rising file`() throws {
        let recording = try Recording(
            Self.video + Self.audio + ["-t", "3"] + Self.h264 + ["-c:a", "aac", "-video_track_timescale", "90000"])
        let header = try InitSegment(recording.header[...])
        let rebaser = FragmentRebaser(header: header)
        let picture = try #require(header.first(.video))
        var timeline = SessionTimeline()
        var number: UInt32 = 1
        var expected: UInt64 = 0
        for session in 1...2 as ClosedRange<UInt64> {
            for chunk in recording.chunks {
                let part = try #require(try Fragment(chunk[...], header: header).track(picture.id))
                let offset = try timeline.offset(
                    session: session, decodeTime: part.baseMediaDecodeTime, duration: UInt32(part.duration))
                let output = try rebaser.rebase(chunk[...], offset: offset, sequenceNumber: number)
                #expect(output.count == chunk.count)
                let moved = try Fragment(output[...], header: header)
                #expect(moved.sequenceNumber == number)
                #expect(moved.track(picture.id)?.baseMediaDecodeTime == expected)
                expected += part.duration
                number += 1
            }
        }
        #expect(timeline.end == expected)
        #expect(expected >= 6 * 90_000)
    }
}
