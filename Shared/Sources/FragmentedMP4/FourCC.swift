/// The four-character type of a box or sample entry (ISO/IEC 14496-12 §4.2).
public struct FourCC: Hashable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
    /// The four bytes, first one most significant.
    public let rawValue: UInt32

    /// Wraps four bytes, first one most significant.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// A literal of four ASCII characters; a shorter one is filled with zero bytes, a longer one is cut.
    public init(stringLiteral text: StaticString) {
        var value: UInt32 = 0
        text.withUTF8Buffer { bytes in
            for index in 0..<4 { value = value << 8 | (index < bytes.count ? UInt32(bytes[index]) : 0) }
        }
        rawValue = value
    }

    /// The four characters; a byte that does not print becomes `?`.
    public var description: String {
        let bytes = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: rawValue >> $0) }
        return String(decoding: bytes.map { (0x20...0x7e).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
    }
}
