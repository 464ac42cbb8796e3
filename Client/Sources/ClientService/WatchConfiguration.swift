import HTTPServer
import PeerCore

/// What `client watch` is asked to do.
public struct WatchConfiguration: Sendable {
    /// The stream.
    public var url: StreamURL
    /// Milliseconds from publication to release.
    public var bufferMs: Int64 = 3_000
    /// Milliseconds after which watching ends; nil for never.
    public var durationMs: Int64?
    /// Milliseconds to keep trying for a stream that is not there.
    public var waitMs: Int64 = 10_000
    /// Decode every frame.
    public var verifies = false
    /// File for the stream as fragmented MP4, "-" for stdout.
    public var output: String?
    /// File for the statistics as JSON lines, "-" for stdout.
    public var statistics: String?
    /// Address of the local server for players.
    public var serve: ListenAddress?
    /// How the viewer takes part in its swarm.
    public var peers = PeerOptions()
    /// PEM file of the authorities to trust.
    public var certificateAuthorityFile: String?
    /// The machine's own address that the cluster is called from; nil for the one that the kernel chooses.
    public var localAddress: String?

    /// The defaults, for `url`.
    public init(url: StreamURL) { self.url = url }
}

/// How a viewer takes part in its swarm.
public struct PeerOptions: Sendable {
    /// What it sends to others.
    public enum Upload: Sendable, Equatable {
        /// As much as the uplink turns out to carry; two children to begin with.
        case automatic
        /// At most so many bits a second; 0 for nothing at all.
        case bitsPerSecond(Int)
    }

    /// Take pieces from viewers, and pass them on.
    public var usesPeers = true
    /// What it sends to others.
    public var upload = Upload.automatic
    /// Connect through relays only.
    public var usesRelayOnly = false
    /// Milliseconds by which links hold every datagram back, for tests.
    public var delayMs: Int64 = 0
    /// Probability that a link loses a datagram, for tests.
    public var loss = 0.0
    /// What all links together carry, for tests; nil for no limit.
    public var rate: LinkRate?
    /// What it does wrong, for tests.
    public var misbehaviour: Misbehaviour?

    /// The defaults.
    public init() {}

    /// A narrow uplink.
    public struct LinkRate: Sendable, Hashable {
        /// Bits a second.
        public var bitsPerSecond: Int
        /// Milliseconds after the first link was made from which on it is narrow.
        public var afterMs: Int64

        /// Both.
        public init(_ bitsPerSecond: Int, afterMs: Int64) {
            self.bitsPerSecond = bitsPerSecond
            self.afterMs = afterMs
        }
    }

    /// How many children can be fed with a stream of `bitrate` (0: unknown), before anything is measured: 80 % of the
    /// upload, in units of a stripe, and no more than anybody begins with.
    func startCapacity(bitrate: Int, stripes: Int) -> Int {
        guard usesPeers else { return 0 }
        switch upload {
        case .automatic: return UplinkMeter.start
        case .bitsPerSecond(let rate):
            guard bitrate > 0 else { return rate > 0 ? UplinkMeter.start : 0 }
            return min(UplinkMeter.start, Int(Double(rate) * 0.8) / max(1, bitrate / max(1, stripes)))
        }
    }
}
