import EventLoop

/// An answer whose body is known.
public struct HTTPResponse: Sendable {
    /// The status code.
    public var status: Int
    /// Headers beside Content-Length, Date and the cross-origin ones, which the server adds.
    public var headers: [(name: String, value: String)]
    /// The body.
    public var body: Body

    /// A body that is copied, or one that many answers share.
    public enum Body: Sendable {
        /// Copied into the connection.
        case bytes([UInt8])
        /// Sent from where it lies.
        case shared(SharedBytes)
    }

    /// An answer with the given parts.
    public init(status: Int, headers: [(name: String, value: String)] = [], body: Body = .bytes([])) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// An answer with text of the given type.
    public static func text(
        _ text: String, status: Int = 200, type: String = "text/plain; charset=utf-8",
        headers: [(name: String, value: String)] = []
    ) -> HTTPResponse {
        HTTPResponse(
            status: status, headers: [("Content-Type", type)] + headers, body: .bytes(Array(text.utf8)))
    }

    /// 204 without a body.
    public static let noContent = HTTPResponse(status: 204)
}

/// What a handler gives back.
public enum HTTPReply {
    /// The answer.
    case now(HTTPResponse)
    /// The answer comes later through the responder; after `timeoutMs` without one the server answers 504.
    case later(timeoutMs: Int64, start: @LoopActor (HTTPResponder) -> Void)
    /// An endless body.
    case stream(StreamResponse)
}
