import CoreTypes

/// A tracker as the assignment sees it.
public struct TrackerCandidate: Sendable {
    /// Its name, unique.
    public let name: String
    /// Its region, or "".
    public let region: String
    /// Where it is, when that is known.
    public let place: GeoPoint?
    /// Peers it serves and may serve.
    public let peers: Int, peersMax: Int

    /// A candidate.
    public init(name: String, region: String, place: GeoPoint?, peers: Int, peersMax: Int) {
        self.name = name
        self.region = region
        self.place = place
        self.peers = peers
        self.peersMax = peersMax
    }

    /// Used share of its places, 0…; a tracker without places counts as full.
    var load: Double { peersMax > 0 ? Double(peers) / Double(peersMax) : 1 }
}

/// Chooses the tracker near a viewer: the region of its address by the rules, else the nearest region by distance,
/// and in it the least loaded tracker; when all of a region are dead or full, the next nearest region.
public struct Assigner: Sendable {
    /// The rules.
    public let regions: RegionTable

    /// An assigner by the given rules.
    public init(regions: RegionTable) { self.regions = regions }

    /// What was chosen.
    public struct Choice: Equatable, Sendable {
        /// The tracker's name.
        public let tracker: String
        /// The viewer's own region, by rule or by distance; "" when neither says.
        public let region: String
    }

    /// The viewer's region: by rule, or "" when no rule holds its address.
    public func region(of client: IPAddress) -> String { regions.region(of: client) ?? "" }

    /// The best of `candidates` (all alive) for a client; nil when none has room. `place` is where the client is, when
    /// that is known.
    public func assign(_ client: IPAddress, place: GeoPoint?, among candidates: [TrackerCandidate]) -> Choice? {
        let own = regions.region(of: client)
        let origin = own.flatMap { location(of: $0, candidates) } ?? place
        let ranked = candidates.filter { $0.peers < $0.peersMax }.map { candidate in
            (candidate: candidate, distance: distance(from: origin, own: own, to: candidate, candidates))
        }
        let best = ranked.min { left, right in
            (left.distance, left.candidate.load, left.candidate.name)
                < (right.distance, right.candidate.load, right.candidate.name)
        }
        guard let best else { return nil }
        let isNear = own == nil && best.distance < .greatestFiniteMagnitude
        return Choice(tracker: best.candidate.name, region: own ?? (isNear ? best.candidate.region : ""))
    }

    /// -1 for the client's own region, kilometres for a known place, the largest number for an unknown one. Trackers
    /// of one region share its distance, so that load decides among them.
    private func distance(
        from origin: GeoPoint?, own: String?, to candidate: TrackerCandidate, _ candidates: [TrackerCandidate]
    ) -> Double {
        if let own, candidate.region == own { return -1 }
        guard let origin, let place = location(of: candidate.region, candidates) ?? candidate.place else {
            return .greatestFiniteMagnitude
        }
        return origin.kilometres(to: place)
    }

    /// Where a region is: as configured, else where its first tracker by name is.
    private func location(of region: String, _ candidates: [TrackerCandidate]) -> GeoPoint? {
        if let place = regions.places[region] { return place }
        guard !region.isEmpty else { return nil }
        return candidates.filter { $0.region == region && $0.place != nil }.min { $0.name < $1.name }?.place
    }
}
