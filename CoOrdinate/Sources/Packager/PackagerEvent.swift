import IngestCore

/// What a session tells its owner, in order: `opened`, then `initSegment` where needed before `chunk`, at last `ended`.
public enum PackagerEvent: Sendable {
    /// The publisher's media is known and will be packaged.
    case opened(PublishedMedia)
    /// A header that differs from the stream's last one; the chunks after it need it.
    case initSegment(PackagedInit)
    /// The next chunk.
    case chunk(PackagedChunk)
    /// The session is over; the last event. The continuity is for the stream's next session.
    case ended(PackagerEnd, PackagerContinuity)
}

/// What a publisher sends.
public struct PublishedMedia: Sendable, Hashable {
    /// The picture.
    public struct Video: Sendable, Hashable, CustomStringConvertible {
        /// Codec as sent, by libav's name.
        public var codec: String
        /// True when it is decoded and encoded to H.264.
        public var isTranscoded: Bool
        /// Pixels; 0 when not known before decoding.
        public var width: Int
        /// Pixels; 0 when not known before decoding.
        public var height: Int
        /// Frames a second; 0 when unknown.
        public var frameRate: Double

        /// Codec, and size and rate as far as the container tells them.
        public var description: String {
            let size = width > 0 ? " \(width)x\(height)" : ""
            let rate = (frameRate * 100).rounded() / 100
            return codec + size + (rate > 0 ? " \(rate)/s" : "")
        }
    }

    /// The sound.
    public struct Audio: Sendable, Hashable, CustomStringConvertible {
        /// Codec as sent, by libav's name.
        public var codec: String
        /// True when it is decoded and encoded to AAC.
        public var isTranscoded: Bool
        /// Samples a second.
        public var sampleRate: Int
        /// Channels.
        public var channels: Int

        /// Codec, rate and channels.
        public var description: String { "\(codec) \(sampleRate) Hz \(channels) ch" }
    }

    /// How it is packed.
    public var container: Container
    /// The first picture track; nil for sound only.
    public var video: Video?
    /// The first sound track; nil without sound.
    public var audio: Audio?
}

/// The header of a stream's chunks.
public struct PackagedInit: Sendable, Hashable {
    /// ftyp and moov.
    public var bytes: [UInt8]
    /// RFC 6381 list for browsers, such as `avc1.42C01E,mp4a.40.2`.
    public var codecs: String
    /// Pixels; 0 without pictures.
    public var width: Int
    /// Pixels; 0 without pictures.
    public var height: Int
}

/// One CMAF fragment.
public struct PackagedChunk: Sendable, Hashable {
    /// moof and mdat.
    public var bytes: [UInt8]
    /// True when a player can begin here: the first picture is a sync sample, or there are no pictures in the stream.
    public var isKeyframe: Bool
    /// Decode time of the first picture, else of the first sound, on the broadcast clock in 90 kHz ticks.
    public var decodeTime: UInt64
    /// Duration of the pictures, else of the sound, in 90 kHz ticks.
    public var duration: UInt32
    /// True for the first chunk of a session and the first after a jump of the source's clock.
    public var isDiscontinuity: Bool
    /// Pictures, or sound frames where there are no pictures.
    public var frameCount: Int
}

/// Why a session ended.
public enum PackagerEnd: Sendable, Hashable, CustomStringConvertible {
    /// The publisher ended its request properly.
    case clean
    /// The connection broke off.
    case publisherLost
    /// The owner cancelled the session.
    case cancelled
    /// What was sent cannot be played; the message says why.
    case undecodable(String)
    /// Packaging failed on our side or at a limit; the message says why.
    case failed(String)

    /// The reason in words.
    public var description: String {
        switch self {
        case .clean: "the publisher ended the stream"
        case .publisherLost: "the connection to the publisher broke off"
        case .cancelled: "cancelled"
        case .undecodable(let message): "not decodable: \(message)"
        case .failed(let message): "failed: \(message)"
        }
    }
}
