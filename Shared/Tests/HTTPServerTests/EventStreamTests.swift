import EventLoop
import HTTPClient
import TestSupport
import Testing

@testable import HTTPServer

@LoopActor
@Suite(.serialized) struct EventStreamTests {
    /// A server with one event stream after the other.
    @LoopActor
    private final class Events {
        let server: HTTPServer
        private(set) var streams: [EventStream] = []
        private(set) var closed = 0

        init() throws {
            let router = Router()
            server = HTTPServer(HTTPServer.Configuration(listen: [ListenAddress("127.0.0.1:0")!]), router: router)
            router.get("/events") { [unowned self] _ in
                let stream = EventStream { [weak self] _ in self?.closed += 1 }
                stream.send(Array("hello;".utf8))
                streams.append(stream)
                return .stream(StreamResponse(headers: [("Content-Type", "text/event-stream")], body: stream))
            }
            try server.start()
        }

        func connect(_ version: String = "1.1") -> RawConnection {
            let connection = RawConnection(server.addresses[0])
            connection.send("GET /events HTTP/\(version)\r\nHost: x\r\n\r\n")
            return connection
        }

        func stream(_ number: Int) async throws -> EventStream {
            try await eventually("stream \(number) is asked for") { streams.count > number }
            return streams[number]
        }
    }

    @Test(arguments: ["1.1", "1.0"]) func `what was said before and after the head arrives, and the end`(
        version: String
    ) async throws {
        let events = try Events()
        let connection = events.connect(version)
        let stream = try await events.stream(0)
        let first = await connection.receive { $0.contains("hello;") }
        #expect(first.contains("Content-Type: text/event-stream"))
        stream.send(Array("more;".utf8))
        _ = await connection.receive { $0.contains("more;") }
        stream.send(Array("last;".utf8))
        stream.end()
        stream.send(Array("too late".utf8))
        let rest = await connection.receive()
        #expect(rest.hasPrefix(version == "1.1" ? "5\r\nlast;\r\n0\r\n\r\n" : "last;") && !rest.contains("late"))
        try await eventually("it is closed") { events.closed == 1 && events.server.streamCount == 0 }
        await events.server.stop(drainMs: 100)
    }

    @Test func `a client that hangs up is seen at once`() async throws {
        let events = try Events()
        do {
            let connection = events.connect()
            _ = try await events.stream(0)
            _ = await connection.receive { $0.contains("hello;") }
            #expect(events.closed == 0)
        }
        try await eventually("it is closed") { events.closed == 1 && events.server.streamCount == 0 }
        let stream = try await events.stream(0)
        stream.send(Array("nobody hears".utf8))
        #expect(stream.pendingBytes == 0)
        await events.server.stop(drainMs: 100)
    }

    @Test(arguments: ["1.1", "1.0"]) func `a client that does not read is cut off, and costs no more than the bound`(
        version: String
    ) async throws {
        let events = try Events()
        let connection = events.connect(version)
        let stream = try await events.stream(0)
        _ = await connection.receive { $0.contains("hello;") }
        let block = [UInt8](repeating: 65, count: 10_000)
        var sent = 0
        while events.closed == 0, sent < 5_000 {
            stream.send(block)
            #expect(stream.pendingBytes <= EventStream.pendingBytesMax)
            sent += 1
            await withCheckedContinuation { done in LoopTimer.after(milliseconds: 0) { done.resume() } }
        }
        #expect(sent < 5_000)
        await events.server.stop(drainMs: 100)
    }

    @Test func `what a slow client does not take at once comes later, in order and whole`() async throws {
        let events = try Events()
        let connection = events.connect()
        let stream = try await events.stream(0)
        var said = "hello;"
        var number = 0
        // More than the socket takes, less than what makes the server hang up.
        while stream.pendingBytes < 20_000 {
            let text = "\(number);" + String(repeating: "x", count: 900)
            said += text
            number += 1
            stream.send(Array(text.utf8))
        }
        stream.end()
        let received = await connection.receive()
        let body = try #require(received.split(separator: "\r\n\r\n", maxSplits: 1).last)
        let lines = body.split(separator: "\r\n", omittingEmptySubsequences: false)
        let text = stride(from: 1, to: lines.count, by: 2).map { lines[$0] }.joined()
        #expect(text == said)
        await events.server.stop(drainMs: 100)
    }

    @Test func `streams end when the server stops`() async throws {
        let events = try Events()
        let connection = events.connect()
        _ = try await events.stream(0)
        _ = await connection.receive { $0.contains("hello;") }
        await events.server.stop(drainMs: 1_000)
        #expect(events.closed == 1)
        #expect(await connection.receive().hasPrefix("0\r\n\r\n"))
    }
}
