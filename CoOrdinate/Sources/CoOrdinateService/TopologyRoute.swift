import CoreTypes
import EventLoop
import HTTPServer
import ServiceAPI
import ServiceKit

/// `GET /topology/NAME`: where those who draw a stream's way find what there is to draw. Trackers tell the trees
/// themselves, at `/debug/overlay`.
@LoopActor
struct TopologyRoute {
    let service: CoOrdinateService

    /// Most trackers and forwards that are told, those with the stream first.
    private static let servicesMax = 256

    func add(to router: Router) { router.get("/topology/:name", topology) }

    private func topology(_ request: HTTPRequest) -> HTTPReply {
        let name: StreamName
        do { name = try StreamName(request.parameters["name"] ?? "") } catch {
            return Problem(400, "bad-name", "\(error)").reply
        }
        guard let stream = service.directory[name] else {
            return Problem(404, "unknown-stream", "no such stream is live").reply
        }
        let trackers = trackers(of: name.description, for: request)
        let forwards = forwards(of: name.description, for: request)
        let report = TopologyReport(
            asOf: Clock.wall, stream: service.describe(stream),
            regions: regions(of: trackers.map(\.region) + forwards.map(\.region)),
            trackers: Array(trackers.prefix(Self.servicesMax)), forwards: Array(forwards.prefix(Self.servicesMax)),
            truncated: max(trackers.count, forwards.count) > Self.servicesMax)
        return .now(.json(report))
    }

    private func trackers(of stream: String, for request: HTTPRequest) -> [TopologyReport.Tracker] {
        let all = service.register.trackers.values.map { tracker in
            let told = tracker.registration
            return TopologyReport.Tracker(
                name: told.name, region: told.region, url: told.urls.url(for: request.client, scheme: request.scheme),
                peers: told.peers, peersMax: told.peersMax, alive: true,
                swarm: told.swarms.first { $0.stream == stream }.map {
                    TopologyReport.Swarm(peers: $0.peers, roots: $0.roots)
                })
        }
        return all.filter { $0.swarm != nil } + all.filter { $0.swarm == nil }
    }

    private func forwards(of stream: String, for request: HTTPRequest) -> [TopologyReport.Forward] {
        var all = service.register.forwards.values
        var trackersByID: [String: [String]] = [:]
        for tracker in service.register.trackers.values {
            for forward in tracker.registration.forwards {
                trackersByID[forward.id, default: []].append(tracker.registration.name)
                all.append(forward)
            }
        }
        var seen: Set<String> = []
        let told = all.filter { seen.insert($0.id).inserted }.map { forward in
            TopologyReport.Forward(
                name: forward.name, region: forward.region,
                url: forward.urls.url(for: request.client, scheme: request.scheme), viewers: forward.load.viewers,
                streamViewers: forward.load.streams.first { $0.stream == stream }?.viewers,
                egressBitsPerSecond: forward.load.egressBitsPerSecond, streams: forward.load.streams.count,
                trackers: trackersByID[forward.id] ?? [])
        }
        return told.filter { $0.streamViewers != nil } + told.filter { $0.streamViewers == nil }
    }

    /// By name, each once.
    private func regions(of names: [String]) -> [TopologyReport.Region] {
        Set(names).subtracting([""]).sorted().map { name in
            let place = service.register.regions.places[name]
            return TopologyReport.Region(name: name, latitude: place?.latitude, longitude: place?.longitude)
        }
    }
}

/// The answer.
struct TopologyReport: Encodable {
    struct Region: Encodable {
        let name: String
        let latitude: Double?
        let longitude: Double?
    }

    struct Swarm: Encodable {
        let peers: Int
        let roots: Int?
    }

    struct Tracker: Encodable {
        let name: String
        let region: String
        /// Nil when it has none for whoever asks.
        let url: String?
        let peers: Int
        let peersMax: Int
        let alive: Bool
        let swarm: Swarm?
    }

    struct Forward: Encodable {
        let name: String
        let region: String
        let url: String?
        let viewers: Int
        /// Those of the stream; nil when the forward does not hold it.
        let streamViewers: Int?
        let egressBitsPerSecond: Int
        let streams: Int
        let trackers: [String]
    }

    let asOf: Int64
    let stream: StreamDescription
    let regions: [Region]
    let trackers: [Tracker]
    let forwards: [Forward]
    let truncated: Bool
}
