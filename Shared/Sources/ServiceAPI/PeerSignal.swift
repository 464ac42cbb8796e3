import CoreTypes

/// What two viewers tell each other to make a link, whoever passes it on.
public struct LinkSignal: Codable, Hashable, Sendable {
    /// What it is.
    public enum Kind: String, Codable, Hashable, Sendable, CaseIterable {
        /// An SDP by which the child asks for a link.
        case offer
        /// The SDP that answers it.
        case answer
        /// One more address to try.
        case candidate
    }

    /// Most bytes of an SDP.
    public static let sdpBytesMax = 16 * 1_024
    /// Most bytes of a candidate line.
    public static let candidateBytesMax = 512
    /// Characters of `link`.
    public static let linkLength = 16

    /// Names the attempt: 16 hexadecimal digits that the offerer chose.
    public var link: String
    /// What `text` is.
    public var kind: Kind
    /// The SDP (RFC 8829), or the candidate line (RFC 8839), which is empty when there are no more.
    public var text: String

    private enum CodingKeys: String, CodingKey {
        case link, type, sdp, candidate
    }

    /// All fields.
    public init(link: String, kind: Kind, text: String) {
        self.link = link
        self.kind = kind
        self.text = text
    }

    /// Reads `link`, `type`, and `sdp` or `candidate`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        link = try container.decode(String.self, forKey: .link)
        kind = try container.decode(Kind.self, forKey: .type)
        text = try container.decode(String.self, forKey: kind == .candidate ? .candidate : .sdp)
    }

    /// Writes `link`, `type`, and `sdp` or `candidate`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(link, forKey: .link)
        try container.encode(kind, forKey: .type)
        try container.encode(text, forKey: kind == .candidate ? .candidate : .sdp)
    }

    /// What is wrong with it; nil when it may be passed on.
    public var mistake: String? {
        guard link.utf8.count == Self.linkLength, bytes(hexadecimal: link) != nil else {
            return "link must be \(Self.linkLength) hexadecimal digits"
        }
        let most = kind == .candidate ? Self.candidateBytesMax : Self.sdpBytesMax
        guard text.utf8.count <= most else { return "a \(kind.rawValue) has at most \(most) bytes" }
        guard kind == .candidate || !text.isEmpty else { return "an \(kind.rawValue) needs an SDP" }
        return nil
    }
}

/// The body of `POST /peers/ID/signal`.
public struct PeerSignal: Codable, Hashable, Sendable {
    /// To whom.
    public var to: RandomID
    /// What.
    public var signal: LinkSignal

    private enum CodingKeys: String, CodingKey { case to }

    /// All fields.
    public init(to: RandomID, signal: LinkSignal) {
        self.to = to
        self.signal = signal
    }

    /// Reads `to` beside the fields of the signal.
    public init(from decoder: any Decoder) throws {
        to = try decoder.container(keyedBy: CodingKeys.self).decode(RandomID.self, forKey: .to)
        signal = try LinkSignal(from: decoder)
    }

    /// Writes `to` beside the fields of the signal.
    public func encode(to encoder: any Encoder) throws {
        try signal.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(to, forKey: .to)
    }
}

/// The data of a `signal` event.
public struct SignalEvent: Codable, Hashable, Sendable {
    /// From whom.
    public var from: RandomID
    /// What.
    public var signal: LinkSignal

    private enum CodingKeys: String, CodingKey { case from }

    /// All fields.
    public init(from sender: RandomID, signal: LinkSignal) {
        from = sender
        self.signal = signal
    }

    /// Reads `from` beside the fields of the signal.
    public init(from decoder: any Decoder) throws {
        from = try decoder.container(keyedBy: CodingKeys.self).decode(RandomID.self, forKey: .from)
        signal = try LinkSignal(from: decoder)
    }

    /// Writes `from` beside the fields of the signal.
    public func encode(to encoder: any Encoder) throws {
        try signal.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(from, forKey: .from)
    }
}
