import CoreTypes

/// One line of `--stats`: everything a viewer measured up to now. The names are the contract's.
public struct PlayoutStatistics: Codable, Hashable, Sendable {
    /// Percentiles in milliseconds; absent before anything was released by the clock.
    public struct Percentiles: Codable, Hashable, Sendable {
        /// Half of the chunks were released within this time.
        public var p50: Int64?
        /// 95 % were.
        public var p95: Int64?
        /// 99 % were.
        public var p99: Int64?

        /// Of a histogram.
        public init(_ histogram: LatencyHistogram) {
            p50 = histogram.percentile(0.5)
            p95 = histogram.percentile(0.95)
            p99 = histogram.percentile(0.99)
        }
    }

    /// Who sends a stripe.
    public struct Parent: Codable, Hashable, Sendable {
        /// The stripe.
        public var stripe: Int
        /// URL of the forward.
        public var forward: String?
        /// Id of the viewer.
        public var peer: String?

        /// Who sends `stripe`: a forward or a viewer.
        public init(stripe: Int, forward: String? = nil, peer: String? = nil) {
            self.stripe = stripe
            self.forward = forward
            self.peer = peer
        }
    }

    /// Wall time of this machine.
    public var time: Int64 = 0
    /// Milliseconds since the start.
    public var elapsedMs: Int64 = 0
    /// True in the last line only.
    public var final = false
    /// The stream.
    public var stream = ""
    /// Id of this viewer in its swarm; absent outside one.
    public var peer: String?
    /// live, waiting or ended, as last heard.
    public var state = "waiting"
    /// Number of the newest chunk released; 0 before the first.
    public var sequence: UInt64 = 0
    /// Media bytes (pieces) from viewers.
    public var bytesFromPeers: UInt64 = 0
    /// Media bytes (pieces) from forwards.
    public var bytesFromForwards: UInt64 = 0
    /// Share of media bytes from viewers, 0…1.
    public var offload = 0.0
    /// Chunks whose time came.
    public var chunksDue: UInt64 = 0
    /// Of these, whole in time.
    public var chunksOnTime: UInt64 = 0
    /// Of these, whole too late.
    public var chunksLate: UInt64 = 0
    /// Of these, never whole.
    public var chunksMissing: UInt64 = 0
    /// On time, but of no use without an earlier chunk of the group.
    public var chunksSkipped: UInt64 = 0
    /// Played without fault ÷ due; 0 before anything was played.
    public var continuity = 0.0
    /// On time, but no output could take them: malformed, or without the init that their manifests name.
    public var chunksUnplayable: UInt64 = 0
    /// Start → first decoded frame (with `--verify`) or first release; absent before.
    public var startupMs: Int64?
    /// Publication → release.
    public var latencyMs = Percentiles(LatencyHistogram())
    /// Publication → last piece verified, of chunks published since the start.
    public var arrivalMs = Percentiles(LatencyHistogram())
    /// Uncertainty of the coordinate's clock; absent when the coordinate did not tell the time.
    public var clockErrorMs: Double?
    /// Pauses over 100 ms although the stream published.
    public var stalls: UInt64 = 0
    /// Their length.
    public var stallMs: Int64 = 0
    /// Time without publisher.
    public var publisherGapMs: Int64 = 0
    /// Parents lost and replaced.
    public var repairs: UInt64 = 0
    /// Time from the loss to the first data of the next parent, summed.
    public var repairMs: Int64 = 0
    /// Pieces asked for one by one, of viewers or forwards.
    public var piecesRequested: UInt64 = 0
    /// Who sends each stripe now.
    public var parents: [Parent] = []
    /// Viewers that get a stripe from here.
    public var children = 0
    /// Viewers that can be fed, as the tracker is told; 0 ... 8.
    public var capacity = 0
    /// Viewers between a forward and here, this one included; 0 outside a swarm.
    public var depth = 0
    /// Bytes sent to viewers.
    public var uploadBytes: UInt64 = 0
    /// Pieces dropped because they would have come too late for a child.
    public var dropsForChildren: UInt64 = 0
    /// Bytes of the chunks that became whole.
    public var mediaBytes: UInt64 = 0
    /// Media bytes received that were here already, or too late.
    public var bytesUseless: UInt64 = 0
    /// Bytes of manifests, inits and headers received.
    public var overheadBytes: UInt64 = 0
    /// Open links to viewers.
    public var links = 0
    /// Pieces and manifests that no honest sender sends.
    public var badPieces: UInt64 = 0
    /// Connections to forwards that were opened after the first.
    public var reconnects: UInt64 = 0
    /// Pictures decoded; absent without `--verify`.
    public var framesDecoded: UInt64?
    /// What a decoder complained about; absent without `--verify`.
    public var decodeErrors: UInt64?

    /// Nothing measured yet.
    public init() {}

    /// Takes over what a buffer counted.
    /// - Parameters:
    ///   - counters: what happened to the chunks that were due.
    ///   - unplayable: how many of those that were on time no output could take.
    public mutating func take(_ counters: PlayoutCounters, unplayable: UInt64) {
        chunksDue = counters.due
        chunksOnTime = counters.onTime
        chunksLate = counters.late
        chunksMissing = counters.missing
        chunksSkipped = counters.skipped
        chunksUnplayable = unplayable
        let played = counters.onTime - min(counters.onTime, unplayable)
        continuity = counters.due > 0 ? Double(played) / Double(counters.due) : sequence > 0 && unplayable == 0 ? 1 : 0
        stalls = counters.stalls
        stallMs = counters.stallMs
        publisherGapMs = counters.publisherGapMs
    }
}
