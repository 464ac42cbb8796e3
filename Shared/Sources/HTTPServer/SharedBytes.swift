/// Immutable bytes at a fixed address, shared by any number of answers without copying.
///
/// `@unchecked Sendable`: the memory is written before `init` returns and never after; freed with the last reference.
public final class SharedBytes: @unchecked Sendable {
    /// The bytes; valid while this object lives.
    public let buffer: UnsafeRawBufferPointer

    /// Copies `bytes`.
    public init(_ bytes: some Collection<UInt8>) {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, bytes.count), alignment: 16)
        memory.copyBytes(from: bytes)
        buffer = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(memory)[0..<bytes.count])
    }

    deinit { UnsafeMutableRawPointer(mutating: buffer.baseAddress)?.deallocate() }

    /// Number of bytes.
    public var count: Int { buffer.count }

    /// A copy as an array.
    public var array: [UInt8] { Array(buffer) }
}
