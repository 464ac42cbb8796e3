import ArgumentParser
import Glibc
import ServiceKit

/// A file that is written piece by piece, or standard output.
final class LineFile: Sendable {
    private let descriptor: Int32

    /// Creates the file; "-" stands for standard output.
    init(_ path: String) throws {
        guard path != "-" else {
            descriptor = STDOUT_FILENO
            return
        }
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw ValidationError("\(path) cannot be written: \(String(cString: strerror(errno)))")
        }
    }

    deinit { if descriptor != STDOUT_FILENO { close(descriptor) } }

    func write(_ line: String) { write(Array((line + "\n").utf8)) }

    func write(_ bytes: [UInt8]) { writeWhole(bytes, to: descriptor) }
}
