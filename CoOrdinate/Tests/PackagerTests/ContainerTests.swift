import IngestCore
import Packager
import Testing

/// Every supported container and codec goes in; what comes out is decoded in full and compared.
@Suite struct ContainerTests {
    private func expectWhole(_ recording: Recording, frames: Int) throws {
        let (counters, _) = try recording.verify()
        #expect(counters.framesDecoded == frames)
        #expect(counters.decodeErrors == 0)
        #expect(counters.ptsGaps == 0)
        #expect(counters.ptsBackwards == 0)
        #expect(recording.ends == [.clean])
        #expect(recording.inits.count == 1)
        #expect(recording.chunks.reduce(0) { $0 + $1.frameCount } == frames)
        #expect(recording.seamMax == 0)
        #expect(recording.chunks.first?.decodeTime == UInt64(BroadcastTime.start))
        #expect(
            recording.chunks.map(\.isDiscontinuity) == [true]
                + Array(repeating: false, count: recording.chunks.count - 1))
        for chunk in recording.chunks where chunk.frameCount > 0 {
            #expect(Recording.tfdt(of: chunk) == chunk.decodeTime)
        }
    }

    private func expectChunksOf200ms(_ recording: Recording) {
        // What sound is left after the last picture makes a last chunk without pictures.
        let chunks = recording.chunks.filter { $0.frameCount > 0 }
        #expect(recording.chunks.count - chunks.count <= 1)
        for chunk in chunks.dropLast() { #expect(chunk.duration == 18_000) }
        for (index, chunk) in chunks.enumerated() { #expect(chunk.isKeyframe == (index % 5 == 0)) }
    }

    @Test func `MPEG-TS with H264 and AAC is copied`() throws {
        let recording = try Recording.of(FFmpeg.make(FFmpeg.h264 + FFmpeg.aac + ["-f", "mpegts"]))
        try expectWhole(recording, frames: 120)
        expectChunksOf200ms(recording)
        #expect(recording.media.first?.container == .mpegts)
        #expect(recording.media.first?.video?.isTranscoded == false)
        #expect(recording.inits[0].codecs.hasPrefix("avc1.42"))
        #expect(recording.inits[0].codecs.hasSuffix(",mp4a.40.2"))
        #expect(recording.inits[0].width == 320 && recording.inits[0].height == 240)
        #expect(try recording.verify().counters.audioFramesDecoded > 180)
    }

    @Test func `FLV with H264 and AAC is copied`() throws {
        let recording = try Recording.of(FFmpeg.make(FFmpeg.h264 + FFmpeg.aac + ["-f", "flv"]))
        try expectWhole(recording, frames: 120)
        expectChunksOf200ms(recording)
        #expect(recording.media.first?.container == .flv)
    }

    @Test func `Matroska with H264 and AAC is copied`() throws {
        let recording = try Recording.of(FFmpeg.make(FFmpeg.h264 + FFmpeg.aac + ["-f", "matroska"]))
        try expectWhole(recording, frames: 120)
        expectChunksOf200ms(recording)
        #expect(recording.media.first?.container == .matroska)
    }

    @Test func `fragmented MP4 is copied`() throws {
        let flags = ["-movflags", "frag_keyframe+delay_moov+default_base_moof", "-f", "mp4"]
        let recording = try Recording.of(FFmpeg.make(FFmpeg.h264 + FFmpeg.aac + flags))
        try expectWhole(recording, frames: 120)
        expectChunksOf200ms(recording)
    }

    @Test func `raw MPEG-1 video becomes H264`() throws {
        let recording = try Recording.of(
            FFmpeg.make(audio: nil, ["-c:v", "mpeg1video", "-b:v", "500k", "-r", "30", "-f", "mpeg1video"]))
        try expectWhole(recording, frames: 120)
        expectChunksOf200ms(recording)
        #expect(recording.media.first?.video?.isTranscoded == true)
        #expect(recording.inits[0].codecs.hasPrefix("avc1.42C0"))
    }

    @Test func `MPEG-2 with MP2 sound becomes H264 and AAC`() throws {
        let recording = try Recording.of(
            FFmpeg.make(["-c:v", "mpeg2video", "-bf", "2", "-b:v", "1M", "-c:a", "mp2", "-f", "mpegts"]))
        try expectWhole(recording, frames: 120)
        #expect(recording.media.first?.audio?.codec == "mp2")
        #expect(recording.inits[0].codecs.hasSuffix(",mp4a.40.2"))
        #expect(try recording.verify().counters.audioFramesDecoded > 170)
    }

    @Test func `H264 High 4-4-4 becomes Baseline`() throws {
        let recording = try Recording.of(
            FFmpeg.make(audio: nil, ["-c:v", "libx264", "-pix_fmt", "yuv444p", "-f", "mpegts"]))
        try expectWhole(recording, frames: 120)
        #expect(recording.media.first?.video?.isTranscoded == true)
    }

    @Test func `HEVC and VP8 become H264`() throws {
        let hevc = try Recording.of(
            FFmpeg.make(
                audio: nil, seconds: 3,
                ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none", "-f", "mpegts"]))
        try expectWhole(hevc, frames: 90)
        let vp8 = try Recording.of(
            FFmpeg.make(audio: nil, seconds: 3, ["-c:v", "libvpx", "-deadline", "realtime", "-f", "matroska"]))
        try expectWhole(vp8, frames: 90)
    }

    @Test func `VP9 with Opus is copied`() throws {
        let recording = try Recording.of(
            FFmpeg.make(
                seconds: 3,
                [
                    "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-g", "30", "-c:a", "libopus",
                    "-f", "matroska",
                ]))
        try expectWhole(recording, frames: 90)
        #expect(recording.inits[0].codecs == "vp09.00.20.08,opus")
    }

    @Test func `pictures without sound are packaged`() throws {
        let recording = try Recording.of(FFmpeg.make(audio: nil, FFmpeg.h264 + ["-f", "mpegts"]))
        try expectWhole(recording, frames: 120)
        expectChunksOf200ms(recording)
        #expect(!recording.inits[0].codecs.contains(","))
    }

    @Test(arguments: ["mpegts", "flv", "adts", "matroska"])
    func `sound without pictures is packaged and every chunk is a starting point`(format: String) throws {
        let recording = try Recording.of(FFmpeg.make(video: nil, FFmpeg.aac + ["-f", format]))
        let (counters, _) = try recording.verify()
        #expect(counters.audioFramesDecoded == recording.chunks.reduce(0) { $0 + $1.frameCount })
        #expect(counters.audioFramesDecoded >= 186)
        #expect(counters.decodeErrors == 0)
        #expect(counters.ptsGaps == 0 && counters.ptsBackwards == 0)
        #expect(recording.chunks.allSatisfy { $0.isKeyframe })
        #expect(recording.seamMax <= 1)
        #expect(recording.inits.map(\.codecs) == ["mp4a.40.2"])
        for chunk in recording.chunks.dropLast() { #expect((17_000...20_000).contains(chunk.duration)) }
    }

    @Test(arguments: ["mpegts", "flv", "matroska"])
    func `with B-frames the time of every picture is the source's`(format: String) throws {
        let source = try FFmpeg.make(FFmpeg.h264WithBFrames + FFmpeg.aac + ["-f", format])
        let recording = try Recording.of(source)
        try expectWhole(recording, frames: 120)
        let expected = try FFmpeg.presentationTimes(of: source)
        let times = try recording.verify().times
        try #require(expected.count == 120 && times.count == 120)
        for (time, wanted) in zip(times, expected) {
            #expect(abs((time - times[0]) - (wanted - expected[0])) < 0.002)
        }
    }

    @Test func `another chunk length is kept`() throws {
        var recording = Recording()
        try recording.publish(
            FFmpeg.make(seconds: 3, FFmpeg.h264 + FFmpeg.aac + ["-f", "mpegts"]),
            configuration: PackagerConfiguration(limits: ChunkCutter.Limits(targetMs: 100)))
        #expect(recording.chunks.dropLast().allSatisfy { $0.duration == 9_000 })
        #expect(recording.chunks.count == 30)
    }
}
