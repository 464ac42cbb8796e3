import CoreTypes

/// The methods that services use.
public enum HTTPMethod: String, Sendable {
    /// Read.
    case get = "GET"
    /// Read, headers only; a route for GET answers it too.
    case head = "HEAD"
    /// Create, send, register.
    case post = "POST"
    /// Replace, send, heartbeat.
    case put = "PUT"
    /// Remove.
    case delete = "DELETE"
    /// Cross-origin preflight; answered by the server itself.
    case options = "OPTIONS"
}

/// One request: everything but a streamed body, copied out of the connection.
public struct HTTPRequest: Sendable {
    /// The method.
    public let method: HTTPMethod
    /// The path, percent-decoded, beginning with "/".
    public let path: String
    /// The query's names and values in the order sent, decoded; a name without "=" has the value "".
    public let query: [(name: String, value: String)]
    /// The headers in the order sent.
    public let headers: [(name: String, value: String)]
    /// The other end of the connection.
    public let peer: IPAddress
    /// The client as told by trusted proxies; the same as `peer` where there is none.
    public let client: IPAddress
    /// True when the connection is that of a trusted proxy.
    public let isProxied: Bool
    /// True when the connection is encrypted by this server.
    public let isSecure: Bool
    /// True for HTTP/1.0, which has no chunked transfer coding.
    public let isHTTP10: Bool
    /// Values of the pattern's `:name` segments.
    public internal(set) var parameters: [String: String] = [:]
    /// The body, for routes that take it whole.
    public internal(set) var body: [UInt8] = []

    /// The first value of a header, its name compared without case; nil when absent.
    public func header(_ name: String) -> String? {
        headers.first { $0.name.utf8.count == name.utf8.count && $0.name.lowercased() == name.lowercased() }?.value
    }

    /// What the client used, "http" or "https": as a trusted proxy says in `X-Forwarded-Proto`, else by the connection.
    public var scheme: String {
        if isProxied, let word = header("X-Forwarded-Proto")?.lowercased(), word == "https" || word == "http" {
            return word
        }
        return isSecure ? "https" : "http"
    }

    /// The first value of a query item; nil when absent.
    public func query(_ name: String) -> String? { query.first { $0.name == name }?.value }

    /// The token of `Authorization: Bearer …`; nil when absent.
    public var bearerToken: String? {
        guard let value = header("Authorization"), value.lowercased().hasPrefix("bearer ") else { return nil }
        return String(value.dropFirst(7).drop { $0 == " " })
    }

    /// True when the header `Accept` names `type` (as in "text/html") itself, not through a wildcard.
    public func accepts(_ type: String) -> Bool {
        header("Accept")?.lowercased().split(separator: ",").contains { $0.drop { $0 == " " }.hasPrefix(type) } ?? false
    }
}
