import Glibc

/// The standard streams of the process.
public enum StandardStream: Int32, Sendable {
    /// What the program is asked for.
    case output = 1
    /// What it says about its work.
    case error = 2

    /// Writes a text. What cannot be written is lost: there is nobody left to tell.
    public func write(_ text: String) { writeWhole(Array(text.utf8), to: rawValue) }
}

/// Writes all bytes to a descriptor that blocks. False when nobody reads any more or the disk is full.
@discardableResult
public func writeWhole(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return false }
        rest = rest.dropFirst(count)
    }
    return true
}
