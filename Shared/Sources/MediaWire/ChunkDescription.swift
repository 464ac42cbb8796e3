import CoreTypes

/// What the manifests of all stripes say alike about one chunk.
public struct ChunkDescription: Hashable, Sendable {
    /// Marks of a chunk. Bits that this version does not know are kept, so that the signature still fits.
    public struct Flags: OptionSet, Hashable, Sendable {
        /// The byte on the wire.
        public let rawValue: UInt8

        /// Wraps the byte on the wire.
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// The chunk starts a group: a decoder can begin here.
        public static let keyframe = Flags(rawValue: 1)
        /// The first chunk of a session, or after a jump of the media time.
        public static let discontinuity = Flags(rawValue: 2)
    }

    /// The broadcast it belongs to.
    public let stream: StreamName
    /// Its number: 1 to 2^53 - 1, never going back within a stream.
    public let sequence: UInt64
    /// The number of the chunk before it, so that a gap in the numbers is told from a loss; 0 when there is none.
    public let previousSequence: UInt64
    /// The publisher connection: a number below 2^53 that rises with each session.
    public let session: UInt64
    /// Marks.
    public let flags: Flags
    /// The init segment that decodes it.
    public let initHash: ShortHash
    /// When the chunk closed, by the coordinate's clock.
    public let publishedAt: WallMilliseconds
    /// Media time of its first sample within the session, in 1/90,000 s, below 2^53.
    public let decodeTime: UInt64
    /// How long it plays, in 1/90,000 s.
    public let duration: UInt32

    /// Checks and wraps the description of a chunk. Throws `WireError.outOfRange`.
    public init(
        stream: StreamName, sequence: UInt64, previousSequence: UInt64, session: UInt64, flags: Flags,
        initHash: ShortHash, publishedAt: WallMilliseconds, decodeTime: UInt64, duration: UInt32
    ) throws(WireError) {
        let any = 0...WireLimits.integerMax
        self.stream = stream
        self.sequence = try checked(sequence, "sequence", in: 1...WireLimits.integerMax)
        self.previousSequence = try checked(previousSequence, "previousSequence", in: 0...(sequence - 1))
        self.session = try checked(session, "session", in: any)
        self.flags = flags
        self.initHash = initHash
        self.publishedAt = WallMilliseconds(
            try checked(UInt64(bitPattern: publishedAt), "publishedAt", in: any))
        self.decodeTime = try checked(decodeTime, "decodeTime", in: any)
        self.duration = duration
    }
}
