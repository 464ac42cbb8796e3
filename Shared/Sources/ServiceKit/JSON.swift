import FoundationEssentials
import HTTPServer

extension HTTPResponse {
    /// An answer with `value` as JSON.
    public static func json(
        _ value: some Encodable, status: Int = 200, headers: [(name: String, value: String)] = []
    ) -> HTTPResponse {
        HTTPResponse(
            status: status, headers: [("Content-Type", "application/json"), ("Cache-Control", "no-store")] + headers,
            body: .bytes(encodeJSON(value)))
    }
}

/// JSON with sorted keys; `{}` for a value that cannot be encoded, which only a number beyond JSON's range can be.
public func encodeJSON(_ value: some Encodable, pretty: Bool = false) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if pretty { encoder.outputFormatting.insert(.prettyPrinted) }
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
        positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    guard let data = try? encoder.encode(value) else { return Array("{}".utf8) }
    return Array(data)
}

/// Reads JSON of another service or a client. Throws `Problem` 400 that says which field is wrong.
public func decodeJSON<Value: Decodable>(_ type: Value.Type, from body: [UInt8]) throws(InvalidJSON) -> Value {
    do {
        return try JSONDecoder().decode(type, from: Data(body))
    } catch let error as DecodingError {
        throw InvalidJSON(describe(error))
    } catch {
        throw InvalidJSON("the body is no JSON")
    }
}

/// JSON of the wrong form.
public struct InvalidJSON: Error, Sendable, CustomStringConvertible {
    /// Which part is wrong.
    public let description: String
    init(_ description: String) { self.description = description }
    /// The answer to whoever sent it.
    public var problem: Problem { Problem(400, "malformed-json", description) }
}

private func describe(_ error: DecodingError) -> String {
    func path(_ context: DecodingError.Context, _ last: (any CodingKey)? = nil) -> String {
        let keys = (context.codingPath + (last.map { [$0] } ?? [])).map(\.stringValue)
        return keys.isEmpty ? "the top level" : "\"" + keys.joined(separator: ".") + "\""
    }
    return switch error {
    case .keyNotFound(let key, let context): "\(path(context, key)) is missing"
    case .typeMismatch(let type, let context): "\(path(context)) is not of the type \(type)"
    case .valueNotFound(_, let context): "\(path(context)) is null"
    case .dataCorrupted(let context): "\(path(context)) is not valid JSON"
    @unknown default: "the body has the wrong form"
    }
}
