import CoreTypes
import EventLoop
import HTTPClient
import ServiceAPI
import Testing

@testable import CoOrdinateService

@LoopActor
@Suite(.serialized) struct TopologyTests {
    private struct Topology: Decodable {
        struct Region: Decodable {
            let name: String
            let latitude: Double?
        }
        struct Swarm: Decodable, Equatable {
            let peers: Int
            let roots: Int?
        }
        struct Tracker: Decodable {
            let name: String
            let url: String?
            let alive: Bool
            let swarm: Swarm?
        }
        struct Forward: Decodable {
            let name: String
            let url: String?
            let viewers: Int
            let streamViewers: Int?
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

    private let source = IPAddress("192.0.2.7")!

    @Test func `it tells who has the stream, and where whoever asks can ask for more`() async throws {
        let coordinate = try RunningCoordinate()
        try coordinate.stream("live")
        let register = coordinate.service.register
        let swarm = SwarmReport(stream: "live", peers: 5, roots: 2, bytesFromPeers: 0, bytesFromForwards: 0)
        let near = forward(
            "near", region: "here", viewers: 3, streams: [StreamLoad(stream: "live", viewers: 2)])
        let inside = [
            AdvertisedURL(network: "127.0.0.0/8", url: "http://inside:1"), AdvertisedURL(url: "http://out:1"),
        ]
        _ = register.put(tracker("a-empty", region: "there", urls: inside), from: source)
        _ = register.put(tracker("b-live", region: "here", swarms: [swarm], forwards: [near]), from: source)
        _ = register.put(near, from: source)
        _ = register.put(forward("a-idle", urls: [AdvertisedURL(url: "https://secure:1")]), from: source)
        let answer = try await coordinate.get("/topology/live")
        let told = try answer.json(Topology.self)
        #expect(told.stream.name == "live" && abs(told.asOf - Clock.wall) < 60_000 && !told.truncated)
        #expect(told.regions.map(\.name) == ["here", "there"])
        #expect(told.trackers.map(\.name) == ["b-live", "a-empty"] && told.trackers.allSatisfy(\.alive))
        #expect(told.trackers[0].swarm == Topology.Swarm(peers: 5, roots: 2) && told.trackers[1].swarm == nil)
        #expect(told.trackers[1].url == "http://inside:1")
        #expect(told.forwards.map(\.name) == ["near", "a-idle"])
        #expect(told.forwards[0].viewers == 3 && told.forwards[0].streamViewers == 2 && told.forwards[0].streams == 1)
        #expect(told.forwards[0].trackers == ["b-live"] && told.forwards[1].trackers == [])
        #expect(told.forwards[1].url == nil && told.forwards[1].streamViewers == nil)
        #expect(!answer.text.contains("192.0.2.7") && !answer.text.contains("out:1"))
        #expect(answer.header("Cache-Control") == "no-store")
        await coordinate.stop()
    }

    @Test func `of thousands it tells those with the stream`() async throws {
        let coordinate = try RunningCoordinate()
        try coordinate.stream("live")
        for number in 0..<300 {
            let load = number == 299 ? [StreamLoad(stream: "live", viewers: 1)] : []
            _ = coordinate.service.register.put(forward("f\(1_000 + number)", streams: load), from: source)
        }
        let told = try await coordinate.get("/topology/live").json(Topology.self)
        #expect(told.forwards.count == 256 && told.forwards[0].name == "f1299" && told.truncated)
        await coordinate.stop()
    }

    @Test func `a stream that is not there, or cannot be`() async throws {
        let coordinate = try RunningCoordinate()
        #expect(try await coordinate.get("/topology/live").problem == "unknown-stream")
        #expect(try await coordinate.get("/topology/streams").problem == "bad-name")
        #expect(try await coordinate.get("/topology/a%20b").status == 400)
        await coordinate.stop()
    }
}
