import EventLoop
import HTTPClient
import HTTPServer
import ServiceAPI
import ServiceKit
import Testing

@testable import TrackerService

/// Forwards that register at a tracker, over real sockets.
@Suite(.serialized) struct ForwardRegisterTests {
    /// A tracker without coordinates that listens on loopback.
    @LoopActor
    private final class Running {
        let service: TrackerService
        private let server: HTTPServer
        private let client = HTTPClient()

        init() throws {
            var configuration = TrackerConfiguration()
            configuration.secret = "secret"
            service = TrackerService(configuration)
            let router = Router()
            service.add(to: router)
            server = HTTPServer(HTTPServer.Configuration(listen: [ListenAddress("127.0.0.1:0")!]), router: router)
            try server.start()
            service.start(urls: [])
        }

        func send(_ method: String, _ body: [UInt8], secret: String = "secret") async throws -> Int {
            let url = "http://\(server.addresses[0])/forward"
            return try await client.send(HTTPClientRequest(method, url, body: body).bearing(secret)).status
        }

        func stop() async {
            await service.stop()
            await server.stop(drainMs: 1_000)
        }
    }

    private func registration(_ name: String = "f", urls: [String] = ["http://0.0.0.0:9998"]) -> [UInt8] {
        let load = LoadReport(
            viewers: 3, viewersMax: 10, egressBitsPerSecond: 0, egressBitsPerSecondMax: 0, streams: [])
        return encodeJSON(
            ForwardRegistration(
                id: "00", name: name, region: "a", urls: urls.map { AdvertisedURL(url: $0) }, load: load))
    }

    @Test @LoopActor func `a forward registers, is renewed, and leaves`() async throws {
        let tracker = try Running()
        #expect(try await tracker.send("PUT", registration()) == 404)
        #expect(try await tracker.send("POST", registration()) == 201)
        #expect(try await tracker.send("PUT", registration()) == 200)
        // Whoever does not know its own address is known by the one it comes from.
        #expect(tracker.service.forwards.values.map(\.urls) == [[AdvertisedURL(url: "http://127.0.0.1:9998")]])
        #expect(try await tracker.send("DELETE", registration()) == 204)
        #expect(tracker.service.forwards.count == 0)
        await tracker.stop()
    }

    @Test @LoopActor func `only services of the cluster register`() async throws {
        let tracker = try Running()
        #expect(try await tracker.send("POST", registration(), secret: "guess") == 401)
        #expect(try await tracker.send("POST", registration(), secret: "") == 401)
        #expect(tracker.service.forwards.count == 0)
        await tracker.stop()
    }

    @Test @LoopActor func `nonsense is refused and registers nobody`() async throws {
        let tracker = try Running()
        let bodies =
            [
                [], Array("{}".utf8), Array("[1,2".utf8), [0xff, 0xfe],
                Array(repeating: UInt8(ascii: "["), count: 50_000),
            ]
            + [
                registration(""), registration(String(repeating: "n", count: 129)), registration(urls: []),
                registration(urls: ["javascript:alert(1)"]),
                registration(urls: Array(repeating: "http://h", count: 17)),
            ]
        for body in bodies { #expect(try await tracker.send("POST", body) == 400) }
        #expect(try await tracker.send("POST", Array(repeating: 32, count: 2 << 20)) == 413)
        #expect(tracker.service.forwards.count == 0)
        await tracker.stop()
    }

    @Test @LoopActor func `addresses and errors are for those with the secret`() async throws {
        let tracker = try Running()
        _ = try await tracker.send("POST", registration())
        let trusted = String(decoding: encodeJSON(tracker.service.report(isTrusted: true)), as: UTF8.self)
        let open = String(decoding: encodeJSON(tracker.service.report(isTrusted: false)), as: UTF8.self)
        #expect(trusted.contains("127.0.0.1"))
        #expect(!open.contains("127.0.0.1") && open.contains("\"viewers\":3"))
        await tracker.stop()
    }
}
