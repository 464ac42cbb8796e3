/// Puts messages together that the stack delivered in parts, per stream. Holds at most one message of the longest allowed
/// length for all streams together: without interleaving (RFC 8260) parts of one message alone can be under way.
struct MessageJoiner {
    /// What a part led to.
    enum Outcome: Equatable {
        /// More parts must come.
        case unfinished
        /// It was the last one: the whole message.
        case whole([UInt8])
        /// The peer sends more than it may; everything held is forgotten.
        case tooLong
    }

    private let messageBytesMax: Int
    private var parts: [UInt16: [UInt8]] = [:]
    private var held = 0

    init(messageBytesMax: Int) { self.messageBytesMax = messageBytesMax }

    /// A message of this stream has begun.
    func holds(_ stream: UInt16) -> Bool { held > 0 && parts[stream] != nil }

    /// Takes a part, the last of its message or not.
    mutating func take(_ bytes: UnsafeRawBufferPointer, stream: UInt16, endsMessage: Bool) -> Outcome {
        guard bytes.count + held <= messageBytesMax else {
            parts = [:]
            held = 0
            return .tooLong
        }
        parts[stream, default: []].append(contentsOf: bytes)
        held += bytes.count
        guard endsMessage, let whole = parts.removeValue(forKey: stream) else { return .unfinished }
        held -= whole.count
        return .whole(whole)
    }
}
