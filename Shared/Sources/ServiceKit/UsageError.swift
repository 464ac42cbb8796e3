import Glibc

/// A mistake in the flags, the environment or a configuration file: the program ends with status 2.
public struct UsageError: Error, Sendable, CustomStringConvertible {
    /// One line: what is wrong and how to mend it.
    public let description: String
    /// A mistake described by one line.
    public init(_ description: String) { self.description = description }
}

/// A failure while running: the program ends with status 1.
public struct RunFailure: Error, Sendable, CustomStringConvertible {
    /// One line: what failed and what to try.
    public let description: String
    /// A failure described by one line.
    public init(_ description: String) { self.description = description }
}

/// Reads a whole file of at most 16 MiB. Throws `UsageError` that names the flag.
public func readFile(_ path: String, flag: String) throws(UsageError) -> [UInt8] {
    guard let file = fopen(path, "rb") else {
        throw UsageError("\(flag): cannot read \(path): \(String(cString: strerror(errno)))")
    }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 65_536)
    while true {
        let count = fread(&block, 1, block.count, file)
        if count == 0 { break }
        bytes.append(contentsOf: block[0..<count])
        guard bytes.count <= 16 << 20 else { throw UsageError("\(flag): \(path) is larger than 16 MiB") }
    }
    guard ferror(file) == 0 else { throw UsageError("\(flag): cannot read \(path)") }
    return bytes
}

/// Reads a text file. Throws `UsageError` that names the flag.
public func readTextFile(_ path: String, flag: String) throws(UsageError) -> String {
    guard let text = String(validating: try readFile(path, flag: flag), as: UTF8.self) else {
        throw UsageError("\(flag): \(path) is not UTF-8 text")
    }
    return text
}
