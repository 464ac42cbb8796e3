import CoreTypes
import EventLoop
import Foundation
import Glibc
import HTTPClient
import HTTPServer
import Logging
import ServiceAPI
import ServiceKit
import Testing

@testable import CoOrdinateService

/// Once per process: tests provoke warnings by the thousand.
private let quietLogs: Void = LoggingSystem.bootstrap { _ in SwiftLogNoOpLogHandler() }

func quietLogger() -> Logger {
    quietLogs
    return Logger(label: "test")
}

/// A coordinate on a port of the kernel's choice, in the process of the test.
@LoopActor
final class RunningCoordinate {
    static let secret = "secret-of-tests"
    let service: CoOrdinateService
    let server: HTTPServer
    private let client = HTTPClient()

    init(trustedProxies: [String] = [], _ change: (inout CoOrdinateConfiguration) -> Void = { _ in }) throws {
        quietLogs
        var configuration = CoOrdinateConfiguration()
        configuration.secret = Self.secret
        change(&configuration)
        service = try CoOrdinateService(configuration)
        let router = Router()
        service.add(to: router)
        var listening = HTTPServer.Configuration(listen: [ListenAddress("127.0.0.1:0")!])
        listening.trustedProxies = trustedProxies.map { IPNetwork($0)! }
        server = HTTPServer(listening, router: router)
        try server.start()
    }

    func stop() async {
        service.stop()
        await server.stop(drainMs: 100)
    }

    /// A stream that waits for its publisher. It has no chunk, and stays nevertheless: the clockwork that would remove it
    /// stands still from here on.
    @discardableResult
    func stream(_ name: String) throws -> LiveStream {
        service.directory.timer?.cancel()
        return try service.directory.obtain(StreamName(name))!
    }

    func send(
        _ method: String, _ path: String, _ body: [UInt8]? = nil, secret: Bool = false,
        headers: [(name: String, value: String)] = []
    ) async throws -> HTTPClientResponse {
        let url = "http://\(server.addresses[0])" + path
        let request = HTTPClientRequest(method, url, headers: headers, body: body)
        return try await client.send(secret ? request.bearing(Self.secret) : request)
    }

    func get(_ path: String, _ headers: (name: String, value: String)...) async throws -> HTTPClientResponse {
        try await send("GET", path, headers: headers)
    }
}

extension HTTPClientResponse {
    /// The word of a problem document; nil for any other answer.
    var problem: String? {
        guard header("Content-Type") == "application/problem+json" else { return nil }
        let type = (try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any])?["type"] as? String
        return type?.replacing("urn:p2plive:problem:", with: "")
    }

    var text: String { String(decoding: body, as: UTF8.self) }

    func json<Value: Decodable>(_ type: Value.Type) throws -> Value { try decodeJSON(type, from: body) }
}

func tracker(
    _ name: String, region: String = "", urls: [AdvertisedURL]? = nil, stun: String? = nil, peers: Int = 0,
    swarms: [SwarmReport] = [], forwards: [ForwardRegistration] = []
) -> TrackerRegistration {
    TrackerRegistration(
        name: name, region: region, urls: urls ?? [AdvertisedURL(url: "http://\(name).example:9090")], stun: stun,
        peers: peers, peersMax: 100, swarms: swarms, forwards: forwards)
}

func forward(
    _ name: String, region: String = "", urls: [AdvertisedURL]? = nil, viewers: Int = 0, streams: [StreamLoad] = []
) -> ForwardRegistration {
    ForwardRegistration(
        id: "id of \(name)", name: name, region: region,
        urls: urls ?? [AdvertisedURL(url: "http://\(name).example:9998")],
        load: LoadReport(
            viewers: viewers, viewersMax: 100, egressBitsPerSecond: 0, egressBitsPerSecondMax: 0, streams: streams))
}

/// Turns of the loop until something is so; false when it is not after 10 s.
@LoopActor
func until(_ isSo: @LoopActor () -> Bool) async -> Bool {
    let deadline = Clock.now.advanced(byMilliseconds: 10_000)
    while !isSo() {
        guard Clock.now < deadline else { return false }
        await withCheckedContinuation { done in LoopTimer.after(milliseconds: 1) { done.resume() } }
    }
    return true
}

/// A file that is there while `body` runs.
func withFile<Result>(_ text: String, _ body: (TemporaryFile) throws -> Result) rethrows -> Result {
    let file = TemporaryFile()
    file.write(Array(text.utf8))
    defer { unlink(file.path) }
    return try body(file)
}

struct TemporaryFile {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path

    func write(_ bytes: [UInt8]) {
        #expect(FileManager.default.createFile(atPath: path, contents: Data(bytes)))
    }
}
