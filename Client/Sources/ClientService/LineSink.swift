import Glibc
import ServiceKit

/// Writes lines to a file or stdout.
final class LineSink {
    private let descriptor: Int32

    /// Opens `path`, or stdout for "-". Throws `UsageError` when the file cannot be written.
    init(_ path: String, flag: String) throws(UsageError) {
        guard path != "-" else {
            descriptor = STDOUT_FILENO
            return
        }
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw UsageError("\(flag): cannot write \(path): \(String(cString: strerror(errno)))")
        }
    }

    deinit { if descriptor != STDOUT_FILENO { close(descriptor) } }

    /// Writes one line. False when nobody reads any more or the disk is full.
    @discardableResult
    func write(_ line: [UInt8]) -> Bool { writeWhole(line + [0x0a], to: descriptor) }
}
