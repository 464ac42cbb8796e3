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
    /// Most viewers.
    public var peersMax = 100_000

    /// The defaults.
    public init() {}
}
