import AssignmentCore
import CoreTypes
import EventLoop
import HTTPServer
import Logging
import ServiceAPI
import ServiceKit

/// The trackers and forwards that live, and who is sent to which.
@LoopActor
final class Register {
    struct Tracker {
        var registration: TrackerRegistration
        var place: GeoPoint?
        /// By stream: what its viewers received lately.
        var received: [String: Received] = [:]
    }

    /// Media bytes that viewers of a swarm received: each heartbeat counts nine tenths of what it did one heartbeat later,
    /// since viewers report every 5 s, and heartbeats come every 2 s.
    struct Received {
        var fromPeers = 0.0
        var fromForwards = 0.0

        mutating func add(_ swarm: SwarmReport) {
            fromPeers = fromPeers * 0.9 + Double(swarm.bytesFromPeers)
            fromForwards = fromForwards * 0.9 + Double(swarm.bytesFromForwards)
        }
    }

    /// Milliseconds a registration lives without a heartbeat; they come every 2 s.
    static let lifetimeMs: Int64 = 6_000

    private(set) var trackers = LeaseTable<Tracker>(lifetimeMs: lifetimeMs, countMax: 10_000)
    private(set) var forwards = LeaseTable<ForwardRegistration>(lifetimeMs: lifetimeMs, countMax: 10_000)
    private(set) var regions: RegionTable
    private var geo: GeoDatabase?
    private let configuration: CoOrdinateConfiguration
    private let log: Logger
    private var timer: LoopTimer?

    /// Throws `UsageError` when the regions file or the database cannot be used.
    init(_ configuration: CoOrdinateConfiguration, log: Logger) throws(UsageError) {
        self.configuration = configuration
        self.log = log
        regions =
            try configuration.regionsFile.map { path throws(UsageError) in try RegionsFile.read(path) }
            ?? RegionTable()
        geo = try configuration.geoFile.map { path throws(UsageError) in try GeoDatabase(path: path) }
        timer = LoopTimer.every(milliseconds: 500) { [weak self] in self?.expire() }
    }

    /// Reads the files again; the old ones stay in use when that fails.
    func reload() throws(UsageError) {
        let regions = try configuration.regionsFile.map { path throws(UsageError) in try RegionsFile.read(path) }
        let geo = try configuration.geoFile.map { path throws(UsageError) in try GeoDatabase(path: path) }
        self.regions = regions ?? RegionTable()
        self.geo = geo
    }

    func stop() { timer?.cancel() }

    // MARK: Registration

    /// A tracker registers or renews; `source` stands in for unspecified hosts in its URLs.
    func put(_ registration: TrackerRegistration, from source: IPAddress) -> LeaseTable<Tracker>.Outcome {
        var registration = registration
        registration.urls = registration.urls.resolved(with: source)
        registration.stun = registration.stun.map { Self.resolve($0, with: source) }
        registration.forwards = registration.forwards.map { forward in
            var forward = forward
            forward.urls = forward.urls.resolved(with: source)
            return forward
        }
        if let old = trackers[registration.name], old.registration.urls != registration.urls {
            log.warning("A tracker's URL changed", metadata: ["tracker": "\(registration.name)"])
        }
        let host = registration.urls.first.flatMap { ServiceURL($0.url) }.flatMap { IPAddress($0.host) } ?? source
        var tracker = Tracker(registration: registration, place: geo?.place(of: host))
        let before = trackers[registration.name]?.received ?? [:]
        for swarm in registration.swarms {
            tracker.received[swarm.stream] = before[swarm.stream] ?? Received()
            tracker.received[swarm.stream]?.add(swarm)
        }
        let outcome = trackers.put(tracker, for: registration.name, now: Clock.now)
        if outcome == .added { log.info("Tracker registered", metadata: ["tracker": "\(registration.name)"]) }
        return outcome
    }

    func knows(tracker name: String) -> Bool { trackers[name] != nil }

    func removeTracker(_ name: String) {
        if trackers.remove(name) != nil { log.info("Tracker left", metadata: ["tracker": "\(name)"]) }
    }

    /// A forward registers or renews.
    func put(_ registration: ForwardRegistration, from source: IPAddress) -> LeaseTable<ForwardRegistration>.Outcome {
        var registration = registration
        registration.urls = registration.urls.resolved(with: source)
        let outcome = forwards.put(registration, for: registration.name, now: Clock.now)
        if outcome == .added { log.info("Forward registered", metadata: ["forward": "\(registration.name)"]) }
        return outcome
    }

    func knows(forward name: String) -> Bool { forwards[name] != nil }

    func removeForward(_ name: String) {
        if forwards.remove(name) != nil { log.info("Forward left", metadata: ["forward": "\(name)"]) }
    }

    private func expire() {
        for (name, _) in trackers.expire(now: Clock.now) {
            log.warning("Tracker lost", metadata: ["tracker": "\(name)"])
        }
        for (name, _) in forwards.expire(now: Clock.now) {
            log.warning("Forward lost", metadata: ["forward": "\(name)"])
        }
    }

    private static func resolve(_ hostAndPort: String, with address: IPAddress) -> String {
        guard let listen = ListenAddress(hostAndPort), listen.host.isUnspecified else { return hostAndPort }
        return ListenAddress(host: address, port: listen.port).description
    }

    // MARK: Assignment

    /// What a viewer is told.
    struct Answer {
        var tracker: TrackerAssignment.Tracker?
        var forwards: [String]
        var region: String
    }

    /// The tracker near a client, and the forwards it may use, best first.
    func assign(_ client: IPAddress, scheme: String) -> Answer {
        let assigner = Assigner(regions: regions)
        let reachable = trackers.values.compactMap { tracker in
            tracker.registration.urls.url(for: client, scheme: scheme).map { (tracker: tracker, url: $0) }
        }
        let candidates = reachable.map { entry in
            TrackerCandidate(
                name: entry.tracker.registration.name, region: entry.tracker.registration.region,
                place: entry.tracker.place, peers: entry.tracker.registration.peers,
                peersMax: entry.tracker.registration.peersMax)
        }
        let choice = assigner.assign(client, place: geo?.place(of: client), among: candidates)
        let chosen = reachable.first { $0.tracker.registration.name == choice?.tracker }
        let region = choice?.region ?? assigner.region(of: client)
        return Answer(
            tracker: chosen.map { entry in
                TrackerAssignment.Tracker(
                    name: entry.tracker.registration.name, region: entry.tracker.registration.region, url: entry.url,
                    stun: entry.tracker.registration.stun)
            },
            forwards: forwardURLs(
                for: client, scheme: scheme, near: chosen?.tracker.registration.forwards ?? [],
                region: chosen?.tracker.registration.region ?? region),
            region: region)
    }

    /// Those at the chosen tracker first, then those of its region, each by load.
    private func forwardURLs(
        for client: IPAddress, scheme: String, near: [ForwardRegistration], region: String
    ) -> [String] {
        let nearIDs = Set(near.map(\.id))
        var all = forwards.values
        for tracker in trackers.values { all += tracker.registration.forwards }
        var seen: Set<String> = []
        let ranked = all.filter { seen.insert($0.id).inserted && $0.load.viewers < $0.load.viewersMax }
            .map { forward in
                let load = Double(forward.load.viewers) / Double(max(1, forward.load.viewersMax))
                let tier = nearIDs.contains(forward.id) ? 0 : forward.region == region ? 1 : 2
                return (forward: forward, tier: tier, load: load)
            }
            .sorted { ($0.tier, $0.load, $0.forward.name) < ($1.tier, $1.load, $1.forward.name) }
        return ranked.compactMap { $0.forward.urls.url(for: client, scheme: scheme) }
    }

    /// Viewers of a stream, as trackers and forwards tell. Roots of swarms are known to both, and counted once.
    func viewers(of stream: String) -> Int {
        let swarms = trackers.values.flatMap(\.registration.swarms).filter { $0.stream == stream }
        let loads = forwards.values.flatMap(\.load.streams).filter { $0.stream == stream }
        let atForwards = loads.map(\.viewers).reduce(0, Self.saturatingSum)
        let roots = swarms.map { min(max($0.roots ?? 0, 0), 1 << 32) }.reduce(0, Self.saturatingSum)
        return Self.saturatingSum(
            swarms.map(\.peers).reduce(0, Self.saturatingSum), max(0, atForwards) - min(roots, max(0, atForwards)))
    }

    /// Share of bytes from viewers in about the last 20 s, as trackers tell; nil when nothing was received.
    func offload(of stream: String) -> Double? {
        let received = trackers.values.compactMap { $0.received[stream] }
        let peers = received.reduce(0.0) { $0 + $1.fromPeers }
        let total = received.reduce(peers) { $0 + $1.fromForwards }
        return total == 0 ? nil : peers / total
    }

    /// The numbers are what others tell: a wrong one may give a wrong sum, but must not end the service.
    private static func saturatingSum(_ left: Int, _ right: Int) -> Int {
        let (sum, overflow) = left.addingReportingOverflow(right)
        return overflow ? (right > 0 ? .max : .min) : sum
    }
}
