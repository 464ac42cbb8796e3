/// The name of a broadcast: 1 to 64 characters of `[A-Za-z0-9._-]`, and none of the words that paths need for
/// themselves. It is safe in a path, a file name, a log line and a metric.
public struct StreamName: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Why a text is no stream name.
    public enum Invalid: Error, Equatable, Sendable, CustomStringConvertible {
        /// Empty, longer than 64 characters, or with a character outside `[A-Za-z0-9._-]`.
        case malformed
        /// A word that a path of the service uses.
        case reserved(String)

        /// What is wrong and what would be right.
        public var description: String {
            switch self {
            case .malformed: "a stream name is 1 to 64 characters of A-Z a-z 0-9 . _ -"
            case .reserved(let word): "the name \"\(word)\" is reserved, choose another"
            }
        }
    }

    /// Names that may not be published, because a path of a service is called so.
    public static let reserved: Set<String> = [
        ".", "..", "stream", "streams", "tracker", "relay", "watch", "topology", "player", "player.js", "debug",
        "metrics", "healthz", "version", "time", "library", "init", "favicon.ico", "robots.txt",
    ]

    /// Longest name in bytes.
    public static let bytesMax = 64

    /// What `/stream` without a name publishes.
    public static let standard = StreamName(unchecked: "live")

    /// The name itself.
    public let description: String

    /// Checks and wraps a name. Throws `Invalid`.
    public init(_ text: some StringProtocol) throws(Invalid) {
        guard (1...Self.bytesMax).contains(text.utf8.count), text.utf8.allSatisfy(Self.allows) else {
            throw .malformed
        }
        let text = String(text)
        guard !Self.reserved.contains(text) else { throw .reserved(text) }
        description = text
    }

    private init(unchecked text: String) { description = text }

    private static func allows(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    /// Alphabetical by bytes, so that lists come out in a fixed order.
    public static func < (left: StreamName, right: StreamName) -> Bool { left.description < right.description }
}
