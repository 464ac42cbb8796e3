import CoreTypes

/// The first 16 bytes of a SHA-256 (FIPS 180-4): names an init segment and vouches for a piece. 128 bits are enough,
/// because only the signer chooses what is hashed: a forger needs a second preimage, not a collision.
public struct ShortHash: Hashable, Sendable, CustomStringConvertible {
    /// Bytes of one hash.
    public static let byteCount = 16

    private let high: UInt64
    private let low: UInt64

    /// Wraps 16 bytes; nil for any other count.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        var high: UInt64 = 0, low: UInt64 = 0
        for (index, byte) in bytes.enumerated() {
            if index < 8 { high = high << 8 | UInt64(byte) } else { low = low << 8 | UInt64(byte) }
        }
        self.high = high
        self.low = low
    }

    /// Parses 32 hexadecimal digits; nil for anything else.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count == 2 * Self.byteCount, let bytes = CoreTypes.bytes(hexadecimal: text) else { return nil }
        self.init(bytes: bytes)
    }

    /// The 16 bytes.
    public var bytes: [UInt8] {
        var writer = ByteWriter(capacity: Self.byteCount)
        write(into: &writer)
        return writer.bytes
    }

    /// 32 lower-case hexadecimal digits.
    public var description: String { hexadecimal(bytes) }

    /// Appends the 16 bytes.
    func write(into writer: inout ByteWriter) {
        writer.write(high)
        writer.write(low)
    }
}
