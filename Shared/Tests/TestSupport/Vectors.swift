import CoreTypes
import Foundation

/// Reads a file of `Shared/Vectors`.
public func vectors<Content: Decodable>(_ name: String, as type: Content.Type = Content.self) throws -> Content {
    let shared = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    let file = shared.appending(components: "Vectors", name)
    return try JSONDecoder().decode(type, from: Data(contentsOf: file))
}

/// Bytes that a vector file spells as hexadecimal text.
public struct Hex: Decodable, Hashable, Sendable {
    /// The bytes.
    public let bytes: [UInt8]

    /// Decodes hexadecimal text.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let bytes = CoreTypes.bytes(hexadecimal: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "no hexadecimal text")
        }
        self.bytes = bytes
    }
}

/// The bytes of a test chunk, as the vectors have them: byte i is (31 i + ⌊i / 256⌋) mod 256.
public func pattern(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: 31 * $0 + $0 / 256) }
}

/// `count` random bytes.
public func randomBytes(_ count: Int, using generator: inout some RandomNumberGenerator) -> [UInt8] {
    (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
}
