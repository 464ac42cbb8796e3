import CoreTypes
import Foundation
import Testing

@testable import LibAV

@Suite struct StillPictureTests {
    /// A second of one picture, and the JPEG made of it, as another decoder sees it: its size and its mean colour.
    private func still(
        _ source: String, _ arguments: [String] = [], sideMax: Int = 480
    ) throws -> (width: Int, height: Int, colour: [Int]) {
        let media = try SampleMedia.make(source: source, arguments)
        let jpeg = try #require(
            try StillPicture.jpeg(initSegment: media.initSegment, chunk: media.chunks[0], sideMax: sideMax))
        #expect(jpeg.starts(with: [0xff, 0xd8]) && jpeg.suffix(2) == [0xff, 0xd9])
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("p2plive-\(UUID().uuidString).jpg")
        try Data(jpeg).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let size = try SampleMedia.run(
            "ffprobe", ["-v", "error", "-show_entries", "stream=width,height", "-of", "csv=p=0", file.path])
        let sides = String(decoding: size, as: UTF8.self).split { !$0.isNumber }.compactMap { Int($0) }
        let pixels = try SampleMedia.run(
            "ffmpeg", ["-v", "error", "-i", file.path, "-vf", "scale=1:1", "-pix_fmt", "rgb24", "-f", "rawvideo", "-"])
        try #require(sides.count == 2 && pixels.count == 3)
        return (sides[0], sides[1], pixels.map { Int($0) })
    }

    @Test(arguments: [
        ("320x240", "1", 320, 240), ("640x480", "1", 480, 360), ("1280x720", "1", 480, 270), ("128x960", "1", 64, 480),
        ("720x576", "64/45", 480, 270), ("320x240", "1/2", 320, 480), ("30x2", "1", 30, 2),
    ])
    func `pictures keep the proportions they are shown in and are no larger than asked for`(
        size: String, aspect: String, width: Int, height: Int
    ) throws {
        let made = try still("color=red:size=\(size),setsar=\(aspect)")
        #expect(made.width == width && made.height == height)
    }

    @Test(arguments: ["red", "lime", "blue", "white", "black", "orange", "gray"], ["bt709", "smpte170m"])
    func `colours are those of the stream, whatever its matrix`(name: String, matrix: String) throws {
        let colours = [
            "red": [255, 0, 0], "lime": [0, 255, 0], "blue": [0, 0, 255], "white": [255, 255, 255],
            "black": [0, 0, 0], "orange": [255, 165, 0], "gray": [128, 128, 128],
        ]
        let code = matrix == "bt709" ? "bt709" : "bt601"
        let made = try still(
            "color=\(name):size=320x240,format=rgb24,scale=out_color_matrix=\(code),format=yuv420p",
            ["-colorspace", matrix, "-color_primaries", matrix, "-color_trc", matrix])
        for (seen, wanted) in zip(made.colour, try #require(colours[name])) { #expect(abs(seen - wanted) <= 6) }
    }

    @Test func `B-frames and sound make no difference`() throws {
        let media = try SampleMedia.make(bFrames: 3)
        #expect(try StillPicture.jpeg(initSegment: media.initSegment, chunk: media.chunks[1], sideMax: 480) != nil)
    }

    @Test func `sound alone has no picture`() throws {
        let media = try SampleMedia.makeSound()
        #expect(try StillPicture.jpeg(initSegment: media.initSegment, chunk: media.chunks[0], sideMax: 480) == nil)
    }

    @Test func `damage of any kind gives a picture, none or an error, and no more`() throws {
        let media = try SampleMedia.make(sound: false, seconds: 1)
        var random = SeededGenerator(seed: 11)
        for _ in 0..<300 {
            var (header, chunk) = (media.initSegment, media.chunks[0])
            for _ in 0..<Int.random(in: 1...20, using: &random) {
                chunk[Int.random(in: chunk.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if Bool.random(using: &random) {
                header[Int.random(in: header.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if Bool.random(using: &random) { chunk.removeLast(Int.random(in: chunk.indices, using: &random)) }
            let jpeg = try? StillPicture.jpeg(initSegment: header, chunk: chunk, sideMax: 480)
            if let jpeg { #expect((4...500_000).contains(jpeg.count)) }
        }
        #expect((try? StillPicture.jpeg(initSegment: [], chunk: [], sideMax: 480)) == nil)
    }

    @Test func `a picture above the limit is not decoded`() throws {
        let media = try SampleMedia.make(source: "color=red:size=8192x4352", ["-r", "1"])
        #expect(throws: AVError.self) {
            try StillPicture.jpeg(initSegment: media.initSegment, chunk: media.chunks[0], sideMax: 480)
        }
    }
}

extension SampleMedia {
    /// A second of what a source of libavfilter shows, as H.264 with one keyframe.
    static func make(source: String, _ arguments: [String]) throws -> SampleMedia {
        split(
            try run(
                "ffmpeg",
                ["-v", "error", "-nostdin", "-f", "lavfi", "-i", source, "-t", "1", "-c:v", "libx264"]
                    + ["-preset", "ultrafast", "-pix_fmt", "yuv420p"] + arguments
                    + ["-movflags", "frag_keyframe+delay_moov+default_base_moof", "-f", "mp4", "pipe:1"]))
    }

    /// A second of sound.
    static func makeSound() throws -> SampleMedia {
        split(
            try run(
                "ffmpeg",
                ["-v", "error", "-nostdin", "-f", "lavfi", "-i", "sine", "-t", "1", "-c:a", "aac"]
                    + ["-movflags", "frag_keyframe+delay_moov+default_base_moof", "-f", "mp4", "pipe:1"]))
    }
}
