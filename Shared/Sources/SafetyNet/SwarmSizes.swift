import CoreTypes

/// How many viewers the swarms have, as trackers tell with each heartbeat. Two trackers' swarms of one stream count
/// together. Bounded: trackers are configured, and of each the first `streamsMax` streams count.
public struct SwarmSizes: Sendable {
    /// Milliseconds after which a tracker that says nothing is taken for gone, and its swarms with it.
    public static let lifetimeMs: Int64 = 6_000
    /// Streams remembered of one tracker.
    public static let streamsMax = 4_096
    /// Viewers believed of one swarm.
    private static let peersMax = 1 << 32

    private var trackers: [Int: (heardAt: MonotonicInstant, peers: [String: Int])] = [:]

    /// Nobody has told anything yet.
    public init() {}

    /// Notes all swarms of a tracker, whose position in the configuration is `tracker`.
    public mutating func update(
        tracker: Int, swarms: some Sequence<(stream: String, peers: Int)>, now: MonotonicInstant
    ) {
        var peers: [String: Int] = [:]
        for swarm in swarms.prefix(Self.streamsMax) { peers[swarm.stream] = min(max(0, swarm.peers), Self.peersMax) }
        trackers[tracker] = (now, peers)
    }

    /// Viewers of a stream's swarms at all trackers that were heard of lately.
    public func peers(of stream: StreamName, now: MonotonicInstant) -> Int {
        let name = stream.description
        return trackers.values.reduce(0) { sum, tracker in
            now.milliseconds(since: tracker.heardAt) < Self.lifetimeMs ? sum + (tracker.peers[name] ?? 0) : sum
        }
    }
}
