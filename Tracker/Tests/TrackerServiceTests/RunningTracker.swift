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

/// A coordinate that knows the streams it is given, and notes the heartbeats of trackers.
@LoopActor
final class FakeDirectory {
    var streams: [String: StreamDescription] = [:]
    private(set) var heartbeats: [TrackerRegistration] = []
    private(set) var questions = 0
    /// Called when a tracker leaves.
    var onFarewell: @LoopActor () -> Void = {}
    private let server: HTTPServer
    var url: ServiceURL { ServiceURL("http://\(server.addresses[0])")! }

    init(_ names: String...) throws {
        let router = Router()
        server = HTTPServer(HTTPServer.Configuration(listen: [ListenAddress("127.0.0.1:0")!]), router: router)
        for name in names { streams[name] = Self.stream(name) }
        router.get("/streams/:name") { [unowned self] request in
            questions += 1
            guard let stream = streams[request.parameters["name"] ?? ""] else {
                return Problem(404, "unknown-stream", "no such stream").reply
            }
            return .now(.json(stream))
        }
        router.on([.post, .put, .delete], "/tracker", bytesMax: 1 << 20) { [unowned self] request in
            if let told = try? decodeJSON(TrackerRegistration.self, from: request.body) { heartbeats.append(told) }
            if request.method == .delete { onFarewell() }
            return .now(.json(["status": "ok"]))
        }
        try server.start()
    }

    static func stream(_ name: String) -> StreamDescription {
        StreamDescription(
            name: name, state: .live, codecs: "", width: 0, height: 0, bitrate: 0, startedAt: 0, sequence: 1,
            viewers: 0, offload: nil, publicKey: "the key of \(name)", chunkMs: 200, stripes: 2)
    }

    func stop() async { await server.stop(drainMs: 1_000) }
}

/// A tracker on loopback, as its program runs it.
@LoopActor
final class RunningTracker {
    let service: TrackerService
    let client = HTTPClient()
    private let server: HTTPServer
    var url: String { "http://\(server.addresses[0])" }
    var address: ListenAddress { server.addresses[0] }
    var peers: PeerDirectory { service.peers }

    init(_ coordinate: ServiceURL?, _ change: (inout TrackerConfiguration) -> Void = { _ in }) throws {
        var configuration = TrackerConfiguration()
        configuration.name = "t"
        configuration.region = "here"
        configuration.secret = "secret"
        configuration.coordinates = [coordinate ?? ServiceURL("http://127.0.0.1:1")!]
        change(&configuration)
        service = TrackerService(configuration)
        let router = Router()
        service.add(to: router)
        server = HTTPServer(HTTPServer.Configuration(listen: [ListenAddress("127.0.0.1:0")!]), router: router)
        let metrics = Metrics(service: "tracker")
        service.declare(metrics)
        StandardRoutes(
            service: "tracker", metrics: metrics, secret: configuration.secret, problems: { [] },
            debug: { [service] in service.report(isTrusted: $0) }
        ).add(to: router, server: server)
        try server.start()
        try service.startSTUN()
        service.start(urls: [])
    }

    func stop() async {
        await service.stop()
        await server.stop(drainMs: 1_000)
    }

    /// A request with a JSON body, and a token or the secret.
    func send(_ method: String, _ path: String, _ body: [UInt8]? = nil, token: String? = nil) async throws
        -> HTTPClientResponse
    {
        let request = HTTPClientRequest(method, url + path, body: body ?? (method == "GET" ? nil : []))
        return try await client.send(token.map { request.bearing($0) } ?? request)
    }

    func join(_ join: PeerJoin) async throws -> HTTPClientResponse {
        try await send("POST", "/peers", encodeJSON(join))
    }

    /// Registers a forward at a URL of its own, with a stream or without.
    @discardableResult
    func register(_ name: String, streams: [String] = ["live"], viewers: Int = 0, method: String = "POST") async throws
        -> ForwardRegistrationAnswer
    {
        let load = LoadReport(
            viewers: viewers, viewersMax: 10, egressBitsPerSecond: 0, egressBitsPerSecondMax: 0,
            streams: streams.map { StreamLoad(stream: $0, viewers: 0) })
        let registration = ForwardRegistration(
            id: "00", name: name, region: "", urls: [AdvertisedURL(url: "http://\(name):9998")], load: load)
        let answer = try await send(method, "/forward", encodeJSON(registration), token: "secret")
        try #require(answer.isSuccess)
        guard !answer.body.isEmpty else { return ForwardRegistrationAnswer(swarms: nil) }
        return try decodeJSON(ForwardRegistrationAnswer.self, from: answer.body)
    }
}

/// The type of a problem.
func problem(_ answer: HTTPClientResponse) -> String {
    struct Document: Decodable { let title: String }
    return (try? decodeJSON(Document.self, from: answer.body))?.title ?? "status \(answer.status)"
}
