import Foundation
import LibAV

/// Media made by the installed ffmpeg, cut into an init segment and chunks.
struct SampleMedia {
    var initSegment: [UInt8] = []
    var chunks: [[UInt8]] = []

    /// `seconds` of test picture (30 a second, a keyframe each second) and sound, one chunk for each second.
    static func make(size: String = "320x240", bFrames: Int = 0, sound: Bool = true, seconds: Int = 4) throws
        -> SampleMedia
    {
        var arguments = ["-v", "error", "-nostdin", "-f", "lavfi", "-i", "testsrc2=size=\(size):rate=30"]
        if sound { arguments += ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"] }
        arguments += [
            "-t", "\(seconds)", "-c:v", "libx264", "-preset", "veryfast", "-bf", "\(bFrames)", "-g", "30",
            "-sc_threshold", "0", "-pix_fmt", "yuv420p",
        ]
        if sound { arguments += ["-c:a", "aac", "-ac", "2"] }
        arguments += ["-movflags", "frag_keyframe+delay_moov+default_base_moof", "-f", "mp4", "pipe:1"]
        return split(try run("ffmpeg", arguments))
    }

    static func run(_ program: String, _ arguments: [String], errors: Bool = false) throws -> [UInt8] {
        let process = Process(), pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.standardInput = FileHandle.nullDevice
        if errors { process.standardError = pipe } else { process.standardOutput = pipe }
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Array(output)
    }

    /// What ffmpeg complains about when it decodes `bytes`.
    static func complaints(about bytes: [UInt8]) throws -> String {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("p2plive-\(UUID().uuidString).ts")
        try Data(bytes).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let output = try run("ffmpeg", ["-v", "warning", "-nostdin", "-i", file.path, "-f", "null", "-"], errors: true)
        return String(decoding: output, as: UTF8.self)
    }

    static func split(_ file: [UInt8]) -> SampleMedia {
        var media = SampleMedia()
        var position = 0
        while position + 8 <= file.count {
            let size = file[position..<(position + 4)].reduce(0) { $0 << 8 | Int($1) }
            let type = String(decoding: file[(position + 4)..<(position + 8)], as: UTF8.self)
            guard size >= 8, position + size <= file.count else { break }
            let box = file[position..<(position + size)]
            switch type {
            case "ftyp", "moov": media.initSegment += box
            case "moof": media.chunks.append(Array(box))
            case "mdat": if !media.chunks.isEmpty { media.chunks[media.chunks.count - 1] += box }
            default: break
            }
            position += size
        }
        return media
    }
}
