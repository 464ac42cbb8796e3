import CoreTypes
import HTTPServer
import ServiceAPI

/// What a forward is started with.
public struct ForwardConfiguration: Sendable {
    /// Base URLs to pull from, in order of preference.
    public var upstreams: [ServiceURL] = []
    /// Base URLs of trackers to register with.
    public var trackers: [ServiceURL] = []
    /// Where publishers near this forward may push; empty for nowhere.
    public var ingest: [ListenAddress] = []
    /// The cluster's secret.
    public var secret = ""
    /// Unique name in the cluster.
    public var name = ""
    /// Region, or "".
    public var region = ""
    /// Most endless answers to viewers.
    public var viewersMax = 10_000
    /// Most bits a second sent to viewers; 0 for no limit.
    public var egressBitsPerSecondMax = 0
    /// Milliseconds of each stream that are kept.
    public var windowMs: Int64 = 30_000
    /// Fan-out threads.
    public var fanOutThreads = 1
    /// Least milliseconds between two passes of a fan-out thread.
    public var passIntervalMs = 20
    /// Most streams at once.
    public var streamsMax = 256
    /// Most names at once of which no upstream has said yet that they are streams, and of them those that one client
    /// may ask for: anybody can ask for any name.
    public var unconfirmedMax = 256, unconfirmedPerClientMax = 8
    /// Milliseconds a stream is still pulled after its last viewer left.
    public var lingerMs: Int64 = 30_000

    /// The defaults.
    public init() {}
}
