/// A request to another service.
public struct HTTPClientRequest: Sendable {
    /// The method, upper case.
    public var method: String
    /// An absolute http or https URL.
    public var url: String
    /// Headers beside Host and the framing ones.
    public var headers: [(name: String, value: String)]
    /// The body; nil sends none.
    public var body: [UInt8]?
    /// Milliseconds to connect in, TLS included.
    public var connectTimeoutMs = 2_000
    /// Milliseconds for the whole exchange; 0 sets no limit, for streams, whose silence their owner judges.
    public var timeoutMs = 5_000
    /// Most bytes of an answer that `HTTPClient.send` collects.
    public var bytesMax = 4 << 20

    /// A request with the given parts.
    public init(
        _ method: String = "GET", _ url: String, headers: [(name: String, value: String)] = [], body: [UInt8]? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }

    /// The same request with a bearer token.
    public func bearing(_ token: String) -> HTTPClientRequest {
        var request = self
        request.headers.append(("Authorization", "Bearer " + token))
        return request
    }
}

/// A whole answer.
public struct HTTPClientResponse: Sendable {
    /// The status code.
    public var status: Int
    /// The headers in the order received.
    public var headers: [(name: String, value: String)]
    /// The body.
    public var body: [UInt8]

    /// An answer with the given parts.
    public init(status: Int, headers: [(name: String, value: String)], body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// True for 200…299.
    public var isSuccess: Bool { (200..<300).contains(status) }

    /// The first value of a header, its name compared without case.
    public func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}

/// Why there is no answer, or no whole one.
public enum HTTPClientError: Error, Sendable, CustomStringConvertible {
    /// The URL is not http or https, or cannot be read.
    case badURL(String)
    /// No connection, or it broke; the text is libcurl's.
    case transport(url: String, reason: String)
    /// The answer is larger than the request allows.
    case tooLarge(url: String, bytesMax: Int)
    /// The transfer was cancelled by its owner.
    case cancelled

    /// What went wrong.
    public var description: String {
        switch self {
        case .badURL(let url): "\"\(url)\" is no http or https URL"
        case .transport(let url, let reason): "\(url): \(reason)"
        case .tooLarge(let url, let bytesMax): "\(url): the answer has more than \(bytesMax) bytes"
        case .cancelled: "cancelled"
        }
    }
}
