import CoreTypes
import EventLoop
import HTTPServer
import ServiceKit
import SwarmCore

/// `GET /debug/overlay`: nodes and links of a swarm, for drawing. Nothing in it tells where viewers are.
@LoopActor
struct OverlayRoutes {
    let service: TrackerService

    /// Most nodes of a part: it is written in one go.
    private static let limitMost = 2_000
    /// Whole swarms that are told at a time. Each is a copy of some MB, and anybody may ask.
    private static let dumpsMax = 2
    /// Who reads slower than that does not get the rest.
    private static let dumpMs: Int64 = 30_000
    private static let headers = [("Content-Type", "application/json"), ("Cache-Control", "no-store")]

    func add(to router: Router) { router.get("/debug/overlay", overlay) }

    private func overlay(_ request: HTTPRequest) -> HTTPReply {
        var stream = StreamName.standard
        if let text = request.query("stream") {
            do { stream = try StreamName(text) } catch { return Problem(400, "bad-name", "\(error)").reply }
        }
        guard let swarm = service.peers.swarms[stream] else {
            return Problem(404, "unknown-stream", "nobody watches \(stream) at this tracker").reply
        }
        var root: RandomID?
        if let text = request.query("root") {
            guard let id = RandomID(text) else { return Self.unknownPeer }
            root = id
        }
        guard let text = request.query("limit") else {
            return root == nil ? dump(swarm) : part(swarm, below: root, limit: Self.limitMost)
        }
        guard let limit = Int(text), limit >= 0 else {
            return Problem(400, "bad-limit", "limit is the largest number of nodes wanted").reply
        }
        return part(swarm, below: root, limit: min(limit, Self.limitMost))
    }

    private func part(_ swarm: LiveSwarm, below root: RandomID?, limit: Int) -> HTTPReply {
        guard let snapshot = swarm.core.snapshot(below: root, limit: limit) else { return Self.unknownPeer }
        var drawing = drawing(snapshot, of: swarm, said: { swarm.sessions[$0] })
        return .now(HTTPResponse(status: 200, headers: Self.headers, body: .bytes(drawing.whole())))
    }

    private static var unknownPeer: HTTPReply {
        Problem(404, "unknown-peer", "the viewer is not in this swarm").reply
    }

    /// All of a swarm, as it is now, however long the reader takes: so without what viewers say of themselves, which would
    /// be of other moments, and half as much again.
    private func dump(_ swarm: LiveSwarm) -> HTTPReply {
        guard service.overlayDumps < Self.dumpsMax else {
            return Problem(
                503, "busy", "others are being told all of a swarm now; ask for a part, with limit",
                headers: [("Retry-After", "2")]
            ).reply
        }
        service.overlayDumps += 1
        var drawing = drawing(swarm.core.snapshot, of: swarm)
        let deadline = Clock.now.advanced(byMilliseconds: Self.dumpMs)
        let body = ProducedBody(onClosed: { [weak service] in service?.overlayDumps -= 1 }) { text, count in
            Clock.now < deadline && drawing.write(to: &text, atLeast: count)
        }
        return .stream(StreamResponse(headers: Self.headers, body: body))
    }

    private func drawing(
        _ snapshot: SwarmSnapshot, of swarm: LiveSwarm,
        said: @escaping @LoopActor (RandomID) -> PeerSession? = { _ in nil }
    ) -> OverlayDrawing {
        OverlayDrawing(
            snapshot, of: swarm.stream, region: service.configuration.region, asOf: Clock.wall,
            happenings: swarm.happenings, said: said)
    }
}

extension LiveSwarm {
    fileprivate var happenings: OverlayDrawing.Happenings {
        let counters = core.counters
        return OverlayDrawing.Happenings(
            joins: counters.joins, departures: counters.departures, losses: counters.losses, repairs: counters.repairs,
            moves: counters.moves, bytesFromPeers: received.fromPeers, bytesFromForwards: received.fromForwards)
    }
}
