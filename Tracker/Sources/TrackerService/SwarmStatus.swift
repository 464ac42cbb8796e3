import CoreTypes
import EventLoop
import HTTPServer
import ServiceAPI
import ServiceKit
import SwarmCore

/// A swarm as `/debug` shows it; nothing in it tells who or where viewers are.
struct SwarmStatus: Encodable {
    struct Stripe: Encodable {
        let peers: Int
        let depthMean: Double
        let depthP99: Int
        let depthMax: Int
        /// ceil(log2(N/R + 1)), the least there can be when all viewers feed two.
        let depthBound: Int
        let roots: Int
        let openSlots: Int
        let orphans: Int
    }

    struct Forward: Encodable {
        let name: String
        let stripes: Int
    }

    struct Repairs: Encodable {
        /// Links given out because somebody left or was lost.
        let count: UInt64
        /// From when the tracker knew until it told, which leaves out how long it took viewers to notice and to connect.
        let meanMs: Double
        let maxMs: Int64
    }

    let stream: String
    let peers: Int
    let isResuming: Bool
    let withoutEvents: Int
    let rootLimit: Int
    let stripes: [Stripe]
    let rootsByForward: [Forward]
    let natClasses: [String: Int]
    let brokenPairs: Int
    let joins: UInt64
    let resumes: UInt64
    let departures: UInt64
    let bans: UInt64
    let losses: UInt64
    let repairs: Repairs
    let moves: UInt64
    let bytesFromPeers: UInt64
    let bytesFromForwards: UInt64
    /// Of the viewers that told: the mean and the least share of chunks that came in time.
    let continuityMean: Double?
    let continuityMin: Double?
}

extension LiveSwarm {
    var status: SwarmStatus {
        let counters = core.counters
        let continuities = sessions.values.compactMap { $0.statistics?.continuity }.filter { (0...1).contains($0) }
        return SwarmStatus(
            stream: stream.description, peers: core.count, isResuming: core.isResuming,
            withoutEvents: sessions.values.count { $0.events == nil }, rootLimit: core.rootLimit,
            stripes: core.spreads.map { spread in
                SwarmStatus.Stripe(
                    peers: spread.depths.count, depthMean: spread.depths.mean, depthP99: spread.depths.p99,
                    depthMax: spread.depths.max, depthBound: spread.depths.bound, roots: spread.roots,
                    openSlots: spread.openSlots, orphans: spread.orphans)
            },
            rootsByForward: core.rootsByForward.map { SwarmStatus.Forward(name: $0.name, stripes: $0.stripes) },
            natClasses: sessions.values.reduce(into: [:]) { $0[$1.nat.rawValue, default: 0] += 1 },
            brokenPairs: core.brokenPairCount, joins: counters.joins, resumes: counters.resumes,
            departures: counters.departures, bans: counters.bans, losses: counters.losses,
            repairs: SwarmStatus.Repairs(
                count: counters.repairs, meanMs: Double(counters.repairMs) / Double(max(counters.repairs, 1)),
                maxMs: counters.repairMsMax),
            moves: counters.moves, bytesFromPeers: received.fromPeers, bytesFromForwards: received.fromForwards,
            continuityMean: continuities.isEmpty ? nil : continuities.reduce(0, +) / Double(continuities.count),
            continuityMin: continuities.min())
    }
}

/// `GET /debug/overlay`: nodes and links of a swarm, for drawing.
struct OverlayDrawing: Encodable {
    struct Node: Encodable {
        let id: RandomID
        let role: Int?
        let capacity: Int
        /// By stripe.
        let depths: [Int]
        let region: String
    }

    struct Link: Encodable {
        let stripe: Int
        /// The child.
        let to: RandomID
        /// The parent; nil when that is a forward.
        let from: RandomID?
        /// The forward's name; nil when the parent is a viewer.
        let forward: String?
    }

    let stream: String
    let peers: Int
    /// Nodes left out because of the limit.
    let omitted: Int
    let nodes: [Node]
    let links: [Link]

    @LoopActor init(_ swarm: LiveSwarm, region: String, limit: Int) {
        let nodes = swarm.core.nodes(limit: limit)
        stream = swarm.stream.description
        peers = swarm.core.count
        omitted = swarm.core.count - nodes.count
        self.nodes = nodes.map {
            Node(id: $0.id, role: $0.role, capacity: $0.capacity, depths: $0.depths, region: region)
        }
        links = nodes.flatMap { node in
            node.parents.enumerated().map { stripe, parent in
                var forward: String?
                if case .forward(let name) = parent { forward = name ?? ParentDescription.anyForward }
                return Link(stripe: stripe, to: node.id, from: parent?.peer, forward: forward)
            }
        }
    }
}

/// The path of the drawing.
@LoopActor
struct OverlayRoutes {
    let service: TrackerService

    /// Nodes drawn unless asked otherwise, and at most: a page cannot show more, and the answer takes the loop's time.
    private static let limitUsual = 500, limitMost = 5_000

    func add(to router: Router) { router.get("/debug/overlay", overlay) }

    private func overlay(_ request: HTTPRequest) -> HTTPReply {
        var stream = StreamName.standard
        if let text = request.query("stream") {
            do { stream = try StreamName(text) } catch { return Problem(400, "bad-name", "\(error)").reply }
        }
        guard let swarm = service.peers.swarms[stream] else {
            return Problem(404, "unknown-stream", "nobody watches \(stream) at this tracker").reply
        }
        let limit = min(max(request.query("limit").flatMap { Int($0) } ?? Self.limitUsual, 0), Self.limitMost)
        return .now(.json(OverlayDrawing(swarm, region: service.configuration.region, limit: limit)))
    }
}
