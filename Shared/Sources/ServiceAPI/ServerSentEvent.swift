/// One message of an event stream (HTML Standard §9.2, Server-Sent Events).
public struct ServerSentEvent: Hashable, Sendable {
    /// The id to go on after when the stream breaks; nil leaves the last one in force.
    public var id: UInt64?
    /// Its name.
    public var name: String
    /// One line of text, here always JSON.
    public var data: String

    /// All fields; `name` and `data` must not contain line breaks.
    public init(id: UInt64? = nil, name: String, data: String) {
        self.id = id
        self.name = name
        self.data = data
    }

    /// The bytes of the message, the blank line that ends it included.
    public var encoded: [UInt8] {
        var text = ""
        if let id { text += "id: \(id)\n" }
        text += "event: \(name)\ndata: \(data)\n\n"
        return Array(text.utf8)
    }
}

/// Takes an event stream apart, in whatever pieces it arrives (HTML Standard §9.2.6).
///
/// Bounded: a message of more than `bytesMax` ends the stream with an error, for it could grow without end otherwise.
public struct EventStreamParser: Sendable {
    /// Why a stream cannot be read on.
    public enum Failure: Error, Equatable, Sendable, CustomStringConvertible {
        /// A message has more bytes than allowed.
        case tooLong

        /// What is wrong.
        public var description: String { "a message of the event stream is too long" }
    }

    /// Most bytes of a message: the longest that a tracker sends is a signal with its SDP, escaped.
    public static let messageBytesMax = 128 * 1_024

    private let bytesMax: Int
    private var line: [UInt8] = []
    private var bytes = 0
    private var name = ""
    private var data: [String] = []
    private var id: UInt64?
    private var wasCarriageReturn = false
    private var isAtStart = true

    /// A parser at the beginning of a stream.
    public init(bytesMax: Int = messageBytesMax) { self.bytesMax = bytesMax }

    /// Takes the next bytes and returns the messages that they complete. Throws `Failure`; the parser is of no use after.
    public mutating func receive(_ input: some Sequence<UInt8>) throws(Failure) -> [ServerSentEvent] {
        var events: [ServerSentEvent] = []
        for byte in input {
            bytes += 1
            guard bytes <= bytesMax else { throw .tooLong }
            let isLineFeedOfPair = wasCarriageReturn && byte == 0x0a
            wasCarriageReturn = byte == 0x0d
            if isLineFeedOfPair { continue }
            guard byte == 0x0a || byte == 0x0d else {
                line.append(byte)
                continue
            }
            if let event = endLine() { events.append(event) }
        }
        return events
    }

    private mutating func endLine() -> ServerSentEvent? {
        if isAtStart, line.starts(with: [0xef, 0xbb, 0xbf]) { line.removeFirst(3) }
        isAtStart = false
        defer { line.removeAll(keepingCapacity: true) }
        guard !line.isEmpty else { return endMessage() }
        let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
        var value = line[min(colon + 1, line.endIndex)...]
        if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
        let text = String(decoding: value, as: UTF8.self)
        switch String(decoding: line[..<colon], as: UTF8.self) {
        case "event": name = text
        case "data": data.append(text)
        case "id": id = UInt64(text) ?? id
        default: break  // a comment, `retry`, or what is not known
        }
        return nil
    }

    private mutating func endMessage() -> ServerSentEvent? {
        defer { (bytes, name, data, id) = (0, "", [], nil) }
        guard !data.isEmpty else { return nil }
        return ServerSentEvent(id: id, name: name.isEmpty ? "message" : name, data: data.joined(separator: "\n"))
    }
}
