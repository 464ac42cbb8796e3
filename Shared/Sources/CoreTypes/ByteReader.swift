/// Reads big-endian numbers and byte runs from the front of a buffer; every read is checked against its end.
public struct ByteReader: Sendable {
    /// The input ended before the field did.
    public struct Truncated: Error, Equatable, Sendable, CustomStringConvertible {
        /// Bytes the field needs.
        public let needed: Int
        /// Bytes that were left.
        public let available: Int
        @usableFromInline init(needed: Int, available: Int) {
            self.needed = needed
            self.available = available
        }

        /// What was missing.
        public var description: String { "truncated: needs \(needed) bytes, \(available) left" }
    }

    @usableFromInline let bytes: ArraySlice<UInt8>
    @usableFromInline var position: Int

    /// Starts at the first byte of `bytes`.
    public init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    /// Starts at the first byte of `bytes`.
    public init(_ bytes: [UInt8]) { self.init(bytes[...]) }

    /// Bytes not yet read.
    @inlinable public var remaining: Int { bytes.endIndex - position }

    /// Bytes read so far.
    public var offset: Int { position - bytes.startIndex }

    /// Takes the next `count` bytes without copying. Throws `Truncated`.
    public mutating func slice(_ count: Int) throws(Truncated) -> ArraySlice<UInt8> {
        guard count >= 0, count <= remaining else { throw Truncated(needed: count, available: remaining) }
        defer { position += count }
        return bytes[position..<(position + count)]
    }

    /// Takes everything that is left.
    public mutating func rest() -> ArraySlice<UInt8> {
        defer { position = bytes.endIndex }
        return bytes[position...]
    }

    /// Reads one big-endian unsigned number. Throws `Truncated`. Inlined: generics cost other modules ten times as much.
    @inlinable public mutating func read<Number: FixedWidthInteger & UnsignedInteger>(
        _ type: Number.Type = Number.self
    ) throws(Truncated) -> Number {
        let size = Number.bitWidth / 8
        guard size <= remaining else { throw Truncated(needed: size, available: remaining) }
        var value: Number = 0
        for index in position..<(position + size) {
            value = size == 1 ? Number(bytes[index]) : (value << 8) | Number(bytes[index])
        }
        position += size
        return value
    }
}
