import CoreTypes

/// Why bytes are no valid record or manifest, or why a value cannot be written as one.
public enum WireError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The input ended inside `field`.
    case truncated(field: String)
    /// `field` has `count` bytes, more than its `limit`.
    case tooLong(field: String, count: Int, limit: Int)
    /// `field` has `count` bytes and must have `expected`.
    case wrongLength(field: String, count: Int, expected: Int)
    /// `field` is outside its range.
    case outOfRange(field: String, value: UInt64, allowed: ClosedRange<UInt64>)
    /// A manifest of a version that this program does not know.
    case unsupportedVersion(UInt8)
    /// The stream's name breaks the rules for names.
    case invalidStreamName(StreamName.Invalid)
    /// Bytes are left over after the last field.
    case trailingBytes(count: Int)

    /// What is wrong, with what was found and what is allowed.
    public var description: String {
        switch self {
        case .truncated(let field): "the input ends inside \(field)"
        case .tooLong(let field, let count, let limit): "\(field) has \(count) bytes, at most \(limit) are allowed"
        case .wrongLength(let field, let count, let expected):
            "\(field) has \(count) bytes instead of \(expected)"
        case .outOfRange(let field, let value, let allowed):
            "\(field) is \(value), allowed are \(allowed.lowerBound) to \(allowed.upperBound)"
        case .unsupportedVersion(let version):
            "manifest version \(version) is not supported (this program knows version 1); update the older side"
        case .invalidStreamName(let reason): reason.description
        case .trailingBytes(let count): "\(count) bytes are left over after the last field"
        }
    }
}

/// Returns `value` when it is allowed for `field`, else throws `outOfRange`.
func checked(_ value: UInt64, _ field: String, in allowed: ClosedRange<UInt64>) throws(WireError) -> UInt64 {
    guard allowed.contains(value) else { throw .outOfRange(field: field, value: value, allowed: allowed) }
    return value
}

/// Returns `value` as an integer when it is allowed for `field`, else throws `outOfRange`.
func checked(_ value: Int, _ field: String, in allowed: ClosedRange<Int>) throws(WireError) -> Int {
    guard allowed.contains(value) else {
        throw .outOfRange(
            field: field, value: UInt64(clamping: value),
            allowed: UInt64(clamping: allowed.lowerBound)...UInt64(clamping: allowed.upperBound))
    }
    return value
}

extension ByteReader {
    /// Reads a number; `field` names it in the error.
    mutating func field<Number: FixedWidthInteger & UnsignedInteger>(
        _ field: String, as type: Number.Type = Number.self
    ) throws(WireError) -> Number {
        do { return try read(type) } catch { throw WireError.truncated(field: field) }
    }

    /// Takes `count` bytes; `field` names them in the error.
    mutating func field(_ field: String, count: Int) throws(WireError) -> ArraySlice<UInt8> {
        do { return try slice(count) } catch { throw WireError.truncated(field: field) }
    }

    /// Reads 16 bytes of a hash.
    mutating func shortHash(_ field: String) throws(WireError) -> ShortHash {
        let bytes = try self.field(field, count: ShortHash.byteCount)
        guard let hash = ShortHash(bytes: bytes) else { throw .truncated(field: field) }
        return hash
    }
}
