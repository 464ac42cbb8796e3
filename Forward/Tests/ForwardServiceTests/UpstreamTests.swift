import CoreTypes
import Cryptography
import EventLoop
import HTTPServer
import MediaWire
import TestSupport
import Testing

@testable import ForwardService

/// A forward below upstreams that die, lie and babble.
@Suite(.serialized) struct UpstreamTests {
    private let name = try! StreamName("test")

    @LoopActor
    private func service(_ upstreams: [FakeUpstream]) -> ForwardService {
        var configuration = ForwardConfiguration()
        configuration.upstreams = upstreams.map(\.url)
        configuration.secret = "secret"
        return ForwardService(configuration)
    }

    @LoopActor
    private func stop(_ service: ForwardService, _ upstreams: [FakeUpstream]) async {
        service.stop()
        for upstream in upstreams { await upstream.stop() }
    }

    @Test @LoopActor func `a stream is pulled with the secret and its own id on the path`() async throws {
        let upstreams = [try FakeUpstream()]
        let service = service(upstreams)
        try upstreams[0].send(10)
        let feed = try #require(service.feed(name, requestPath: ["below"], client: nil))
        try await eventually("the chunk comes") { feed.store.newest?.sequence == 10 }
        let request = try #require(upstreams[0].requests.first)
        #expect(request.bearerToken == "secret")
        #expect(request.header("P2plive-Path") == "below,\(service.instance)")
        #expect(request.query("back") != nil)
        #expect(service.feed(name, requestPath: [], client: nil) === feed)
        await stop(service, upstreams)
    }

    @Test @LoopActor func `a spoilt chunk is never kept, and the next upstream goes on where it was`() async throws {
        let upstreams = [try FakeUpstream(), try FakeUpstream()]
        let service = service(upstreams)
        for sequence in UInt64(10)...12 { for upstream in upstreams { try upstream.send(sequence) } }
        let feed = try #require(service.feed(name, requestPath: [], client: nil))
        try await eventually("it has caught up") { feed.store.newest?.sequence == 12 }
        try upstreams[0].send(13) { $0[17] ^= 1 }
        try upstreams[1].send(13)
        try await eventually("it has the chunk") { feed.store.newest?.sequence == 13 }
        #expect(feed.reconnects == 1)
        #expect(feed.lastError == "chunk 13 does not fit its manifests")
        #expect(upstreams[1].requests.first?.query("from") == "13")
        #expect(feed.store.chunks.allSatisfy { $0.isIntact(hash: { SHA256.short($0) }) })
        await stop(service, upstreams)
    }

    @Test @LoopActor func `an upstream that babbles is left, and others are tried`() async throws {
        let upstreams = [try FakeUpstream(), try FakeUpstream()]
        let service = service(upstreams)
        for upstream in upstreams { try upstream.send(10) }
        let feed = try #require(service.feed(name, requestPath: [], client: nil))
        try await eventually("it has caught up") { feed.store.newest?.sequence == 10 }
        upstreams[0].send(raw: Array("HTTP/1.1 500 no\r\n\r\n".utf8))
        try await eventually("it pulls from the second") { !upstreams[1].requests.isEmpty && feed.upstream == 1 }
        await stop(service, upstreams)
    }

    @Test @LoopActor func `an upstream that sends another stream is refused`() async throws {
        let upstreams = [try FakeUpstream()]
        upstreams[0].stream = "other"
        let service = service(upstreams)
        try upstreams[0].send(10)
        let feed = try #require(service.feed(name, requestPath: [], client: nil))
        try await eventually("it says why") { feed.lastError == "the relay's hello cannot be read" }
        #expect(feed.store.newest == nil)
        await stop(service, upstreams)
    }

    @Test @LoopActor func `an upstream that hangs below this forward is no upstream`() async throws {
        let upstreams = [try FakeUpstream(), try FakeUpstream()]
        let service = service(upstreams)
        upstreams[0].path = ["origin", service.instance.description]
        for upstream in upstreams { try upstream.send(10) }
        let feed = try #require(service.feed(name, requestPath: [], client: nil))
        try await eventually("it pulls from the second") { feed.upstream == 1 && feed.store.newest != nil }
        #expect(feed.path == [service.instance.description])
        await stop(service, upstreams)
    }

    @Test @LoopActor func `a stream that no upstream has is unknown, and keeps no place`() async throws {
        let upstreams = [try FakeUpstream(), try FakeUpstream()]
        for upstream in upstreams { upstream.refusal = Problem(404, "unknown-stream", "no") }
        let service = service(upstreams)
        let feed = try #require(service.feed(name, requestPath: [], client: nil))
        let answer = await withCheckedContinuation { continuation in
            feed.whenReady(forRecords: false) { continuation.resume(returning: "\($0)") }
        }
        #expect(answer == "unknown")
        try await eventually("its place is free") { service.feeds.isEmpty }
        await stop(service, upstreams)
    }

    @Test @LoopActor func `an upstream that is back is pulled from again`() async throws {
        let upstreams = [try FakeUpstream(), try FakeUpstream()]
        upstreams[0].refusal = Problem(503, "starting", "wait")
        let service = service(upstreams)
        for upstream in upstreams { try upstream.send(10) }
        let feed = try #require(service.feed(name, requestPath: [], client: nil))
        try await eventually("it pulls from the second") { feed.upstream == 1 && feed.store.newest != nil }
        upstreams[0].refusal = nil
        var sequence: UInt64 = 10
        try await eventually("it pulls from the first") {
            sequence += 1
            for upstream in upstreams { try? upstream.send(sequence) }
            return feed.upstream == 0
        }
        try await eventually("nothing is missing") { feed.store.newest?.sequence == sequence }
        let numbers = feed.store.chunks.map(\.sequence)
        #expect(numbers == Array((numbers.first ?? 0)...sequence))
        await stop(service, upstreams)
    }

    @Test @LoopActor func `one client's made-up names leave room for others`() async throws {
        let upstreams = [try FakeUpstream()]
        let service = service(upstreams)
        let flooder = try #require(IPAddress("192.0.2.1"))
        let names = try (0..<20).map { try StreamName("made-up-\($0)") }
        let made = names.filter { service.feed($0, requestPath: [], client: flooder) != nil }
        #expect(made.count == service.configuration.unconfirmedPerClientMax)
        #expect(service.feed(name, requestPath: [], client: IPAddress("192.0.2.2")) != nil)
        #expect(service.feed(try StreamName("with-a-token"), requestPath: [], client: nil) != nil)
        await stop(service, upstreams)
    }

    @Test @LoopActor func `readers of records are told about a stream without chunks, players wait`() async throws {
        let upstreams = [try FakeUpstream()]
        let service = service(upstreams)
        let feed = try #require(service.feed(name, requestPath: [], client: nil))
        var told: [String] = []
        feed.whenReady(forRecords: true) { told.append("records \($0)") }
        feed.whenReady(forRecords: false) { told.append("player \($0)") }
        try await eventually("the reader is told") { !told.isEmpty }
        #expect(told == ["records ready"])
        try upstreams[0].send(10)
        try await eventually("the player is told") { told.count == 2 }
        #expect(told.last == "player ready")
        await stop(service, upstreams)
    }
}
