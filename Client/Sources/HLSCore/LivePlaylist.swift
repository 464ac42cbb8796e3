/// The segments of a live HLS playlist (RFC 8216), in memory: whole groups of at least a second, cut at keyframes. The
/// last ten are listed; thirty more are kept for players that lag. Pure; the bytes live here because they go with it.
public struct LivePlaylist: Sendable {
    /// A finished segment.
    public struct Segment: Sendable {
        /// Its number, from 0.
        public let number: Int
        /// Which init it needs.
        public let generation: Int
        /// How long it plays, in milliseconds.
        public let durationMs: Int64
        /// Concatenated fragments.
        public let bytes: [UInt8]
    }

    /// How much is listed, kept and collected.
    public struct Limits: Hashable, Sendable {
        /// Segments in the playlist.
        public var listed = 10
        /// Segments that can still be fetched.
        public var kept = 40
        /// Segments are not shorter than this, in milliseconds.
        public var segmentMs: Int64 = 1_000
        /// A segment without another keyframe ends here, in bytes: the stream is not made for HLS then.
        public var segmentBytesMax = 16 << 20
        /// All segments together, in bytes.
        public var bytesMax = 128 << 20
        /// The defaults.
        public init() {}
    }

    private let limits: Limits
    private var segments: [Segment] = []
    private var inits: [(generation: Int, bytes: [UInt8])] = []
    private var generation = -1
    private var pending: [UInt8] = []
    private var pendingMs: Int64 = 0
    private var next = 0
    private var longestMs: Int64 = 0

    /// An empty playlist.
    public init(limits: Limits = Limits()) { self.limits = limits }

    /// Segments that can be fetched.
    public var count: Int { segments.count }

    /// Another init is in use from the next fragment on; what was collected becomes a segment.
    public mutating func begin(initSegment: [UInt8]) {
        closeSegment()
        generation += 1
        inits.append((generation, initSegment))
        dropOldest()
    }

    /// Adds a fragment (moof + mdat) that plays `durationMs`.
    public mutating func append(_ fragment: [UInt8], durationMs: Int64, isKeyframe: Bool) {
        guard generation >= 0 else { return }
        if isKeyframe, pendingMs >= limits.segmentMs { closeSegment() }
        guard !pending.isEmpty || isKeyframe else { return }
        if pending.count + fragment.count > limits.segmentBytesMax { closeSegment() }
        pending.append(contentsOf: fragment)
        pendingMs += max(0, durationMs)
    }

    /// The init of a generation; nil when no segment needs it any more.
    public func initSegment(_ generation: Int) -> [UInt8]? { inits.first { $0.generation == generation }?.bytes }

    /// A segment by number; nil when it is gone or not there yet.
    public func segment(_ number: Int) -> Segment? { segments.first { $0.number == number } }

    /// The media playlist; nil until there is a segment.
    public var text: String? {
        let listed = segments.suffix(limits.listed)
        guard let first = listed.first else { return nil }
        var lines = [
            "#EXTM3U", "#EXT-X-VERSION:7",
            // Never shorter than any segment so far: it must not change much while players read it (RFC 8216 §4.3.3.1).
            "#EXT-X-TARGETDURATION:\(max(1, (longestMs + 500) / 1_000))",
            "#EXT-X-MEDIA-SEQUENCE:\(first.number)",
            "#EXT-X-DISCONTINUITY-SEQUENCE:\(first.generation)", "#EXT-X-INDEPENDENT-SEGMENTS",
        ]
        var generation: Int?
        for segment in listed {
            if segment.generation != generation {
                if generation != nil { lines.append("#EXT-X-DISCONTINUITY") }
                lines.append("#EXT-X-MAP:URI=\"init-\(segment.generation).mp4\"")
                generation = segment.generation
            }
            lines.append("#EXTINF:\(Self.seconds(segment.durationMs)),")
            lines.append("segment-\(segment.number).m4s")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private mutating func closeSegment() {
        guard !pending.isEmpty else { return }
        segments.append(Segment(number: next, generation: generation, durationMs: pendingMs, bytes: pending))
        next += 1
        longestMs = max(longestMs, pendingMs)
        pending = []
        pendingMs = 0
        dropOldest()
    }

    private mutating func dropOldest() {
        var bytes = segments.reduce(0) { $0 + $1.bytes.count }
        while segments.count > limits.kept || (bytes > limits.bytesMax && segments.count > 1) {
            bytes -= segments.removeFirst().bytes.count
        }
        let oldest = segments.first?.generation ?? generation
        inits.removeAll { $0.generation < oldest }
    }

    /// Milliseconds as seconds with three places, in any locale.
    static func seconds(_ ms: Int64) -> String {
        let places = String(ms % 1_000)
        return "\(ms / 1_000)." + String(repeating: "0", count: 3 - places.count) + places
    }
}
