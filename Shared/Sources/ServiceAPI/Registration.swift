/// What a tracker tells the coordinate with `POST /tracker` (register) and `PUT /tracker` (heartbeat).
public struct TrackerRegistration: Codable, Sendable {
    /// Unique name of the tracker in the cluster.
    public var name: String
    /// Its region, or "" for none.
    public var region: String
    /// Where viewers reach it.
    public var urls: [AdvertisedURL]
    /// `host:port` of its STUN server, or nil; an unspecified host as in `AdvertisedURL`.
    public var stun: String?
    /// Peers it serves.
    public var peers: Int
    /// Most peers it takes.
    public var peersMax: Int
    /// Its swarms.
    public var swarms: [SwarmReport]
    /// The forwards that registered with it.
    public var forwards: [ForwardRegistration]

    /// All fields.
    public init(
        name: String, region: String, urls: [AdvertisedURL], stun: String?, peers: Int, peersMax: Int,
        swarms: [SwarmReport], forwards: [ForwardRegistration]
    ) {
        self.name = name
        self.region = region
        self.urls = urls
        self.stun = stun
        self.peers = peers
        self.peersMax = peersMax
        self.swarms = swarms
        self.forwards = forwards
    }
}

/// One swarm in a tracker's heartbeat.
public struct SwarmReport: Codable, Sendable {
    /// The stream.
    public var stream: String
    /// Viewers in the swarm.
    public var peers: Int
    /// Those among them that get a stripe from a forward, which counts them as well; nil for unknown.
    public var roots: Int?
    /// Media bytes viewers received from viewers since the last heartbeat.
    public var bytesFromPeers: UInt64
    /// Media bytes viewers received from forwards since the last heartbeat.
    public var bytesFromForwards: UInt64

    /// All fields.
    public init(
        stream: String, peers: Int, roots: Int? = nil, bytesFromPeers: UInt64, bytesFromForwards: UInt64
    ) {
        self.stream = stream
        self.peers = peers
        self.roots = roots
        self.bytesFromPeers = bytesFromPeers
        self.bytesFromForwards = bytesFromForwards
    }
}

/// What a forward tells trackers, and its upstreams, with `POST|PUT /forward`.
public struct ForwardRegistration: Codable, Sendable {
    /// 32 hexadecimal digits, new with each start of the process.
    public var id: String
    /// Unique name of the forward in the cluster.
    public var name: String
    /// Its region, or "" for none.
    public var region: String
    /// Where viewers reach it.
    public var urls: [AdvertisedURL]
    /// Its load.
    public var load: LoadReport

    /// All fields.
    public init(id: String, name: String, region: String, urls: [AdvertisedURL], load: LoadReport) {
        self.id = id
        self.name = name
        self.region = region
        self.urls = urls
        self.load = load
    }
}

/// The answer of `GET /load` of a forward.
public struct LoadReport: Codable, Sendable {
    /// Endless answers to viewers under way.
    public var viewers: Int
    /// Most of them.
    public var viewersMax: Int
    /// Bits a second sent, over the last seconds.
    public var egressBitsPerSecond: Int
    /// Most of them; 0 for no limit.
    public var egressBitsPerSecondMax: Int
    /// Streams held, with their viewers here.
    public var streams: [StreamLoad]

    /// All fields.
    public init(
        viewers: Int, viewersMax: Int, egressBitsPerSecond: Int, egressBitsPerSecondMax: Int, streams: [StreamLoad]
    ) {
        self.viewers = viewers
        self.viewersMax = viewersMax
        self.egressBitsPerSecond = egressBitsPerSecond
        self.egressBitsPerSecondMax = egressBitsPerSecondMax
        self.streams = streams
    }
}

/// One stream at a forward.
public struct StreamLoad: Codable, Sendable {
    /// The stream.
    public var stream: String
    /// Endless answers to viewers of it.
    public var viewers: Int
    /// All fields.
    public init(stream: String, viewers: Int) {
        self.stream = stream
        self.viewers = viewers
    }
}

/// The answer to a registration or heartbeat of a forward.
public struct ForwardRegistrationAnswer: Codable, Sendable {
    /// "ok".
    public var status: String
    /// The tracker's swarms, for the sizes of the forward's pools; nil from a coordinate.
    public var swarms: [SwarmSize]?

    /// All fields.
    public init(status: String = "ok", swarms: [SwarmSize]?) {
        self.status = status
        self.swarms = swarms
    }
}

/// How many viewers a swarm has.
public struct SwarmSize: Codable, Hashable, Sendable {
    /// The stream.
    public var stream: String
    /// Viewers in the swarm.
    public var peers: Int

    /// All fields.
    public init(stream: String, peers: Int) {
        self.stream = stream
        self.peers = peers
    }
}
