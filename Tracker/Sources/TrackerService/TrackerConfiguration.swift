import HTTPServer
import ServiceAPI

/// What a tracker is started with.
public struct TrackerConfiguration: Sendable {
    /// Base URLs of the coordinates to register with.
    public var coordinates: [ServiceURL] = []
    /// The cluster's secret.
    public var secret = ""
    /// Unique name in the cluster.
    public var name = ""
    /// Region, or "".
    public var region = ""
    /// UDP addresses of the STUN server; empty for none.
    public var stun: [ListenAddress] = []
    /// True when nobody chose them: a port in use is then no reason not to start.
    public var isStunOptional = false
    /// Most viewers.
    public var peersMax = 100_000

    /// The defaults.
    public init() {}
}
