/// The answer of `GET /tracker` of the coordinate.
public struct TrackerAssignment: Codable, Sendable {
    /// The tracker to join; nil when none is alive (status 503).
    public var tracker: Tracker?
    /// Forwards that have the stream or can fetch it, best first.
    public var forwards: [String]
    /// The region the viewer's address belongs to, or "".
    public var region: String
    /// Access token for `/stripe` and `/chunk` of the forwards, for viewers outside a swarm.
    public var token: String
    /// When the token ends, wall milliseconds.
    public var tokenExpiresAt: Int64

    /// A tracker as a viewer sees it.
    public struct Tracker: Codable, Sendable {
        /// Its name.
        public var name: String
        /// Its region, or "".
        public var region: String
        /// Its base URL.
        public var url: String
        /// `host:port` of its STUN server.
        public var stun: String?
        /// All fields.
        public init(name: String, region: String, url: String, stun: String?) {
            self.name = name
            self.region = region
            self.url = url
            self.stun = stun
        }
    }

    /// All fields.
    public init(tracker: Tracker?, forwards: [String], region: String, token: String, tokenExpiresAt: Int64) {
        self.tracker = tracker
        self.forwards = forwards
        self.region = region
        self.token = token
        self.tokenExpiresAt = tokenExpiresAt
    }
}
