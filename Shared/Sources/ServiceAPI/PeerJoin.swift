import CoreTypes

/// What a viewer's NAT lets through, as it measured with STUN (RFC 5780) or guesses.
public enum NATClass: String, Codable, Hashable, Sendable, CaseIterable {
    /// A public address, or a NAT that lets everybody in.
    case open
    /// One mapping for all destinations: whoever both sides try to reach is let in.
    case cone
    /// Another mapping for each destination: reached by `open` ones only, or through a relay.
    case symmetric
    /// No UDP at all.
    case blocked
    /// Not measured.
    case unknown
}

/// What kind of program a viewer is; for display only.
public enum PeerAgent: String, Codable, Hashable, Sendable, CaseIterable {
    /// A page.
    case browser
    /// A program of its own.
    case native
}

/// The body of `POST /peers`.
public struct PeerJoin: Codable, Sendable {
    /// The version of this protocol.
    public static let version = 1
    /// The one kind of link there is.
    public static let webRTC = "webrtc"
    /// Most children a viewer may offer to feed.
    public static let capacityMax = 8

    /// The stream.
    public var stream: String
    /// How many children the viewer can feed, 0 ... 8.
    public var capacity: Int
    /// What its NAT lets through.
    public var nat: NATClass
    /// Kinds of links it can make.
    public var transports: [String]
    /// The version of the protocol it speaks.
    public var version: Int
    /// What it is; nil when it does not say.
    public var agent: PeerAgent?
    /// The place it had at this tracker before a restart, or at another one.
    public var resume: PeerResume?

    private enum CodingKeys: String, CodingKey {
        case stream, capacity, nat, transports, version, agent, resume
    }

    /// A join of the current version, over WebRTC.
    public init(
        stream: String, capacity: Int, nat: NATClass = .unknown, agent: PeerAgent? = nil, resume: PeerResume? = nil
    ) {
        self.stream = stream
        self.capacity = capacity
        self.nat = nat
        transports = [Self.webRTC]
        version = Self.version
        self.agent = agent
        self.resume = resume
    }

    /// Reads a join. Without `nat` that is unknown, without `transports` it is WebRTC, without `version` the current one.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        stream = try container.decode(String.self, forKey: .stream)
        capacity = try container.decode(Int.self, forKey: .capacity)
        // A class that is not known here says as much as none.
        nat = try container.decodeIfPresent(String.self, forKey: .nat).flatMap(NATClass.init(rawValue:)) ?? .unknown
        transports = try container.decodeIfPresent([String].self, forKey: .transports) ?? [Self.webRTC]
        version = try container.decodeIfPresent(Int.self, forKey: .version) ?? Self.version
        // So does a kind that is not known here.
        agent = try container.decodeIfPresent(String.self, forKey: .agent).flatMap(PeerAgent.init(rawValue:))
        resume = try container.decodeIfPresent(PeerResume.self, forKey: .resume)
    }
}

/// RESUME: what a viewer still has of a place that its tracker may have forgotten.
public struct PeerResume: Codable, Hashable, Sendable {
    /// Its id.
    public var id: RandomID
    /// Its token, which proves that a tracker of the cluster gave it that id; good for a while after it expired.
    public var token: String
    /// The stripe that it passes on, if any.
    public var role: Int?
    /// Its depth in the stripe of its role, or the greatest it has.
    public var depth: Int?
    /// Who sends it the stripes.
    public var parents: [ParentDescription]
    /// Whom it feeds.
    public var children: [ChildDescription]?

    /// All fields.
    public init(
        id: RandomID, token: String, role: Int?, depth: Int?, parents: [ParentDescription],
        children: [ChildDescription]? = nil
    ) {
        self.id = id
        self.token = token
        self.role = role
        self.depth = depth
        self.parents = parents
        self.children = children
    }
}

/// PLACE: the answer of `POST /peers`, and the data of a `resync` event.
public struct PeerPlace: Codable, Sendable {
    /// The viewer's id.
    public var id: RandomID
    /// Opens the viewer's paths at the tracker, and stripes and chunks at the forwards.
    public var token: String
    /// When the token ends, wall milliseconds; reports and `parent` events bring a new one.
    public var tokenExpiresAt: Int64
    /// Where its events are: a path at the tracker's base URL.
    public var events: String
    /// The stripe that it passes on; nil when it passes none on.
    public var role: Int?
    /// Who sends it the stripes, one entry for each.
    public var parents: [ParentDescription]
    /// To whom it sends the stripe of its role.
    public var children: [ChildDescription]
    /// STUN servers for ICE.
    public var ice: [ICEServer]
    /// Base URLs of the tracker's forwards that the viewer can use.
    public var forwards: [String]
    /// base64 of the stream's key as the coordinate told it, "" when that could not be asked. For display only.
    public var publicKey: String

    /// All fields.
    public init(
        id: RandomID, token: String, tokenExpiresAt: Int64, events: String, role: Int?, parents: [ParentDescription],
        children: [ChildDescription], ice: [ICEServer], forwards: [String], publicKey: String
    ) {
        self.id = id
        self.token = token
        self.tokenExpiresAt = tokenExpiresAt
        self.events = events
        self.role = role
        self.parents = parents
        self.children = children
        self.ice = ice
        self.forwards = forwards
        self.publicKey = publicKey
    }
}

/// A server for ICE, as `RTCPeerConnection` takes it.
public struct ICEServer: Codable, Hashable, Sendable {
    /// URLs such as `stun:192.0.2.1:3478` (RFC 7064).
    public var urls: [String]
    /// Wraps URLs.
    public init(urls: [String]) { self.urls = urls }
}
