import Foundation

/// Inputs made by the installed ffmpeg, as a publisher would send them.
enum FFmpeg {
    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    static let picture = "testsrc2=size=320x240:rate=30"
    static let sound = "sine=frequency=440:sample_rate=48000"
    static let h264 = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "30", "-pix_fmt", "yuv420p"]
    static let h264WithBFrames = [
        "-c:v", "libx264", "-preset", "veryfast", "-bf", "3", "-g", "30", "-pix_fmt", "yuv420p",
    ]
    static let aac = ["-c:a", "aac", "-b:a", "96k", "-ac", "2"]

    /// `seconds` of test picture and sound through `arguments`, as bytes.
    static func make(
        video: String? = picture, audio: String? = sound, seconds: Int = 4, _ arguments: [String]
    ) throws -> [UInt8] {
        var inputs: [String] = []
        for source in [video, audio].compactMap({ $0 }) { inputs += ["-f", "lavfi", "-i", source] }
        return try run("ffmpeg", ["-v", "error", "-nostdin"] + inputs + ["-t", "\(seconds)"] + arguments + ["pipe:1"])
    }

    /// Presentation times of all pictures in seconds, as ffprobe decodes them.
    static func presentationTimes(of bytes: [UInt8]) throws -> [Double] {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("p2plive-\(UUID().uuidString)")
        try Data(bytes).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let output = try run(
            "ffprobe",
            [
                "-v", "error", "-select_streams", "v", "-show_entries", "frame=best_effort_timestamp_time",
                "-of", "csv=p=0", file.path,
            ])
        return String(decoding: output, as: UTF8.self).split(separator: "\n").compactMap {
            Double($0.trimmingCharacters(in: CharacterSet(charactersIn: ", ")))
        }
    }

    /// What `ffmpeg -f null` complains about.
    static func complaints(about bytes: [UInt8], name: String) throws -> String {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("p2plive-\(UUID().uuidString)-\(name)")
        try Data(bytes).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let output = try run("ffmpeg", ["-v", "warning", "-nostdin", "-i", file.path, "-f", "null", "-"], errors: true)
        return String(decoding: output, as: UTF8.self)
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
        guard process.terminationStatus == 0 else {
            throw Failed(description: "\(program) \(arguments.joined(separator: " ")): \(process.terminationStatus)")
        }
        return Array(output)
    }
}
