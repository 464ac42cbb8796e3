/// 128 random bits that name one running instance, viewer or session; written as 32 hexadecimal digits.
public struct RandomID: Hashable, Sendable, CustomStringConvertible {
    /// The first and the last 8 bytes. Two words rather than an array: trackers hold and compare ids by the thousand.
    private let high: UInt64
    private let low: UInt64

    private init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Draws a new one from `generator`.
    public init(using generator: inout some RandomNumberGenerator) {
        self.init(high: generator.next(), low: generator.next())
    }

    /// Draws a new one from the system's generator.
    public static func random() -> RandomID {
        var generator = SystemRandomNumberGenerator()
        return RandomID(using: &generator)
    }

    /// Wraps 16 bytes; nil for any other count.
    public init?(bytes: some Sequence<UInt8>) {
        var words: (high: UInt64, low: UInt64) = (0, 0)
        var count = 0
        for byte in bytes {
            if count < 8 {
                words.high = words.high << 8 | UInt64(byte)
            } else {
                words.low = words.low << 8 | UInt64(byte)
            }
            count += 1
            guard count <= 16 else { return nil }
        }
        guard count == 16 else { return nil }
        self.init(high: words.high, low: words.low)
    }

    /// Parses 32 hexadecimal digits; nil for anything else.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count == 32, let bytes = CoreTypes.bytes(hexadecimal: text) else { return nil }
        self.init(bytes: bytes)
    }

    /// The 16 bytes.
    public var bytes: [UInt8] {
        var writer = ByteWriter(capacity: 16)
        writer.write(high)
        writer.write(low)
        return writer.bytes
    }

    /// Whether this id comes before another one: the order of their bytes.
    public func isBefore(_ other: RandomID) -> Bool { (high, low) < (other.high, other.low) }

    /// Writes the 32 digits of `description` without making a string of them.
    public func appendDigits(to text: inout [UInt8]) {
        for word in [high, low] {
            for shift in stride(from: UInt64(60), through: 0, by: -4) {
                let digit = UInt8(truncatingIfNeeded: word >> shift & 15)
                text.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
            }
        }
    }

    /// 32 lower-case hexadecimal digits.
    public var description: String {
        var text: [UInt8] = []
        text.reserveCapacity(32)
        appendDigits(to: &text)
        return String(decoding: text, as: UTF8.self)
    }
}
