import ArgumentParser
import Foundation

/// A file that lines are written to one after the other, or standard output.
final class LineFile: Sendable {
    private let handle: FileHandle

    /// Creates the file; "-" stands for standard output.
    init(_ path: String) throws {
        if path == "-" {
            handle = .standardOutput
            return
        }
        guard FileManager.default.createFile(atPath: path, contents: nil),
            let handle = FileHandle(forWritingAtPath: path)
        else { throw ValidationError("\(path) cannot be written") }
        self.handle = handle
    }

    func write(_ line: String) { handle.write(Data((line + "\n").utf8)) }

    func close() { try? handle.close() }
}
