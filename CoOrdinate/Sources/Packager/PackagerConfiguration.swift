import IngestCore

/// How a publisher's media is packaged.
public struct PackagerConfiguration: Sendable {
    /// Length and size of chunks.
    public var limits: ChunkCutter.Limits
    /// Bytes a publisher may send without anything playable coming of it; then the session ends. 8 MiB by default.
    public var fruitlessBytesMax: UInt64
    /// Name of the session's thread.
    public var threadName: String

    /// The usual configuration: chunks of 200 ms and at most 4 MiB.
    public init(
        limits: ChunkCutter.Limits = ChunkCutter.Limits(), fruitlessBytesMax: UInt64 = 8 << 20,
        threadName: String = "packager"
    ) {
        self.limits = limits
        self.fruitlessBytesMax = fruitlessBytesMax
        self.threadName = threadName
    }
}

/// What one session hands to the next of the same stream, so that viewers see one unbroken stream.
public struct PackagerContinuity: Sendable, Hashable {
    /// Where the next chunk's decode time belongs, 90 kHz.
    public var nextDecodeTime: Int64
    /// Where the sound that is already written ends, 90 kHz.
    public var soundEnd: Int64
    /// The init segment in force; empty before the first.
    public var initSegment: [UInt8]

    /// The state of a stream that has never been published.
    public static let fresh = PackagerContinuity(nextDecodeTime: BroadcastTime.start, soundEnd: 0, initSegment: [])

    /// Restores what an earlier session handed over.
    public init(nextDecodeTime: Int64, soundEnd: Int64, initSegment: [UInt8]) {
        self.nextDecodeTime = nextDecodeTime
        self.soundEnd = soundEnd
        self.initSegment = initSegment
    }
}

/// Counters of one session.
public struct PackagerStatistics: Sendable, Hashable {
    /// Bytes taken from the queue's writer so far.
    public var bytesIn: UInt64 = 0
    /// Coded frames read from the container.
    public var packetsIn = 0
    /// Coded frames left out: before the first keyframe, damaged sound, times already taken.
    public var packetsDropped = 0
    /// Coded frames that the container marked as damaged.
    public var packetsCorrupt = 0
    /// Errors of the demuxer and, when transcoding, of the decoders.
    public var errors = 0
    /// Jumps of the source's clock.
    public var jumps = 0
    /// Chunks emitted.
    public var chunks = 0
    /// True when a track is decoded and encoded again.
    public var isTranscoding = false
    /// Milliseconds from the first byte until the tracks were known.
    public var probeMs = 0

    /// Nothing counted.
    public init() {}
}
