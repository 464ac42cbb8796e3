import CoreTypes
import EventLoop
import HTTPServer
import ServiceAPI
import ServiceKit
import SwarmCore
import TestSupport
import Testing

@testable import TrackerService

/// `/debug/overlay`: swarms as they are drawn.
@LoopActor
@Suite(.serialized) struct OverlayDrawingTests {
    private struct Drawing: Decodable {
        struct Node: Decodable {
            let id: RandomID
            let role: Int?
            let capacity: Int
            let depths: [Int]
            let region: String
            let agent: String?
            let bytesFromPeers: UInt64?
            let bytesFromForwards: UInt64?
            let uploadBytes: UInt64?
            let continuity: Double?
        }
        struct Happenings: Decodable {
            let joins: UInt64
            let departures: UInt64
            let repairs: UInt64
            let bytesFromPeers: UInt64
        }
        struct Link: Decodable {
            let stripe: Int
            let to: RandomID
            let from: RandomID?
            let forward: String?
        }
        let asOf: Int64
        let stream: String
        let peers: Int
        let truncated: Bool
        let swarm: Happenings
        let nodes: [Node]
        let links: [Link]
    }

    private func withTracker(_ body: (RunningTracker) async throws -> Void) async throws {
        let coordinate = try FakeDirectory("live")
        let tracker = try RunningTracker(coordinate.url)
        try await body(tracker)
        await tracker.stop()
        await coordinate.stop()
    }

    private func draw(_ tracker: RunningTracker, _ query: String = "") async throws -> Drawing {
        let answer = try await tracker.send("GET", "/debug/overlay" + query)
        try #require(answer.status == 200, "\(problem(answer))")
        return try decodeJSON(Drawing.self, from: answer.body)
    }

    @Test func `all viewers and links are drawn, as viewers were told`() async throws {
        try await withTracker { tracker in
            try await tracker.register("f")
            var viewers: [TestViewer] = []
            for _ in 0..<12 { viewers.append(try await .join(tracker)) }
            try await eventually("all know their places") { agree(viewers) }
            let before = Clock.wall
            let drawing = try await draw(tracker, "?stream=live")
            #expect((before...Clock.wall).contains(drawing.asOf) && drawing.stream == "live" && drawing.peers == 12)
            #expect(!drawing.truncated)
            #expect(Set(drawing.nodes.map(\.id)) == Set(viewers.map(\.id)) && drawing.nodes.count == 12)
            #expect(drawing.nodes.allSatisfy { $0.region == "here" && $0.capacity == 2 && $0.depths.count == 2 })
            for viewer in viewers {
                for parent in viewer.parents {
                    let links = drawing.links.filter { $0.to == viewer.id && $0.stripe == parent.stripe }
                    let link = try #require(links.first)
                    switch parent.source {
                    case .peer(let id, _): #expect(link.from == id && link.forward == nil && links.count == 1)
                    case .forward: #expect(link.from == nil && link.forward == "f" && links.count == 1)
                    }
                }
            }
            #expect(tracker.service.overlayDumps == 0)
        }
    }

    @Test func `a part is drawn from the roots down, or from one viewer`() async throws {
        try await withTracker { tracker in
            var viewers: [TestViewer] = []
            for _ in 0..<40 { viewers.append(try await .join(tracker)) }
            try await eventually("all know their places") { agree(viewers) }
            let part = try await draw(tracker, "?limit=10")
            #expect(part.truncated && part.nodes.count == 10 && part.links.count == 20 && part.peers == 40)
            let whole = try await draw(tracker)
            #expect(part.nodes.prefix(4).allSatisfy { $0.depths.contains(1) })
            let top = try #require(
                whole.nodes.first { $0.depths.contains(1) && children($0.id, whole, $0.role).count == 2 })
            let below = try await draw(tracker, "?limit=2000&root=\(top.id)")
            var expected: Set<RandomID> = [top.id]
            while true {
                let next = expected.union(expected.flatMap { children($0, whole, top.role) })
                if next == expected { break }
                expected = next
            }
            #expect(Set(below.nodes.map(\.id)) == expected && !below.truncated)
            #expect(below.nodes.first?.id == top.id)
            let two = try await draw(tracker, "?limit=2&root=\(top.id)")
            #expect(two.nodes.count == 2 && two.truncated)
        }
    }

    private func children(_ id: RandomID, _ drawing: Drawing, _ stripe: Int?) -> [RandomID] {
        drawing.links.filter { $0.from == id && $0.stripe == stripe }.map(\.to)
    }

    @Test func `viewers are drawn with what they said of themselves`() async throws {
        try await withTracker { tracker in
            let page = try await TestViewer.join(tracker, agent: .browser)
            let program = try await TestViewer.join(tracker, agent: .native)
            let silent = try await TestViewer.join(tracker)
            func report(_ viewer: TestViewer, _ bytes: UInt64, _ continuity: Double?) async throws {
                let said = PeerStatistics(
                    bytesFromPeers: bytes, bytesFromForwards: 7, uploadBytes: 9, continuity: continuity)
                #expect(try await viewer.report(PeerReport(stats: said)).isSuccess)
            }
            try await report(page, 1_000, 0.99996)
            try await report(program, .max, 1e300)
            let drawing = try await draw(tracker, "?limit=100")
            func node(_ viewer: TestViewer) throws -> Drawing.Node {
                try #require(drawing.nodes.first { $0.id == viewer.id })
            }
            let (first, second, third) = (try node(page), try node(program), try node(silent))
            #expect(first.agent == "browser" && second.agent == "native" && third.agent == nil)
            #expect(first.bytesFromPeers == 1_000 && first.bytesFromForwards == 7 && first.uploadBytes == 9)
            #expect(first.continuity == 1 && second.continuity == 1 && second.bytesFromPeers == UInt64(Int.max))
            #expect(third.bytesFromPeers == 0 && third.continuity == nil)
            #expect(drawing.swarm.joins == 3 && drawing.swarm.departures == 0 && drawing.swarm.bytesFromPeers == 1_000)
            let whole = try await draw(tracker)
            #expect(whole.nodes.count == 3 && whole.nodes.allSatisfy { $0.agent == nil && $0.uploadBytes == nil })
            #expect(whole.swarm.joins == 3)
            #expect(try await silent.leave() == 204)
            try await eventually("the departure is counted") {
                tracker.peers.swarms[.standard]?.core.counters.departures == 1
            }
            #expect(try await draw(tracker, "?limit=2").swarm.departures == 1)
        }
    }

    @Test func `what cannot be drawn is refused`() async throws {
        try await withTracker { tracker in
            _ = try await TestViewer.join(tracker)
            func refusal(_ query: String) async throws -> String {
                problem(try await tracker.send("GET", "/debug/overlay" + query))
            }
            #expect(try await refusal("?stream=other") == "unknown-stream")
            #expect(try await refusal("?stream=.") == "bad-name")
            #expect(try await refusal("?limit=-1") == "bad-limit")
            #expect(try await refusal("?root=\(RandomID.random())") == "unknown-peer")
            #expect(try await refusal("?root=x") == "unknown-peer")
        }
    }

    @Test func `a crowd is drawn as it was when it was asked for, while it changes`() async throws {
        try await withTracker { tracker in
            tracker.service.addCrowd(3_000, to: .standard)
            let swarm = try #require(tracker.peers.swarms[.standard])
            var drawing = OverlayDrawing(swarm.core.snapshot, of: .standard, region: "\"", asOf: 5)
            var text: [UInt8] = []
            var slices = 0
            while true {
                var slice: [UInt8] = []
                let goesOn = drawing.write(to: &slice, atLeast: 1_000)
                text += slice
                slices += 1
                for session in swarm.sessions.values.prefix(5) { tracker.peers.leave(session) }
                if !goesOn { break }
            }
            #expect(slices > 100 && swarm.sessions.count < 3_000)
            let read = try decodeJSON(Drawing.self, from: text)
            #expect(read.nodes.count == 3_000 && read.links.count == 6_000 && read.asOf == 5 && read.peers == 3_000)
            let known = Set(read.nodes.map(\.id))
            #expect(read.links.allSatisfy { $0.from.map { known.contains($0) } ?? ($0.forward == "any") })
            #expect(read.nodes.allSatisfy { $0.region == "\"" })
        }
    }
}
