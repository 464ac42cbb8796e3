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

        init(connectionsMax: Int = 100) throws {
            let router = Router()
            var configuration = HTTPServer.Configuration(listen: [ListenAddress("127.0.0.1:0")!])
            configuration.connectionsMax = connectionsMax
            server = HTTPServer(configuration, router: router)
            router.get("/hello") { _ in .now(.text("hello")) }
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
        var connection: RawConnection? = events.connect(version)
        let stream = try await events.stream(0)
        _ = await connection?.receive { $0.contains("hello;") }
        let block = [UInt8](repeating: 65, count: 10_000)
        var sent = 0
        while events.closed == 0, sent < 5_000 {
            stream.send(block)
            #expect(stream.pendingBytes <= EventStream.pendingBytesMax)
            sent += 1
            await withCheckedContinuation { done in LoopTimer.after(milliseconds: 0) { done.resume() } }
        }
        #expect(sent < 5_000)
        // On HTTP/1.0 the connection stays until the client goes.
        connection = nil
        try await eventually("nothing is left of it") { events.server.connectionCount == 0 }
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

    /// Beyond the limit streams count as connections, for something must bound them.
    @Test func `streams leave the library's connections to others, as many as may be`() async throws {
        let events = try Events(connectionsMax: 2)
        var connections: [RawConnection] = []
        for number in 0..<3 {
            connections.append(events.connect())
            let stream = try await events.stream(number)
            _ = await connections[number].receive { $0.contains("hello;") }
            stream.send(Array("more\(number);".utf8))
            _ = await connections[number].receive { $0.contains("more\(number);") }
        }
        #expect(events.server.streamCount == 3)
        try await eventually("the third one is the library's alone") { events.server.connectionCount == 3 }
        let other = RawConnection(events.server.addresses[0])
        other.send("GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        #expect(await other.receive().hasSuffix("hello"))
        for number in 0..<3 { events.streams[number].end() }
        for connection in connections { #expect(await connection.receive().hasSuffix("0\r\n\r\n")) }
        try await eventually("all are closed") { events.closed == 3 && events.server.streamCount == 0 }
        try await eventually("and forgotten") { events.server.connectionCount == 0 }
        await events.server.stop(drainMs: 100)
    }

    @Test func `what is left of a stream that ends at once is nothing`() async throws {
        let events = try Events()
        for number in 0..<50 {
            let connection = events.connect()
            let stream = try await events.stream(number)
            stream.end()
            #expect(await connection.receive().hasSuffix("0\r\n\r\n"))
        }
        try await eventually("all are closed") { events.closed == 50 && events.server.streamCount == 0 }
        try await eventually("and forgotten") { events.server.connectionCount == 0 }
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
