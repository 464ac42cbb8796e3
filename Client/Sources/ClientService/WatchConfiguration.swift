import HTTPServer

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
    /// PEM file of the authorities to trust.
    public var certificateAuthorityFile: String?

    /// The defaults, for `url`.
    public init(url: StreamURL) { self.url = url }
}
