/// Builds a buffer of big-endian numbers and byte runs.
public struct ByteWriter: Sendable {
    /// What has been written so far.
    public var bytes: [UInt8] { buffer }

    @usableFromInline var buffer: [UInt8] = []

    /// An empty buffer with room for `capacity` bytes.
    public init(capacity: Int = 0) { buffer.reserveCapacity(capacity) }

    /// Appends one number, most significant byte first.
    @inlinable public mutating func write(_ number: some FixedWidthInteger & UnsignedInteger) {
        withUnsafeBytes(of: number.bigEndian) { buffer.append(contentsOf: $0) }
    }

    /// Appends bytes as they are.
    @inlinable public mutating func write(_ run: some Sequence<UInt8>) { buffer.append(contentsOf: run) }
}
