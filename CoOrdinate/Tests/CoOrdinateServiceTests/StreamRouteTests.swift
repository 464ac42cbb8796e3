import CoreTypes
import Cryptography
import EventLoop
import HTTPClient
import MediaWire
import ServiceAPI
import ServiceKit
import Testing

@testable import CoOrdinateService

@LoopActor
@Suite(.serialized) struct StreamRouteTests {
    @Test func `streams are listed by name, with all that is known before the first chunk`() async throws {
        let coordinate = try RunningCoordinate { $0.chunkMs = 100 }
        #expect(try await coordinate.get("/streams").json(StreamList.self).streams.isEmpty)
        let before = Clock.wall
        for name in ["b", "a", "C"] { try coordinate.stream(name) }
        let swarm = SwarmReport(stream: "a", peers: 4, bytesFromPeers: 1, bytesFromForwards: 3)
        _ = coordinate.service.register.put(tracker("t", swarms: [swarm]), from: IPAddress("192.0.2.7")!)
        let streams = try await coordinate.get("/streams").json(StreamList.self).streams
        #expect(streams.map(\.name) == ["C", "a", "b"])
        let one = streams[1]
        #expect(one.state == .waiting && one.sequence == 0 && one.codecs.isEmpty && one.width == 0 && one.height == 0)
        #expect(one.bitrate == 0 && one.chunkMs == 100 && one.stripes == 2 && one.viewers == 4 && one.offload == 0.25)
        #expect((before...Clock.wall).contains(one.startedAt) && streams[2].offload == nil)
        await coordinate.stop()
    }

    @Test func `a stream's key follows from the secret and its name, unless there is a key for all`() async throws {
        let coordinate = try RunningCoordinate()
        try coordinate.stream("live")
        let key = try SigningKey.derived(secret: RunningCoordinate.secret, streamName: .standard)
        let told = try await coordinate.get("/streams/live").json(StreamDescription.self).publicKey
        #expect(told == key.publicKey.description && Base64.standard.decode(told)?.count == 32)
        await coordinate.stop()
        let own = try SigningKey(seed: [UInt8](repeating: 7, count: 32))
        let other = try RunningCoordinate { $0.signingKey = own }
        try other.stream("live")
        #expect(try await other.get("/streams/live").text.contains(own.publicKey.description))
        await other.stop()
    }

    @Test func `a stream that is not there is 404 wherever it is asked for`() async throws {
        let coordinate = try RunningCoordinate()
        try coordinate.stream("live")
        for path in ["/streams/other", "/streams/LIVE", "/streams/%2e%2e", "/streams/other/thumbnail.jpg"] {
            let answer = try await coordinate.get(path)
            #expect(answer.status == 404 && answer.problem == "unknown-stream", "\(path)")
        }
        let relay = try await coordinate.send("GET", "/relay/other", secret: true)
        #expect(relay.status == 404 && relay.problem == "unknown-stream")
        await coordinate.stop()
    }

    @Test func `the clock is the coordinate's wall clock`() async throws {
        let coordinate = try RunningCoordinate()
        let before = Clock.wall
        let now = try await coordinate.get("/time").json(TimeReport.self).now
        #expect((before...Clock.wall).contains(now))
        await coordinate.stop()
    }

    @Test func `a relay needs the secret, a number that can be, and a way without circles`() async throws {
        let coordinate = try RunningCoordinate()
        try coordinate.stream("live")
        #expect(try await coordinate.get("/relay/live").problem == "bad-secret")
        for query in ["from=", "from=-1", "from=x", "from=9007199254740992", "back=-1", "back=", "back=3600001"] {
            let answer = try await coordinate.send("GET", "/relay/live?" + query, secret: true)
            #expect(answer.status == 400 && answer.problem == "bad-sequence", "\(query)")
        }
        let own = coordinate.service.instance.description, other = RandomID.random().description
        for path in [own, "\(other),\(own)", "\(own),\(other)"] {
            let answer = try await coordinate.send(
                "GET", "/relay/live", secret: true, headers: [("P2plive-Path", path)])
            #expect(answer.status == 508 && answer.problem == "relay-loop")
        }
        await coordinate.stop()
    }

    @Test func `what the report tells of others needs the secret`() async throws {
        let coordinate = try RunningCoordinate()
        _ = coordinate.service.register.put(tracker("t"), from: IPAddress("192.0.2.7")!)
        _ = coordinate.service.register.put(forward("f"), from: IPAddress("192.0.2.7")!)
        coordinate.service.refused("live", 401, "bad-key", "no", client: IPAddress("203.0.113.5")!)
        func report(_ isTrusted: Bool) -> String {
            String(decoding: encodeJSON(coordinate.service.report(isTrusted: isTrusted)), as: UTF8.self)
        }
        for secret in ["t.example", "f.example", "203.0.113.5"] {
            #expect(report(true).contains(secret) && !report(false).contains(secret))
        }
        #expect(!report(true).contains(RunningCoordinate.secret))
        await coordinate.stop()
    }
}
