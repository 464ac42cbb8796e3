/// 128 random bits that name one running instance, viewer or session; written as 32 hexadecimal digits.
public struct RandomID: Hashable, Sendable, CustomStringConvertible {
    // In place and not in an array: a tracker keeps several copies of each of its viewers' ids.
    private let high: UInt64
    private let low: UInt64

    /// Draws a new one from `generator`.
    public init(using generator: inout some RandomNumberGenerator) {
        self.init(drawing: { UInt8.random(in: .min ... .max, using: &generator) })
    }

    /// Draws a new one from the system's generator.
    public static func random() -> RandomID {
        var generator = SystemRandomNumberGenerator()
        return RandomID(using: &generator)
    }

    /// Wraps 16 bytes; nil for any other count.
    public init?(bytes: some Sequence<UInt8>) {
        let bytes = Array(bytes)
        guard bytes.count == 16 else { return nil }
        var index = -1
        self.init(drawing: {
            index += 1
            return bytes[index]
        })
    }

    private init(drawing next: () -> UInt8) {
        func word() -> UInt64 { (0..<8).reduce(0) { word, _ in word << 8 | UInt64(next()) } }
        high = word()
        low = word()
    }

    /// Parses 32 hexadecimal digits; nil for anything else.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count == 32, let bytes = CoreTypes.bytes(hexadecimal: text) else { return nil }
        self.init(bytes: bytes)
    }

    /// The 16 bytes.
    public var bytes: [UInt8] {
        (0..<16).map { UInt8(truncatingIfNeeded: ($0 < 8 ? high : low) >> UInt64(56 - 8 * ($0 & 7))) }
    }

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
