import CoreTypes
import EventLoop
import HTTPClient
import HTTPServer
import ServiceAPI
import ServiceKit
import TestSupport
import Testing

@testable import SwarmCore
@testable import TrackerService

/// Floods, lies and restarts, over real sockets.
@LoopActor
@Suite(.serialized) struct PeerConductTests {
    private func withTracker(_ body: (RunningTracker, FakeDirectory) async throws -> Void) async throws {
        let coordinate = try FakeDirectory("live")
        let tracker = try RunningTracker(coordinate.url)
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
        try await eventually("all know their places") { agree(viewers) }
        return viewers
    }

    /// Sends until it is refused, at most so often; how often it was not.
    private func count(_ most: Int, _ send: () async throws -> HTTPClientResponse) async throws -> (
        Int, HTTPClientResponse
    ) {
        for number in 0..<most {
            let answer = try await send()
            if !answer.isSuccess { return (number, answer) }
        }
        return (most, try await send())
    }

    @Test func `floods are answered with 429 and a time to wait`() async throws {
        try await withTracker { tracker, _ in
            let one = try await TestViewer.join(tracker), other = try await TestViewer.join(tracker)
            let (signals, noSignal) = try await count(500) { try await one.signal(other.id) }
            #expect(signals >= 60 && problem(noSignal) == "too-many-signals" && noSignal.header("Retry-After") == "1")
            let (reports, noReport) = try await count(500) { try await one.report(PeerReport()) }
            #expect(reports >= 20 && problem(noReport) == "too-many-reports" && noReport.header("Retry-After") == "1")
            let (joins, noJoin) = try await count(2_000) {
                try await tracker.join(PeerJoin(stream: "live", capacity: 0))
            }
            // None of them has listened: they would be given to others as parents.
            #expect(joins == 16 && problem(noJoin) == "too-many-joins" && noJoin.header("Retry-After") == "1")
        }
    }

    @Test func `a viewer that does not read gets no more signals, and holds nobody up`() async throws {
        try await withTracker { tracker, _ in
            let victim = try await TestViewer.join(tracker, isListening: false)
            let connection = RawConnection(tracker.address)
            connection.send("GET \(victim.path)/events?token=\(victim.token) HTTP/1.1\r\nHost: x\r\n\r\n")
            try await eventually("it listens") { tracker.peers.sessions[victim.id]?.events != nil }
            let text = String(repeating: "x", count: LinkSignal.sdpBytesMax)
            var refused = 0
            for _ in 0..<10 where refused == 0 {
                let flooder = try await TestViewer.join(tracker)
                for _ in 0..<60 where problem(try await flooder.signal(victim.id, text)) == "too-many-signals" {
                    refused += 1
                }
            }
            #expect(refused > 0)
            let session = try #require(tracker.peers.sessions[victim.id])
            #expect((session.events?.pendingBytes ?? 0) <= EventStream.pendingBytesMax)
            #expect(problem(try await victim.report(PeerReport())) == "status 200")
        }
    }

    @Test func `what is too large or malformed is refused`() async throws {
        try await withTracker { tracker, _ in
            let one = try await TestViewer.join(tracker), other = try await TestViewer.join(tracker)
            let long = String(repeating: "x", count: LinkSignal.sdpBytesMax + 1)
            #expect(problem(try await one.signal(other.id, long)) == "malformed-json")
            #expect(problem(try await one.signal(other.id, "")) == "malformed-json")
            #expect(
                problem(try await one.signal(other.id, String(repeating: "x", count: 513), kind: .candidate))
                    == "malformed-json")
            #expect(problem(try await one.signal(.random())) == "unknown-peer")
            let huge = [UInt8](repeating: 32, count: 40_000)
            #expect(
                problem(try await tracker.send("POST", one.path + "/signal", huge, token: one.token)) == "too-large")
            #expect(
                problem(try await tracker.send("POST", one.path + "/report", huge, token: one.token)) == "too-large")
            #expect(problem(try await one.report(PeerReport(capacity: 9))) == "bad-capacity")
            #expect(
                problem(try await tracker.send("POST", one.path + "/report", Array("[]".utf8), token: one.token))
                    == "malformed-json")
            #expect(other.signals.isEmpty)
        }
    }

    @Test func `who is accused is out for a minute, and who accuses two is as well`() async throws {
        try await withTracker { tracker, _ in
            let viewers = try await viewers(12, at: tracker)
            let victim = try #require(viewers.first { $0.children.count >= 1 })
            let child = try #require(victim.children.first).peer
            let accuser = try #require(viewers.first { $0.id == child })
            let accusation = Accusation(peer: victim.id, reason: "bad-piece")
            let joined = Clock.now
            try await eventually("nobody is a newcomer") { Clock.now.milliseconds(since: joined) > 5_000 }
            #expect(try await accuser.report(PeerReport(accused: [accusation, accusation])).status == 200)
            try await eventually("it is told so") { victim.byes.map(\.reason) == [.banned] && victim.hasEnded }
            let again = try await tracker.join(PeerJoin(stream: "live", capacity: 2, resume: victim.resume))
            #expect(problem(again) == "banned" && again.header("Retry-After") == "60")
            try await eventually("its children have parents again") {
                tracker.peers.swarms.values.first?.core.count == 11 && !tracker.peers.sessions.keys.contains(victim.id)
            }
            // Others of the same address feed nobody at first.
            let newcomer = try await tracker.join(PeerJoin(stream: "live", capacity: 8))
            #expect(try decodeJSON(PeerPlace.self, from: newcomer.body).role == nil)
            try await eventually("the accuser has another parent") { neighbour(of: accuser) != nil }
            let next = try #require(neighbour(of: accuser))
            let slander = PeerReport(accused: [Accusation(peer: next, reason: "bad-piece")])
            #expect(problem(try await accuser.report(slander)) == "banned")
            #expect(tracker.peers.sessions[next] != nil && tracker.peers.sessions[accuser.id] == nil)
            #expect(tracker.peers.addresses.bannedCount == 2)
        }
    }

    private func neighbour(of viewer: TestViewer) -> RandomID? {
        for parent in viewer.parents { if case .peer(let id, _) = parent.source { return id } }
        return viewer.children.first?.peer
    }

    @Test func `a viewer that died is out as soon as a child says so`() async throws {
        try await withTracker { tracker, _ in
            let viewers = try await viewers(12, at: tracker)
            let victim = try #require(viewers.first { !$0.children.isEmpty })
            let link = try #require(victim.children.first)
            let child = try #require(viewers.first { $0.id == link.peer })
            victim.hangUp()
            try await eventually("the tracker sees it") { tracker.peers.sessions[victim.id]?.events == nil }
            let lost = LostLink(stripe: link.stripe, peer: victim.id, reason: .silent)
            #expect(try await child.report(PeerReport(lost: [lost])).status == 200)
            #expect(tracker.peers.sessions[victim.id] == nil)
            let rest = others(than: victim.id, of: viewers)
            try await eventually("all have parents again") { agree(rest) }
        }
    }

    private func others(than id: RandomID, of viewers: [TestViewer]) -> [TestViewer] {
        viewers.filter { $0.id != id }
    }

    @Test func `a viewer that goes without a word is out after 5 s`() async throws {
        try await withTracker { tracker, _ in
            let viewers = try await viewers(6, at: tracker)
            viewers[2].hangUp()
            try await eventually("the tracker sees it") { tracker.peers.sessions[viewers[2].id]?.events == nil }
            #expect(tracker.peers.swarms.values.first?.core.count == 6)
            try await eventually("it is out") { tracker.peers.sessions[viewers[2].id] == nil }
            let rest = others(than: viewers[2].id, of: viewers)
            try await eventually("all have parents again") { agree(rest) }
        }
    }

    /// Waits until background work has not moved anybody for some ticks.
    private func settle(_ tracker: RunningTracker) async throws {
        var moves = UInt64.max, since = Clock.now
        try await eventually("the trees have settled") {
            let now = tracker.peers.swarms.values.first?.core.counters.moves ?? 0
            if now != moves { (moves, since) = (now, Clock.now) }
            return Clock.now.milliseconds(since: since) > 3_000
        }
    }

    /// Whether two parents are the same, whoever the grandparent is by now.
    private func isSame(_ one: ParentDescription, _ other: ParentDescription) -> Bool {
        if case .peer(let id, _) = one.source, case .peer(let otherID, _) = other.source { return id == otherID }
        return one.source == other.source
    }

    @Test func `after a restart viewers resume and keep their links`() async throws {
        let coordinate = try FakeDirectory("live")
        let first = try RunningTracker(coordinate.url)
        try await first.register("f")
        let viewers = try await viewers(20, at: first)
        try await settle(first)
        await first.stop()
        for viewer in viewers {
            try await eventually("all are told to come back") { viewer.byes.first?.reason == .stopping }
            let retryMs = try #require(viewer.byes.first).retryMs
            #expect((0...PeerDirectory.returnMsLeast).contains(retryMs))
        }
        let second = try RunningTracker(coordinate.url)
        try await second.register("f")
        #expect(
            problem(try await second.send("GET", viewers[0].path + "/events", token: viewers[0].token))
                == "unknown-peer")
        var back: [TestViewer] = []
        for viewer in viewers.reversed() { back.insert(try await .join(second, resume: viewer.resume), at: 0) }
        #expect(second.peers.swarms.values.first?.core.isResuming == true)
        try await eventually("all have come") { second.peers.swarms.values.first?.core.isResuming == false }
        try await eventually("all know their places") { agree(back) }
        var kept = 0
        for (old, new) in zip(viewers, back) {
            #expect(old.id == new.id)
            for (before, after) in zip(old.parents, new.parents) where isSame(before, after) { kept += 1 }
        }
        // Of 40; the new tracker may see room for an improvement that the old one had no need of.
        #expect(kept >= 36)
        await second.stop()
        await coordinate.stop()
    }

    @Test func `a swarm ends with its stream`() async throws {
        try await withTracker { tracker, coordinate in
            let viewer = try await TestViewer.join(tracker)
            coordinate.streams["live"]?.state = .ended
            try await eventually("it is told so") { viewer.byes.map(\.reason) == [.ended] && viewer.hasEnded }
            #expect(tracker.peers.swarms.isEmpty && tracker.peers.sessions.isEmpty)
        }
    }

    @Test func `a forward that leaves, and one that comes, are told`() async throws {
        try await withTracker { tracker, _ in
            try await tracker.register("f")
            let viewer = try await TestViewer.join(tracker)
            try await tracker.register("g")
            try await eventually("it knows two") { viewer.forwards.sorted() == ["http://f:9998", "http://g:9998"] }
            try await tracker.register("f", method: "DELETE")
            try await eventually("it knows one") { viewer.forwards == ["http://g:9998"] }
            try await eventually("and gets both stripes there") {
                viewer.parents.map(\.source) == sources("http://g:9998")
            }
            try await tracker.register("g", method: "DELETE")
            try await eventually("it looks for one itself") { viewer.parents.map(\.source) == sources("any") }
        }
    }

    private func sources(_ url: String) -> [ParentDescription.Source] { [.forward(url), .forward(url)] }

    @Test func `forwards learn how large swarms are, and coordinates what was received`() async throws {
        try await withTracker { tracker, coordinate in
            let viewers = try await viewers(3, at: tracker)
            let answer = try await tracker.register("f")
            #expect(answer.swarms == [SwarmSize(stream: "live", peers: 3)])
            let reports: [(UInt64, UInt64)] = [(300, 100), (200, 150), (500_000_000, 200), (500_000_050, 210)]
            for (peers, forwards) in reports {
                let stats = PeerStatistics(
                    bytesFromPeers: peers, bytesFromForwards: forwards, uploadBytes: 0, continuity: 1)
                #expect(try await viewers[0].report(PeerReport(stats: stats)).status == 200)
            }
            // What goes back, and what leaps, is not counted.
            try await eventually("a heartbeat brings it") { received(coordinate) == [350, 110] }
            let swarm = try #require(coordinate.heartbeats.last?.swarms.first)
            #expect(swarm.peers == 3 && swarm.roots == 3 && coordinate.heartbeats.last?.peers == 3)
            // Totals do not fall when a swarm ends: that would look like a restart.
            try await expectReceived(at: tracker)
            for swarm in tracker.peers.swarms.values { tracker.peers.end(swarm) }
            try await expectReceived(at: tracker)
        }
    }

    private func expectReceived(at tracker: RunningTracker) async throws {
        let metrics = String(decoding: try await tracker.send("GET", "/metrics").body, as: UTF8.self)
        #expect(metrics.contains("p2plive_tracker_peer_bytes_total 350\n"))
        #expect(metrics.contains("p2plive_tracker_forward_bytes_total 110\n"))
        #expect(metrics.contains("p2plive_tracker_continuity_mean 1\n"))
    }

    private func received(_ coordinate: FakeDirectory) -> [UInt64] {
        let swarms = coordinate.heartbeats.flatMap(\.swarms)
        return [swarms.map(\.bytesFromPeers).reduce(0, +), swarms.map(\.bytesFromForwards).reduce(0, +)]
    }

    @Test func `swarms are shown without saying where viewers are`() async throws {
        try await withTracker { tracker, _ in
            try await tracker.register("f")
            _ = try await viewers(8, at: tracker)
            struct Debug: Decodable {
                struct State: Decodable {
                    struct Swarm: Decodable {
                        let stream: String
                        let peers: Int
                        let natClasses: [String: Int]
                    }
                    let peers: Int
                    let swarms: [Swarm]
                }
                let state: State
            }
            let answer = try await tracker.send("GET", "/debug")
            let debug = try decodeJSON(Debug.self, from: answer.body)
            #expect(debug.state.peers == 8 && debug.state.swarms.map(\.peers) == [8])
            #expect(debug.state.swarms.first?.natClasses == ["open": 8])
            #expect(!String(decoding: answer.body, as: UTF8.self).contains("127.0.0.1"))
            let metrics = String(decoding: try await tracker.send("GET", "/metrics").body, as: UTF8.self)
            #expect(
                metrics.contains("p2plive_tracker_peers 8\n") && metrics.contains("p2plive_tracker_joins_total 8\n"))
        }
    }
}
