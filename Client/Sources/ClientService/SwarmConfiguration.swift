/// What `client swarm` is asked to do.
public struct SwarmConfiguration: Sendable {
    /// The stream.
    public var url: StreamURL
    /// Viewers.
    public var peers = 10
    /// Viewers that join each second.
    public var arrivalsPerSecond = 10.0
    /// How long a viewer watches on average before another takes its place, in milliseconds; nil for ever.
    public var lifetimeMs: Int64?
    /// Where chance comes from.
    public var seed: UInt64 = 1
    /// Milliseconds from publication to release.
    public var bufferMs: Int64 = 3_000
    /// Milliseconds after which it ends; nil for never.
    public var durationMs: Int64?
    /// Milliseconds to keep trying for a stream that is not there.
    public var waitMs: Int64 = 10_000
    /// Decode every frame of every viewer.
    public var verifies = false
    /// File for the statistics as JSON lines, "-" for stdout.
    public var statistics: String?
    /// How each takes part.
    public var options = PeerOptions()
    /// PEM file of the authorities to trust.
    public var certificateAuthorityFile: String?
    /// The machine's own address that the cluster is called from; nil for the one that the kernel chooses.
    public var localAddress: String?

    /// The defaults, for `url`.
    public init(url: StreamURL) { self.url = url }
}
