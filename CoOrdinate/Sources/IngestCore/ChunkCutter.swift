/// Decides where chunks end: before every keyframe, else when the target length is reached, and never above a size.
///
/// With pictures in the stream their times alone count and sound rides along; only when pictures stop coming does sound
/// make chunks of its own, so that the muxer's memory stays bounded. Times are 90 kHz broadcast ticks.
public struct ChunkCutter: Sendable {
    /// Limits of a chunk.
    public struct Limits: Sendable, Hashable {
        /// Length to aim for, in milliseconds.
        public var targetMs: Int
        /// Payload above which a chunk is cut early, in bytes.
        public var bytesMax: Int

        /// What a chunk's payload may have at most, so that it fits into 4 MiB with its header.
        public static let standardBytesMax = (4 << 20) - (64 << 10)

        /// 200 ms and just under 4 MiB, unless said otherwise.
        public init(targetMs: Int = 200, bytesMax: Int = Limits.standardBytesMax) {
            self.targetMs = targetMs.clamped(to: 20...10_000)
            self.bytesMax = max(1, bytesMax)
        }
    }

    /// One sample that is about to be written.
    public struct Sample: Sendable {
        /// True for a picture.
        public var isVideo: Bool
        /// True for a picture at which decoding can start.
        public var isKeyframe: Bool
        /// Decode time.
        public var start: Int64
        /// Decode time and duration.
        public var end: Int64
        /// Size of the payload.
        public var byteCount: Int

        /// Describes a sample.
        public init(isVideo: Bool, isKeyframe: Bool, start: Int64, end: Int64, byteCount: Int) {
            self.isVideo = isVideo
            self.isKeyframe = isKeyframe
            self.start = start
            self.end = end
            self.byteCount = byteCount
        }
    }

    /// What to do around writing a sample.
    public struct Decision: Sendable, Hashable {
        /// End the chunk before the sample.
        public var cutsBefore: Bool
        /// End the chunk after it.
        public var cutsAfter: Bool
    }

    /// A single sample above the limit on a chunk.
    public struct SampleTooLarge: Error, Sendable, Hashable, CustomStringConvertible {
        /// Its size.
        public let byteCount: Int
        /// The limit on a chunk.
        public let bytesMax: Int
        /// What is wrong and what to do.
        public var description: String {
            "one frame has \(byteCount) bytes, a chunk at most \(bytesMax); lower the publisher's bit rate or size"
        }
    }

    /// Early by this much is on target: half a frame at 100 frames a second, which rounding of clocks needs.
    static let slack = BroadcastTime.ticks(milliseconds: 5)

    private struct Extent: Sendable {
        var start: Int64
        var end: Int64
        mutating func add(_ sample: Sample) { end = max(end, sample.end) }
    }

    private let limits: Limits
    private let hasVideo: Bool
    private var all: Extent?
    private var pictures: Extent?
    private var bytes = 0

    /// A cutter for a stream with or without pictures.
    public init(_ limits: Limits, hasVideo: Bool) {
        self.limits = limits
        self.hasVideo = hasVideo
    }

    /// Takes the next sample into account. The caller then follows the decision in full.
    public mutating func add(_ sample: Sample) throws(SampleTooLarge) -> Decision {
        guard sample.byteCount <= limits.bytesMax else {
            throw SampleTooLarge(byteCount: sample.byteCount, bytesMax: limits.bytesMax)
        }
        let startsGroup = sample.isVideo && sample.isKeyframe && pictures != nil
        let cutsBefore = startsGroup || (bytes > 0 && bytes + sample.byteCount > limits.bytesMax)
        if cutsBefore { reset() }
        extend(with: sample)
        let cutsAfter = isFull
        if cutsAfter { reset() }
        return Decision(cutsBefore: cutsBefore, cutsAfter: cutsAfter)
    }

    /// Starts anew after a cut that the caller made for a reason of its own.
    public mutating func reset() {
        all = nil
        pictures = nil
        bytes = 0
    }

    private mutating func extend(with sample: Sample) {
        bytes += sample.byteCount
        all = all ?? Extent(start: sample.start, end: sample.end)
        all?.add(sample)
        guard sample.isVideo else { return }
        pictures = pictures ?? Extent(start: sample.start, end: sample.end)
        pictures?.add(sample)
    }

    private var isFull: Bool {
        let target = BroadcastTime.ticks(milliseconds: limits.targetMs)
        if let paced = hasVideo ? pictures : all, paced.end &- paced.start >= target - Self.slack { return true }
        guard hasVideo, let all else { return false }
        // Pictures have stopped: patience of three chunks, at least a second.
        return all.end &- all.start >= max(BroadcastTime.ticks(milliseconds: 1000), 3 * target)
    }
}
