import CoreTypes
import EventLoop
import HTTPClient
import HTTPServer
import ServiceAPI
import ServiceKit
import TestSupport
import Testing

@testable import TrackerService

/// Viewers that go from one tracker to another, and trackers that are full.
@LoopActor
@Suite(.serialized) struct HandOverTests {
    @Test func `the coordinate hears of the end before viewers do`() async throws {
        let coordinate = try FakeDirectory("live")
        let tracker = try RunningTracker(coordinate.url)
        let viewer = try await TestViewer.join(tracker)
        try await eventually("it is registered") { !coordinate.heartbeats.isEmpty }
        var byesAtFarewell: Int?
        coordinate.onFarewell = { byesAtFarewell = viewer.byes.count }
        await tracker.stop()
        try await eventually("the viewer is told") { viewer.byes.map(\.reason) == [.stopping] && viewer.hasEnded }
        #expect(byesAtFarewell == 0)
        await coordinate.stop()
    }

    @Test func `nobody is taken in between`() async throws {
        let coordinate = try FakeDirectory("live")
        let tracker = try RunningTracker(coordinate.url)
        let viewer = try await TestViewer.join(tracker)
        tracker.peers.close()
        #expect(problem(try await tracker.join(PeerJoin(stream: "live", capacity: 2))) == "stopping")
        #expect(
            problem(try await tracker.join(PeerJoin(stream: "live", capacity: 2, resume: viewer.resume))) == "stopping")
        // Those who are here go on being served.
        #expect(try await viewer.report(PeerReport()).status == 200)
        await tracker.stop()
        await coordinate.stop()
    }

    @Test func `many viewers take longer to come back than few`() async throws {
        let tracker = try RunningTracker(nil)
        tracker.service.addCrowd(4_000, to: .standard)
        let sessions = Array(tracker.peers.sessions.values)
        tracker.peers.stop()
        let delays = try sessions.map { session in
            var parser = EventStreamParser()
            let events = try parser.receive(session.log.after(session.log.lastID - 1) ?? [])
            return try decodeJSON(ByeEvent.self, from: Array(try #require(events.last).data.utf8)).retryMs
        }
        #expect(delays.allSatisfy { (0...4_000).contains($0) })
        #expect(delays.count { $0 > 2_000 } > 1_000 && delays.count { $0 < 2_000 } > 1_000)
        await tracker.stop()
    }

    @Test func `a tracker that is full says so at the coordinate at once`() async throws {
        let coordinate = try FakeDirectory("live")
        let tracker = try RunningTracker(coordinate.url) { $0.peersMax = 1 }
        try await eventually("it is registered") { coordinate.heartbeats.last?.peers == 0 }
        // From here on no heartbeat comes by itself.
        for timer in tracker.service.timers { timer.cancel() }
        _ = try await TestViewer.join(tracker)
        #expect(problem(try await tracker.join(PeerJoin(stream: "live", capacity: 2))) == "tracker-full")
        try await eventually("a heartbeat that did not wait for its time tells it") {
            coordinate.heartbeats.last?.peers == 1
        }
        await tracker.stop()
        await coordinate.stop()
    }

    @Test func `who comes back under another name takes the place it left`() async throws {
        let coordinate = try FakeDirectory("live")
        let tracker = try RunningTracker(coordinate.url) { $0.peersMax = 2 }
        let one = try await TestViewer.join(tracker), other = try await TestViewer.join(tracker)
        #expect(problem(try await tracker.join(PeerJoin(stream: "live", capacity: 2))) == "tracker-full")
        other.hangUp()
        try await eventually("the tracker sees it") { tracker.peers.sessions[other.id]?.events == nil }
        let again = try await TestViewer.join(tracker)
        #expect(tracker.peers.sessions[other.id] == nil && tracker.peers.sessions.count == 2)
        try await eventually("those who are here agree") { agree([one, again]) }
        // One who has not listened yet is somebody else.
        again.hangUp()
        try await eventually("the tracker sees it") { tracker.peers.sessions[again.id]?.events == nil }
        _ = try await TestViewer.join(tracker, isListening: false)
        #expect(problem(try await tracker.join(PeerJoin(stream: "live", capacity: 2))) == "tracker-full")
        // One who is known takes nobody's place.
        let resumed = try await TestViewer.join(tracker, resume: one.resume)
        #expect(resumed.id == one.id && tracker.peers.sessions.count == 2)
        await tracker.stop()
        await coordinate.stop()
    }

    @Test func `of many who never listen each is given up sooner`() async throws {
        let tracker = try RunningTracker(nil)
        try await tracker.register("f", streams: ["live"])
        func join(_ number: Int) -> RandomID {
            let client = IPAddress(bytes: [10, 0, 0, UInt8(number)])!
            let origin = PeerSession.Origin(client: client, scheme: "http", host: "")
            let join = PeerJoin(stream: "live", capacity: 2)
            return tracker.peers.join(.random(), .standard, join, origin: origin, isLeaf: false, publicKey: "").id
        }
        let start = Clock.now
        func dismiss(afterMs: Int64) { tracker.peers.dismissAbsent(Clock.now.advanced(byMilliseconds: afterMs)) }
        for number in 0..<60 { _ = join(number) }
        dismiss(afterMs: 1_500)
        // A machine that stands still for so long has given them up by itself.
        let stoodStill = { Clock.now.milliseconds(since: start) > 800 }
        #expect(tracker.peers.sessions.count == 60 || stoodStill())
        for number in 60..<80 { _ = join(number) }
        dismiss(afterMs: 900)
        #expect(tracker.peers.sessions.count == 80 || stoodStill())
        dismiss(afterMs: 1_500)
        #expect(tracker.peers.sessions.isEmpty)
        await tracker.stop()
    }
}
