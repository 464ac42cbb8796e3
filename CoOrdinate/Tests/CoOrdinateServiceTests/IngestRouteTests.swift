import CoreTypes
import EventLoop
import HTTPClient
import StreamCore
import Testing

@testable import CoOrdinateService

@LoopActor
@Suite(.serialized) struct IngestRouteTests {
    private func keyed() throws -> RunningCoordinate {
        try RunningCoordinate {
            $0.publishKeys = PublishKeys([("live", "k1"), ("other", "k2")], isOpen: true)
            $0.streamsMax = 2
        }
    }

    @Test func `a stream above the limit is 507, and makes none`() async throws {
        let coordinate = try keyed()
        try coordinate.stream("a")
        try coordinate.stream("b")
        let refused = try await coordinate.send("POST", "/stream/c", [0])
        #expect(refused.status == 507 && refused.problem == "too-many-streams")
        #expect(coordinate.service.directory.sorted.map(\.name.description) == ["a", "b"])
        #expect(coordinate.service.refusalCounts == ["too-many-streams": 1])
        await coordinate.stop()
    }

    @Test func `a refused publisher leaves no stream behind`() async throws {
        let coordinate = try keyed()
        for path in ["/stream", "/stream?key=k2", "/stream/live?key=", "/stream/other?key=k1", "/stream/stream?key=k1"]
        {
            #expect([400, 401].contains(try await coordinate.send("POST", path, [0]).status), "\(path)")
        }
        #expect(coordinate.service.directory.streams.isEmpty)
        #expect(coordinate.service.refusalCounts == ["bad-key": 4, "reserved-name": 1])
        await coordinate.stop()
    }

    @Test func `junk with a good key is undecodable, and its stream waits`() async throws {
        let coordinate = try keyed()
        let answer = try await coordinate.send("PUT", "/stream?key=k1", [UInt8](repeating: 65, count: 10_000))
        #expect(answer.status == 415 && answer.problem == "undecodable")
        let stream = try coordinate.stream("live")
        #expect(await until { stream.publisher == nil } && stream.state == .waiting && stream.machine.sequence == 0)
        await coordinate.stop()
    }

    @Test func `the last 32 refusals are kept, all are counted, and a long name is cut`() throws {
        let coordinate = try keyed()
        let client = IPAddress("192.0.2.1")!
        for number in 0..<40 { coordinate.service.refused("s\(number)", 401, "bad-key", "no", client: client) }
        coordinate.service.refused(String(repeating: "x", count: 5_000), 400, "bad-name", "no", client: client)
        #expect(coordinate.service.refusals.count == 32 && coordinate.service.refusals.first?.stream == "s9")
        #expect(coordinate.service.refusals.last?.stream.count == 64)
        #expect(coordinate.service.refusalCounts == ["bad-key": 40, "bad-name": 1])
        Task { await coordinate.stop() }
    }

    @Test func `only the stream's own key or the secret may end its publisher`() async throws {
        let coordinate = try keyed()
        #expect(try await coordinate.send("DELETE", "/stream/live?key=k1").problem == "unknown-stream")
        try coordinate.stream("live")
        try coordinate.stream("free")
        for path in ["/stream/live", "/stream/live?key=k2", "/stream/free", "/stream/free?key=any"] {
            let answer = try await coordinate.send("DELETE", path)
            #expect(answer.status == 401 && answer.problem == "bad-key", "\(path)")
        }
        for path in ["/stream/live?key=k1", "/stream/live", "/stream/free"] {
            let answer = try await coordinate.send("DELETE", path, secret: !path.contains("key"))
            #expect(answer.status == 404 && answer.problem == "no-publisher", "\(path)")
        }
        await coordinate.stop()
    }
}
