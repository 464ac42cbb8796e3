import CoreTypes
import Cryptography
import EventLoop
import HTTPClient
import HTTPServer
import ServiceAPI
import ServiceKit
import TestSupport
import Testing

@testable import TrackerService

/// Viewers at a tracker, over real sockets.
@LoopActor
@Suite(.serialized) struct PeerTests {
    private func withTracker(
        _ change: (inout TrackerConfiguration) -> Void = { _ in },
        _ body: (RunningTracker, FakeDirectory) async throws -> Void
    ) async throws {
        let coordinate = try FakeDirectory("live")
        let tracker = try RunningTracker(coordinate.url, change)
        // However the test ends, the tracker's timers do.
        let outcome: (any Error)?
        do {
            try await body(tracker, coordinate)
            outcome = nil
        } catch { outcome = error }
        await tracker.stop()
        await coordinate.stop()
        if let outcome { throw outcome }
    }

    private func viewers(_ count: Int, at tracker: RunningTracker) async throws -> [TestViewer] {
        var viewers: [TestViewer] = []
        for _ in 0..<count { viewers.append(try await TestViewer.join(tracker)) }
        return viewers
    }

    private func others(than id: RandomID, of viewers: [TestViewer]) -> [TestViewer] {
        viewers.filter { $0.id != id }
    }

    /// A viewer and its child.
    private func pair(of viewers: [TestViewer]) -> (parent: TestViewer, child: TestViewer)? {
        for parent in viewers {
            for child in viewers where parent.children.contains(where: { $0.peer == child.id }) {
                return (parent, child)
            }
        }
        return nil
    }

    @Test func `a viewer that joins is told all it needs`() async throws {
        try await withTracker({ $0.stun = [ListenAddress("0.0.0.0:0")!] }) { tracker, _ in
            try await tracker.register("f")
            let answer = try await tracker.join(PeerJoin(stream: "live", capacity: 2))
            #expect(answer.status == 201)
            let place = try decodeJSON(PeerPlace.self, from: answer.body)
            #expect(place.events == "/peers/\(place.id)/events")
            #expect(place.publicKey == "the key of live" && place.forwards == ["http://f:9998"])
            #expect(place.role != nil && place.children.isEmpty)
            let roots = (0..<2).map { ParentDescription(stripe: $0, source: .forward("http://f:9998"), depth: 1) }
            #expect(place.parents == roots)
            let port = try #require(tracker.service.stun?.addresses.first?.port)
            #expect(place.ice == [ICEServer(urls: ["stun:127.0.0.1:\(port)"])])
            let token = try TokenAuthority(secret: "secret").verify(place.token, now: Clock.wall)
            #expect(token.kind == .root && token.peer == place.id && token.expiresAt == place.tokenExpiresAt)
        }
    }

    @Test func `what cannot be is refused with its reason`() async throws {
        try await withTracker({ $0.peersMax = 1 }) { tracker, coordinate in
            func problemOf(_ change: @Sendable (inout PeerJoin) -> Void) async throws -> String {
                var join = PeerJoin(stream: "live", capacity: 2)
                change(&join)
                return problem(try await tracker.join(join))
            }
            #expect(try await problemOf { $0.stream = "no/name" } == "bad-name")
            #expect(try await problemOf { $0.stream = "other" } == "unknown-stream")
            #expect(try await problemOf { $0.capacity = 9 } == "bad-capacity")
            #expect(try await problemOf { $0.capacity = -1 } == "bad-capacity")
            #expect(try await problemOf { $0.transports = ["pigeon"] } == "bad-transport")
            #expect(try await problemOf { $0.version = 2 } == "bad-version")
            let forged = PeerResume(id: .random(), token: "x.y", role: nil, depth: nil, parents: [])
            #expect(try await problemOf { $0.resume = forged } == "bad-token")
            let viewer = try await TestViewer.join(tracker)
            let mine = viewer.resume
            let stolen = PeerResume(id: .random(), token: mine.token, role: nil, depth: nil, parents: [])
            #expect(try await problemOf { $0.resume = stolen } == "bad-token")
            #expect(try await problemOf { _ in } == "tracker-full")
            #expect(problem(try await tracker.send("POST", "/peers", Array("{".utf8))) == "malformed-json")
            #expect(
                problem(try await tracker.send("POST", "/peers", [UInt8](repeating: 32, count: 9_000))) == "too-large")
            coordinate.streams["live"] = nil
            #expect(tracker.peers.refusals["tracker-full"] == 1)
        }
    }

    @Test func `a stream is known from a forward while no coordinate answers`() async throws {
        let tracker = try RunningTracker(nil)
        #expect(problem(try await tracker.join(PeerJoin(stream: "live", capacity: 2))) == "unknown-stream")
        try await tracker.register("f", streams: ["live"])
        try await eventually("the answer of before is forgotten") {
            tracker.peers.lookup.known(try! StreamName("live")) == nil
        }
        let viewer = try await TestViewer.join(tracker)
        #expect(viewer.parents.count == 2)
        await tracker.stop()
    }

    @Test func `viewers learn of each other, signal, report and leave`() async throws {
        try await withTracker { tracker, _ in
            try await tracker.register("f")
            let viewers = try await viewers(12, at: tracker)
            try await eventually("all know their places") { agree(viewers) }
            #expect(viewers.flatMap(\.children).count >= 12)
            let (parent, child) = try #require(pair(of: viewers))
            let parentID = parent.id
            #expect(try await child.signal(parentID).status == 202)
            #expect(try await child.signal(parentID, "", kind: .candidate).status == 202)
            try await eventually("the signals arrive") { parent.signals.count == 2 }
            #expect(parent.signals[0].from == child.id && parent.signals[0].signal.text == "v=0")
            #expect(parent.signals[1].signal.kind == .candidate)
            let before = child.token
            let stats = PeerStatistics(bytesFromPeers: 3, bytesFromForwards: 1, uploadBytes: 0, continuity: 1)
            #expect(try await child.report(PeerReport(stats: stats)).status == 200)
            #expect(!child.token.isEmpty && before.count == child.token.count)
            #expect(try await parent.leave() == 204)
            #expect(
                problem(try await tracker.send("GET", parent.path + "/events", token: parent.token)) == "unknown-peer")
            try await eventually("its stream ends") { parent.hasEnded }
            let rest = others(than: parentID, of: viewers)
            try await eventually("all have parents again") { agree(rest) }
            let answer = try await tracker.send("POST", child.path + "/leave?token=\(child.token)")
            #expect(answer.status == 204)
        }
    }

    @Test func `nobody acts for another viewer`() async throws {
        try await withTracker { tracker, _ in
            let one = try await TestViewer.join(tracker), other = try await TestViewer.join(tracker)
            for (method, path) in [("GET", "/events"), ("POST", "/report"), ("POST", "/signal"), ("DELETE", "")] {
                #expect(problem(try await tracker.send(method, one.path + path, token: other.token)) == "bad-token")
                #expect(problem(try await tracker.send(method, one.path + path)) == "bad-token")
                #expect(problem(try await tracker.send(method, one.path + path + "?token=x")) == "bad-token")
                let stranger = "/peers/\(RandomID.random())" + path
                #expect(problem(try await tracker.send(method, stranger, token: one.token)) == "unknown-peer")
            }
            #expect(problem(try await tracker.send("GET", "/peers/x/events", token: one.token)) == "unknown-peer")
        }
    }

    @Test func `only one stream of a viewer is open`() async throws {
        try await withTracker { tracker, _ in
            let viewer = try await TestViewer.join(tracker)
            let again = TestViewer(tracker, try decodeJSON(PeerPlace.self, from: placeBytes(of: viewer, at: tracker)))
            try await again.listen()
            try await eventually("the first one ends") { viewer.hasEnded }
            #expect(again.names.first == "resync")
            #expect(!again.hasEnded)
        }
    }

    private func placeBytes(of viewer: TestViewer, at tracker: RunningTracker) throws -> [UInt8] {
        let session = try #require(tracker.peers.sessions[viewer.id])
        let swarm = try #require(tracker.peers.swarms[session.stream])
        return encodeJSON(tracker.peers.place(of: session, in: swarm))
    }

    @Test func `who does not come back at once is not sent signals`() async throws {
        try await withTracker { tracker, _ in
            let one = try await TestViewer.join(tracker), other = try await TestViewer.join(tracker)
            other.hangUp()
            var status = 202
            for _ in 0..<40 where status == 202 {
                status = try await one.signal(other.id, "any").status
                await withCheckedContinuation { done in LoopTimer.after(milliseconds: 50) { done.resume() } }
            }
            #expect(status == 404)
            try await other.listen(after: nil)
            #expect(try await one.signal(other.id, "any").status == 202)
        }
    }

    @Test func `a stream that breaks goes on where it was, or tells everything`() async throws {
        try await withTracker { tracker, _ in
            let one = try await TestViewer.join(tracker), other = try await TestViewer.join(tracker)
            #expect(try await one.signal(other.id, "first").status == 202)
            try await eventually("it arrives") { other.signals.count == 1 }
            other.hangUp()
            try await eventually("the tracker sees it") { tracker.peers.sessions[other.id]?.events == nil }
            for text in ["second", "third"] { #expect(try await one.signal(other.id, text).status == 202) }
            let last = try #require(other.ids.last)
            try await other.listen(after: last)
            try await eventually("what was missed comes") { other.signals.count == 3 }
            #expect(other.signals.map(\.signal.text) == ["first", "second", "third"])
            #expect(other.ids.suffix(2) == [last + 1, last + 2] && !other.names.contains("resync"))
            for after in [last + 3, 1 << 60] {
                other.hangUp()
                let count = other.names.count
                try await other.listen(after: after)
                try await eventually("all that counts comes") { other.names.dropFirst(count).first == "resync" }
            }
        }
    }

    @Test func `events that are not kept any more are made up for`() async throws {
        try await withTracker { tracker, _ in
            let one = try await TestViewer.join(tracker)
            let other = try await TestViewer.join(tracker, isListening: false)
            for _ in 0..<60 { #expect(try await one.signal(other.id).status == 202) }
            let third = try await TestViewer.join(tracker)
            for _ in 0..<10 { #expect(try await third.signal(other.id).status == 202) }
            try await other.listen(after: 0)
            try await eventually("all that counts comes") { other.names.first == "resync" }
            #expect(other.signals.isEmpty && other.ids.count == 1)
            #expect(try await one.report(PeerReport()).status == 200)
            #expect(try await third.signal(other.id).status == 202)
            try await eventually("and it goes on from there") { other.signals.count == 1 }
            #expect(other.ids[1] == other.ids[0] + 1)
        }
    }

    @Test func `a viewer may ask now and then instead of listening`() async throws {
        try await withTracker { tracker, _ in
            let one = try await TestViewer.join(tracker), other = try await TestViewer.join(tracker, isListening: false)
            func poll(_ query: String) async throws -> [ServerSentEvent] {
                let answer = try await tracker.send("GET", other.path + "/events?poll=1" + query, token: other.token)
                #expect(answer.status == 200 && answer.header("Content-Type") == "text/event-stream")
                var parser = EventStreamParser()
                return try parser.receive(answer.body)
            }
            #expect(try await poll("").isEmpty)
            let session = try #require(tracker.peers.sessions[other.id])
            let last = session.log.lastID
            #expect(try await one.signal(other.id, "a").status == 202)
            #expect(try await poll("&lastEventId=\(last)").map(\.name) == ["signal"])
            #expect(try await poll("&lastEventId=\(last + 1)").isEmpty)
            #expect(try await poll("&lastEventId=x").map(\.name) == ["resync"])
            #expect(session.events == nil)
        }
    }

    @Test func `a viewer over HTTP 1.0 gets events as well`() async throws {
        try await withTracker { tracker, _ in
            let one = try await TestViewer.join(tracker), other = try await TestViewer.join(tracker, isListening: false)
            let connection = RawConnection(tracker.address)
            connection.send("GET \(other.path)/events?token=\(other.token) HTTP/1.0\r\n\r\n")
            try await eventually("it listens") { tracker.peers.sessions[other.id]?.events != nil }
            #expect(try await one.signal(other.id, "over the other path").status == 202)
            let answer = await connection.receive { $0.contains("over the other path") }
            #expect(answer.hasPrefix("HTTP/1.1 200") && answer.contains("text/event-stream"))
            #expect(answer.contains("event: signal\ndata: {"))
        }
    }
}
