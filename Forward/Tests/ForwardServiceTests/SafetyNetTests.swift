import CoreTypes
import Cryptography
import EventLoop
import ForwardCore
import HTTPServer
import MediaWire
import ServiceAPI
import TestSupport
import Testing

@testable import ForwardService

/// What viewers of a swarm may take from a forward, over HTTP.
@Suite(.serialized) struct SafetyNetTests {
    /// The answer to a request once it is there.
    @LoopActor
    private func answer(_ viewer: RawViewer) async throws -> (status: Int, text: String) {
        try await eventually("an answer comes") { viewer.status != 0 && viewer.text.contains("\r\n\r\n") }
        let found = (viewer.status, viewer.text)
        viewer.leave()
        return found
    }

    /// Viewers that take both stripes until the forward refuses one, at most 50.
    @LoopActor
    private func fill(_ forward: RunningForward, why: String) async throws -> [RawViewer] {
        var viewers: [RawViewer] = []
        while viewers.count < 50 {
            let viewer = try forward.ask("/stripe/test/0+1?why=\(why)", forward.token())
            try await eventually("an answer comes") { viewer.hasMedia || viewer.status == 429 }
            guard viewer.status == 200 else {
                #expect(viewer.text.contains("urn:p2plive:problem:pool-exhausted"))
                #expect(viewer.text.lowercased().contains("retry-after: 1\r\n"))
                viewer.leave()
                break
            }
            viewers.append(viewer)
        }
        return viewers
    }

    @Test @LoopActor func `descendants, starters and owners are admitted up to their shares`() async throws {
        let forward = try RunningForward()
        var viewers = try await fill(forward, why: "descendant")
        #expect(viewers.count == 2)
        viewers += try await fill(forward, why: "start")
        #expect(viewers.count == 3)
        viewers += try await fill(forward, why: "owner")
        #expect(viewers.count == 4)
        #expect(forward.pool?.units == 8)
        #expect(forward.pool?.unitsUsed == ["descendant": 4, "start": 2, "owner": 2])
        let lines = forward.metricsLines
        for line in [
            "p2plive_forward_pool_units 8", "p2plive_forward_pool_units_used{why=\"descendant\"} 4",
            "p2plive_forward_stripes_total{why=\"descendant\"} 2", "p2plive_forward_stripes_total{why=\"root\"} 0",
            "p2plive_forward_pool_refusals_total{why=\"owner\"} 1",
            "p2plive_forward_refusals_total{type=\"pool-exhausted\"} 3",
        ] { #expect(lines.contains(Substring(line)), "\(line)") }
        for viewer in viewers { viewer.leave() }
        try await eventually("all units come back when viewers vanish") { forward.unitsUsed == 0 }
        await forward.stop()
    }

    @Test @LoopActor func `without a reason a viewer counts as a starter`() async throws {
        let forward = try RunningForward()
        let viewer = try forward.ask("/stripe/test/0", forward.token())
        try await eventually("media comes") { viewer.hasMedia }
        #expect(forward.pool?.unitsUsed == ["start": 1])
        viewer.leave()
        await forward.stop()
    }

    @Test @LoopActor func `only roots may ask as roots, and reasons must be known`() async throws {
        let forward = try RunningForward()
        for (kind, path, status, problem) in [
            (AccessToken.Kind.peer, "/stripe/test/0?why=root", 403, "not-a-root"),
            (.peer, "/chunk/test/14?why=root", 403, "not-a-root"),
            (.peer, "/stripe/test/0?why=thirst", 400, "bad-why"), (.peer, "/chunk/test/14?why=", 400, "bad-why"),
            (.root, "/stripe/test/0?why=Root", 400, "bad-why"), (.direct, "/chunk/test/14?why=x", 400, "bad-why"),
        ] {
            let answer = try await answer(forward.ask(path, forward.token(kind)))
            #expect(answer.status == status, "\(kind) \(path)")
            #expect(answer.text.contains("urn:p2plive:problem:\(problem)"), "\(kind) \(path)")
        }
        #expect(try await answer(forward.ask("/chunk/test/14?why=root", forward.token(.root))).status == 200)
        await forward.stop()
    }

    @Test @LoopActor func `roots and direct viewers are served beside an exhausted pool`() async throws {
        let forward = try RunningForward()
        var viewers = try await fill(forward, why: "owner")
        #expect(viewers.count == 4)
        viewers.append(try forward.ask("/stripe/test/0+1?why=root", forward.token(.root)))
        viewers.append(try forward.ask("/stripe/test/1?why=start", forward.token(.root)))
        viewers.append(try forward.ask("/stripe/test/0+1?why=root", forward.token(.direct)))
        try await eventually("media comes to all") { viewers.allSatisfy(\.hasMedia) }
        #expect(forward.unitsUsed == 8)
        #expect(forward.metricsLines.contains("p2plive_forward_stripes_total{why=\"direct\"} 1"))
        for viewer in viewers { viewer.leave() }
        await forward.stop()
    }

    @Test(arguments: ["1.1", "1.0"]) @LoopActor
    func `a forward that is full takes a viewer back whose old answer has not been noticed to have ended`(
        version: String
    ) async throws {
        let forward = try RunningForward { $0.viewersMax = 1 }
        let token = try forward.token()
        let first = forward.ask("/stripe/test/0+1?why=owner", token, version: version)
        try await eventually("media comes") { first.hasMedia }
        let stranger = try await answer(forward.ask("/stripe/test/0", forward.token()))
        #expect(stranger.status == 503 && stranger.text.contains("urn:p2plive:problem:over-capacity"))
        let second = forward.ask("/stripe/test/0+1?why=owner", token, version: version)
        try await eventually("media comes") { second.hasMedia && first.isOver }
        try await eventually("one viewer is left") { forward.service.viewerCount == 1 }
        second.leave()
        await forward.stop()
    }

    @Test(arguments: [AccessToken.Kind.peer, .root, .direct], ["1.1", "1.0"]) @LoopActor
    func `a new answer of a viewer ends its old one`(kind: AccessToken.Kind, version: String) async throws {
        let forward = try RunningForward()
        let token = try forward.token(kind)
        let first = forward.ask("/stripe/test/0+1?why=owner", token, version: version)
        try await eventually("media comes") { first.hasMedia }
        #expect(forward.unitsUsed == [.peer: 2, .root: 1, .direct: 0][kind])
        let second = forward.ask("/stripe/test/1?why=owner", token, version: version)
        try await eventually("the old answer ends, the new one runs") { first.isOver && second.hasMedia }
        try await eventually("one viewer is left") { forward.service.viewerCount == 1 }
        #expect(forward.unitsUsed == (kind == .peer ? 1 : 0))
        #expect(!second.isOver)
        second.leave()
        // Over HTTP/1.0 the end of a viewer shows with the next write.
        var sequence: UInt64 = 20
        try await eventually("its units come back") {
            sequence += 1
            try? forward.upstream.send(sequence)
            return forward.service.viewerCount == 0 && forward.unitsUsed == 0
        }
        await forward.stop()
    }

    @Test @LoopActor func `a refused viewer keeps its answer`() async throws {
        let forward = try RunningForward()
        let token = try forward.token()
        let first = forward.ask("/stripe/test/0?why=descendant", token)
        try await eventually("media comes") { first.hasMedia }
        let owners = try await fill(forward, why: "owner")
        #expect(try await answer(forward.ask("/stripe/test/0+1?why=descendant", token)).status == 429)
        #expect(!first.isOver)
        #expect(forward.pool?.unitsUsed["descendant"] == 1)
        for viewer in owners + [first] { viewer.leave() }
        await forward.stop()
    }

    @Test(arguments: ["1.1", "1.0"]) @LoopActor
    func `the end of the stream gives all units back`(version: String) async throws {
        let forward = try RunningForward()
        let viewers = try (0..<3).map { _ in
            try forward.ask("/stripe/test/0+1?why=owner", forward.token(), version: version)
        }
        try await eventually("media comes") { viewers.allSatisfy(\.hasMedia) }
        #expect(forward.unitsUsed == 6)
        let answers = try #require(forward.service.feeds.values.first).stripeAnswers
        forward.upstream.send(raw: try Record.state(.ended).encoded())
        try await eventually("the answers end") { viewers.allSatisfy(\.isOver) }
        try await eventually("all units are back") { answers.usedByReason.isEmpty }
        await forward.stop()
    }

    @Test @LoopActor func `chunks take from the pool, and find it exhausted`() async throws {
        let forward = try RunningForward()
        let owner = try forward.token()
        for path in ["/chunk/test/14", "/chunk/test/14/0", "/chunk/test/14/1", "/chunk/test/14"] {
            #expect(try await answer(forward.ask("\(path)?why=owner", owner)).status == 200, "\(path)")
        }
        #expect(try await answer(forward.ask("/chunk/test/99?why=owner", owner)).status == 404)
        let viewers = try (0..<2).map { _ in try forward.ask("/stripe/test/0+1?why=owner", forward.token()) }
        try await eventually("media comes") { viewers.allSatisfy(\.hasMedia) }
        let refused = try await answer(forward.ask("/chunk/test/14?why=descendant", forward.token()))
        #expect(refused.status == 429 && refused.text.contains("urn:p2plive:problem:pool-exhausted"))
        #expect(try await answer(forward.ask("/chunk/test/14?why=owner", forward.token())).status == 200)
        #expect(try await answer(forward.ask("/chunk/test/14", forward.token(.direct))).status == 200)
        for (why, count) in [("owner", 5), ("descendant", 0), ("direct", 1), ("service", 0)] {
            let line = "p2plive_forward_repairs_total{why=\"\(why)\"} \(count)"
            #expect(forward.metricsLines.contains(Substring(line)), "\(line)")
        }
        for viewer in viewers { viewer.leave() }
        try await eventually("holds end by themselves") { forward.unitsUsed == 0 }
        await forward.stop()
    }

    @Test @LoopActor func `a pool grows with the swarms that trackers tell of`() async throws {
        let trackers = [try FakeTracker(), try FakeTracker()]
        let forward = try RunningForward { $0.trackers = trackers.map(\.url) }
        trackers[0].swarms = [SwarmSize(stream: "test", peers: 60), SwarmSize(stream: "other", peers: 1_000)]
        trackers[1].swarms = [SwarmSize(stream: "test", peers: 40)]
        let registrar = Registrar(forward.service, urls: [])
        let viewer = try forward.ask("/stripe/test/0", forward.token())
        try await eventually("media comes, and the sizes") { viewer.hasMedia && forward.pool?.peers == 100 }
        #expect(forward.pool?.units == 10)
        let others = try await fill(forward, why: "owner")
        #expect(others.count == 4)
        await trackers[1].stop()
        try await eventually("the tracker is forgotten") { forward.pool?.peers == 60 }
        #expect(forward.pool?.units == 8)
        for viewer in others + [viewer] { viewer.leave() }
        await registrar.leave()
        await trackers[0].stop()
        await forward.stop()
    }
}

/// A tracker that answers heartbeats with the sizes that a test sets.
@LoopActor
final class FakeTracker {
    private let server: HTTPServer
    var swarms: [SwarmSize] = []

    var url: ServiceURL { ServiceURL("http://\(server.addresses[0])")! }

    init() throws {
        let router = Router()
        server = HTTPServer(HTTPServer.Configuration(listen: [ListenAddress("127.0.0.1:0")!]), router: router)
        router.on([.put], "/forward", bytesMax: 1 << 20) { [unowned self] _ in
            .now(.json(ForwardRegistrationAnswer(swarms: swarms)))
        }
        try server.start()
    }

    func stop() async { await server.stop(drainMs: 1_000) }
}
