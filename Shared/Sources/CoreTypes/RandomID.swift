/// 128 random bits that name one running instance, viewer or session; written as 32 hexadecimal digits.
public struct RandomID: Hashable, Sendable, CustomStringConvertible {
    /// The 16 bytes.
    public let bytes: [UInt8]

    /// Draws a new one from `generator`.
    public init(using generator: inout some RandomNumberGenerator) {
        bytes = (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
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
        self.bytes = bytes
    }

    /// Parses 32 hexadecimal digits; nil for anything else.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count == 32, let bytes = CoreTypes.bytes(hexadecimal: text) else { return nil }
        self.bytes = bytes
    }

    /// 32 lower-case hexadecimal digits.
    public var description: String { hexadecimal(bytes) }
}
