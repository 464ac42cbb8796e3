import CoreTypes

/// In JSON an id is a string of 32 hexadecimal digits.
extension RandomID: Codable {
    /// Reads the digits. Throws `DecodingError.dataCorrupted` for anything else.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let id = RandomID(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "an id has 32 hexadecimal digits")
        }
        self = id
    }

    /// Writes the digits, lower case.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
