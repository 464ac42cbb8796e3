import ServiceAPI

/// What `client publish` is asked to do.
public struct PublishConfiguration: Sendable {
    /// What is published.
    public enum Source: Hashable, Sendable {
        /// The test picture and tone.
        case testPicture(width: Int, height: Int, framesPerSecond: Int, bitsPerSecond: Int)
        /// A media file, its frames as they are; from the start again at its end when it loops.
        case file(path: String, loops: Bool)
    }

    /// Where to push.
    public var target: PublishTarget
    /// What to push.
    public var source: Source
    /// Milliseconds after which publishing ends; nil for the end of the file, or never.
    public var durationMs: Int64?

    /// Publishes `source` to `target`.
    public init(target: PublishTarget, source: Source) {
        self.target = target
        self.source = source
    }
}

/// Where a publisher pushes to, and its key.
public struct PublishTarget: Hashable, Sendable {
    /// The address that libav posts to.
    public let url: String
    /// The stream's key, sent as bearer token; nil without one.
    public var key: String?

    /// Understands `http://host:8080/stream/NAME`, `/NAME` and `/stream` (which means the stream `live`), a key as
    /// `?key=` or as `http://user:KEY@host`, and `?takeover=1`. Nil for anything else.
    public init?(_ text: String) {
        var text = text
        let authority =
            text.firstRange(of: "://").map { text[$0.upperBound...].prefix { $0 != "/" && $0 != "?" } } ?? ""
        if let at = authority.lastIndex(of: "@") {
            let user = authority[..<at]
            key = user.firstIndex(of: ":").map { String(user[user.index(after: $0)...]) }
            text.removeSubrange(authority.startIndex...at)
        }
        guard let stream = StreamURL(text), let parsed = ServiceURL(text) else { return nil }
        let query = parsed.path.split(separator: "?", maxSplits: 1).dropFirst().first?.split(separator: "&") ?? []
        if let item = query.first(where: { $0.hasPrefix("key=") }) { key = String(item.dropFirst(4)) }
        let rest = query.filter { !$0.hasPrefix("key=") }.joined(separator: "&")
        url = stream.publishURL + (rest.isEmpty ? "" : "?" + rest)
    }
}
