/// Where a demuxer takes its bytes from.
public protocol ByteSource: AnyObject {
    /// Fills the front of `buffer`, blocking until at least one byte is there. Returns how many; 0 at the end.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int
}

/// Bytes in memory, in one or more parts that are read as if they were one.
public final class MemoryInput: ByteSource {
    private let parts: [[UInt8]]
    private var part = 0
    private var position = 0

    /// Reads `parts` one after another.
    public init(_ parts: [[UInt8]]) { self.parts = parts }

    /// Copies the next bytes; 0 after the last part.
    public func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        while part < parts.count, position == parts[part].count {
            part += 1
            position = 0
        }
        guard part < parts.count else { return 0 }
        let count = min(buffer.count, parts[part].count - position)
        parts[part].withUnsafeBytes {
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[position..<(position + count)]))
        }
        position += count
        return count
    }
}
