import CoreTypes
import Testing

@testable import IngestCore

@Suite struct CodecTests {
    @Test func `browsers get H264 with 4-2-0 and 8 bits untouched, and nothing else of it`() {
        func h264(_ profile: Int?, _ format: String?) -> CodecPolicy.Treatment {
            CodecPolicy.video(
                codec: "h264", profile: profile, pixelFormat: format, hasConfiguration: true, hasTimestamps: true)
        }
        for profile in [66, 77, 88, 100, 578] { #expect(h264(profile, "yuv420p") == .copy) }
        #expect(h264(244, "yuv444p") == .transcode)
        #expect(h264(110, "yuv420p10le") == .transcode)
        #expect(h264(100, "yuv422p") == .transcode)
        #expect(h264(nil, nil) == .copy)
    }

    @Test func `what no browser plays is transcoded`() {
        for codec in ["mpeg1video", "mpeg2video", "hevc", "vp8", "theora"] {
            #expect(
                CodecPolicy.video(
                    codec: codec, profile: nil, pixelFormat: "yuv420p", hasConfiguration: true, hasTimestamps: true)
                    == .transcode)
        }
        for codec in ["mp2", "mp3", "ac3", "vorbis", "pcm_s16le"] {
            #expect(CodecPolicy.audio(codec: codec, hasConfiguration: true) == .transcode)
        }
        #expect(CodecPolicy.audio(codec: "aac", hasConfiguration: false) == .copy)
    }

    @Test func `an ADTS header becomes an AudioSpecificConfig`() throws {
        let header = try #require(ADTSHeader([0xff, 0xf1, 0x4c, 0x80, 0x2b, 0x9f, 0xfc]))
        #expect(header.headerBytes == 7)
        #expect(header.frameBytes == 0x15c)
        #expect(header.configuration.bytes == [0x11, 0x90])
        #expect(header.configuration.sampleRate == 48_000)
        #expect(header.configuration.channels == 2)
        #expect(AudioSpecificConfig([0x11, 0x90]) == AudioSpecificConfig(sampleRate: 48_000, channels: 2))
        #expect(ADTSHeader([0xff, 0xf1, 0x4c]) == nil)
        #expect(ADTSHeader([0xff, 0xf1, 0x7c, 0x80, 0x2b, 0x9f, 0xfc]) == nil)
    }

    /// The SPS that x264 writes for 1920x1080 High, level 4.0, whose height is cropped from 1088.
    private static let fullHD: [UInt8] = [
        0x67, 0x64, 0x00, 0x28, 0xac, 0xd9, 0x40, 0x78, 0x02, 0x27, 0xe5, 0xc0, 0x44, 0x00, 0x00, 0x03, 0x00, 0x04,
        0x00, 0x00, 0x03, 0x00, 0xf0, 0x3c, 0x60, 0xc6, 0x58,
    ]

    @Test func `an SPS tells profile, level and the cropped size`() throws {
        let sps = try #require(H264SequenceParameters(nal: Self.fullHD))
        #expect(sps.profile == 100 && sps.level == 40 && sps.chromaFormat == 1 && sps.bitDepth == 8)
        #expect(sps.width == 1920 && sps.height == 1080)
        #expect(sps.isCopied)
    }

    @Test func `a damaged SPS never traps`() {
        let seed: UInt64 = 13
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<20_000 {
            var nal = Self.fullHD
            for _ in 0..<Int.random(in: 1...8, using: &generator) {
                nal[Int.random(in: 1..<nal.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            _ = H264SequenceParameters(nal: Array(nal.prefix(Int.random(in: 0...nal.count, using: &generator))))
        }
    }

    @Test func `parameter sets are found before the slice, with trailing zeros removed`() {
        let unit: [UInt8] = [
            0, 0, 0, 1, 9, 0xf0, 0, 0, 0, 1, 0x67, 1, 2, 0, 0, 0, 1, 0x68, 3, 0, 0, 1, 0x65, 9, 0, 0, 1, 0x67,
        ]
        let sets = unit.withUnsafeBufferPointer { H264ParameterSets.scan($0) }
        #expect(sets == [0, 0, 0, 1, 0x67, 1, 2, 0, 0, 0, 1, 0x68, 3])
        #expect(H264ParameterSets.firstSPS(in: sets) == [0x67, 1, 2, 0])
        #expect(H264ParameterSets.firstSPS(in: [1, 0x64, 0, 0x28, 0xff, 0xe1, 0, 3, 0x67, 8, 9, 1]) == [0x67, 8, 9])
    }

    @Test func `scanning noise costs one pass and bounded memory`() {
        let seed: UInt64 = 17
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            let bytes = (0..<Int.random(in: 0...300, using: &generator)).map { _ in
                [0, 0, 0, 1, 0x67, 0x68, 3].randomElement(using: &generator) ?? 0 as UInt8
            }
            #expect(bytes.withUnsafeBufferPointer { H264ParameterSets.scan($0).count } <= H264ParameterSets.bytesMax)
            _ = H264ParameterSets.firstSPS(in: bytes)
        }
    }

    @Test func `codec strings follow RFC 6381 and the codecs' bindings`() {
        func text(_ codec: String, _ configuration: [UInt8], width: Int = 0, height: Int = 0, rate: Double = 0)
            -> String?
        {
            CodecString.track(
                .init(codec: codec, configuration: configuration, width: width, height: height, frameRate: rate))
        }
        #expect(text("h264", [0, 0, 0, 1] + Self.fullHD) == "avc1.640028")
        #expect(text("h264", [1, 0x42, 0xc0, 0x1e, 0xff, 0xe1, 0, 4, 0x67, 0x42, 0xc0, 0x1e]) == "avc1.42C01E")
        #expect(text("aac", [0x11, 0x90]) == "mp4a.40.2")
        #expect(text("aac", [0x2b, 0x92]) == "mp4a.40.5")
        #expect(text("av1", [0x81, 0x08, 0x0c, 0]) == "av01.0.08M.08")
        #expect(text("vp9", [], width: 1280, height: 720, rate: 30) == "vp09.00.31.08")
        #expect(text("h264", []) == nil)
        #expect(text("mp3", []) == nil)
    }
}
