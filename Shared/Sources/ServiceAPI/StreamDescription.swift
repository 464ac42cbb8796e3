import MediaWire

extension StreamState: Codable {
    /// The word for the state in JSON.
    public var name: String {
        switch self {
        case .live: "live"
        case .waiting: "waiting"
        case .ended: "ended"
        }
    }

    /// Reads the word.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let word = try container.decode(String.self)
        guard let state = Self.allCases.first(where: { $0.name == word }) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "no state is called \(word)")
        }
        self = state
    }

    /// Writes the word.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(name)
    }
}

/// One stream as `GET /streams` and `GET /streams/NAME` of the coordinate tell it.
public struct StreamDescription: Codable, Sendable {
    /// Its name.
    public var name: String
    /// Its state.
    public var state: StreamState
    /// RFC 6381 codecs of the current init, such as "avc1.42C01E,mp4a.40.2"; empty before the first chunk.
    public var codecs: String
    /// Picture width in pixels; 0 for audio only.
    public var width: Int
    /// Picture height in pixels; 0 for audio only.
    public var height: Int
    /// Bits a second of media, averaged over the last seconds.
    public var bitrate: Int
    /// When the stream's first session began, wall milliseconds.
    public var startedAt: Int64
    /// Number of the newest chunk; 0 before the first.
    public var sequence: UInt64
    /// Viewers known to trackers and forwards.
    public var viewers: Int
    /// Share of the viewers' media bytes that came from viewers, 0…1; absent before anything is known.
    public var offload: Double?
    /// The key that signs the manifests: base64 of 32 bytes (Ed25519).
    public var publicKey: String
    /// Target length of a chunk in milliseconds.
    public var chunkMs: Int
    /// Number of stripes K.
    public var stripes: Int

    /// All fields.
    public init(
        name: String, state: StreamState, codecs: String, width: Int, height: Int, bitrate: Int, startedAt: Int64,
        sequence: UInt64, viewers: Int, offload: Double?, publicKey: String, chunkMs: Int, stripes: Int
    ) {
        self.name = name
        self.state = state
        self.codecs = codecs
        self.width = width
        self.height = height
        self.bitrate = bitrate
        self.startedAt = startedAt
        self.sequence = sequence
        self.viewers = viewers
        self.offload = offload
        self.publicKey = publicKey
        self.chunkMs = chunkMs
        self.stripes = stripes
    }
}

/// The answer of `GET /streams`.
public struct StreamList: Codable, Sendable {
    /// Every stream, by name.
    public var streams: [StreamDescription]
    /// Wraps a list.
    public init(streams: [StreamDescription]) { self.streams = streams }
}

/// The hello record of `/relay` and `/stripe`: what a reader must know before the first chunk.
public struct RelayHello: Codable, Sendable {
    /// The stream's name.
    public var stream: String
    /// Its state now.
    public var state: StreamState
    /// Number of the newest chunk now: what comes up to it is catch-up; 0 when there is none.
    public var sequence: UInt64
    /// Target length of a chunk in milliseconds.
    public var chunkMs: Int
    /// Number of stripes K.
    public var stripes: Int
    /// base64 of the Ed25519 public key.
    public var publicKey: String
    /// Instance ids of the services the stream came through, the origin first; a forward that finds its own refuses.
    public var path: [String]

    /// All fields.
    public init(
        stream: String, state: StreamState, sequence: UInt64, chunkMs: Int, stripes: Int, publicKey: String,
        path: [String]
    ) {
        self.stream = stream
        self.state = state
        self.sequence = sequence
        self.chunkMs = chunkMs
        self.stripes = stripes
        self.publicKey = publicKey
        self.path = path
    }
}

/// The answer of `GET /time`.
public struct TimeReport: Codable, Sendable {
    /// Wall milliseconds.
    public var now: Int64
    /// Wraps a time.
    public init(now: Int64) { self.now = now }
}
