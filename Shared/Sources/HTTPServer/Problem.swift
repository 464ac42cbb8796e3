/// An error answer: a problem document (RFC 9457) with a machine-readable type and a sentence for a person.
public struct Problem: Sendable {
    /// The status code.
    public var status: Int
    /// A word for programs, such as "reserved-name"; sent as `urn:p2plive:problem:WORD`.
    public var type: String
    /// One sentence: what is wrong and how to mend it.
    public var detail: String
    /// Further headers, such as `Retry-After`.
    public var headers: [(name: String, value: String)]

    /// A problem with the given parts.
    public init(
        _ status: Int, _ type: String, _ detail: String, headers: [(name: String, value: String)] = []
    ) {
        self.status = status
        self.type = type
        self.detail = detail
        self.headers = headers
    }

    /// The answer that carries it.
    public var response: HTTPResponse {
        let json = """
            {"type":"urn:p2plive:problem:\(Self.escape(type))","title":"\(Self.escape(type))","status":\(status),\
            "detail":"\(Self.escape(detail))"}

            """
        return HTTPResponse(
            status: status, headers: [("Content-Type", "application/problem+json")] + headers,
            body: .bytes(Array(json.utf8)))
    }

    /// The reply that carries it.
    public var reply: HTTPReply { .now(response) }

    private static func escape(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": escaped += "\\\""
            case "\\": escaped += "\\\\"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                escaped += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
