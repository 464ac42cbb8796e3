import CoreTypes
import EventLoop
import HTTPClient
import TestSupport
import Testing

@testable import HTTPServer

@LoopActor
@Suite(.serialized)
struct HTTPServerTests {
    let router = Router()
    let client = HTTPClient()

    func serve(_ change: (inout HTTPServer.Configuration) -> Void = { _ in }) throws -> (HTTPServer, String) {
        var configuration = HTTPServer.Configuration(listen: [try #require(ListenAddress("127.0.0.1:0"))])
        change(&configuration)
        let server = HTTPServer(configuration, router: router)
        try server.start()
        return (server, "http://\(server.addresses[0])")
    }

    @Test func `a route answers, another path is 404, another method 405 with Allow`() async throws {
        router.get("/hello/:name") { .now(.text("hello " + ($0.parameters["name"] ?? ""))) }
        let (server, url) = try serve()
        let hello = try await client.send(HTTPClientRequest("GET", url + "/hello/w%C3%B6rld"))
        #expect(hello.status == 200)
        #expect(String(decoding: hello.body, as: UTF8.self) == "hello wörld")
        let missing = try await client.send(HTTPClientRequest("GET", url + "/nothing"))
        #expect(missing.status == 404)
        #expect(missing.header("content-type") == "application/problem+json")
        let wrong = try await client.send(HTTPClientRequest("DELETE", url + "/hello/x"))
        #expect(wrong.status == 405)
        #expect(wrong.header("Allow") == "GET")
        let options = try await client.send(HTTPClientRequest("OPTIONS", url + "/hello/x"))
        #expect(options.status == 204)
        #expect(options.header("Access-Control-Allow-Origin") == "*")
        await server.stop(drainMs: 100)
    }

    @Test func `one connection carries many requests`() async throws {
        router.get("/ping") { _ in .now(.text("pong")) }
        let (server, _) = try serve()
        let connection = RawConnection(server.addresses[0])
        for _ in 0..<3 {
            connection.send("GET /ping HTTP/1.1\r\nHost: x\r\n\r\n")
            let answer = await connection.receive { $0.hasSuffix("pong") }
            #expect(answer.hasPrefix("HTTP/1.1 200"))
            #expect(!answer.contains("Connection: close"))
        }
        #expect(server.requestCount == 3)
        await server.stop(drainMs: 100)
    }

    @Test func `paths are matched strictly and decoded once`() async throws {
        router.get("/s/:name") { .now(.text($0.parameters["name"] ?? "")) }
        let (server, _) = try serve()
        func status(_ path: String) async -> String {
            let connection = RawConnection(server.addresses[0])
            connection.send("GET \(path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            return String(await connection.receive().split(separator: " ")[1])
        }
        #expect(await status("/s/a") == "200")
        #expect(await status("/s/a%2541") == "200")
        #expect(await status("/s/a%00b") == "400")
        #expect(await status("/s/a%zz") == "400")
        #expect(await status("/s/a%ff") == "400")
        #expect(await status("/s/..%2f..%2fetc") == "404")
        #expect(await status("//s/a") == "404")
        #expect(await status("/s/a/") == "404")
        #expect(await status("/s/") == "404")
        #expect(await status("/s/a?x=%00") == "400")
        await server.stop(drainMs: 100)
    }

    @Test func `a body within the limit arrives whole, a larger one is 413`() async throws {
        router.on([.post], "/echo", bytesMax: 100_000) { .now(HTTPResponse(status: 200, body: .bytes($0.body))) }
        let (server, url) = try serve()
        let body = (0..<100_000).map { UInt8(truncatingIfNeeded: $0) }
        let echo = try await client.send(HTTPClientRequest("POST", url + "/echo", body: body))
        #expect(echo.body == body)
        let declared = try await client.send(HTTPClientRequest("POST", url + "/echo", body: body + [0]))
        #expect(declared.status == 413)
        let connection = RawConnection(server.addresses[0])
        connection.send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        let block = String(repeating: "x", count: 60_000)
        for _ in 0..<2 { connection.send("\(String(block.utf8.count, radix: 16))\r\n\(block)\r\n") }
        connection.send("0\r\n\r\n")
        let answer = await connection.receive { $0.contains("too-large") }
        #expect(answer.hasPrefix("HTTP/1.1 413"))
        await server.stop(drainMs: 100)
    }

    @Test func `an answer may come later, and comes as 504 when it does not`() async throws {
        router.get("/later") { _ in
            .later(timeoutMs: 5_000) { responder in
                LoopTimer.after(milliseconds: 20) { responder.respond(.now(.text("now"))) }
            }
        }
        router.get("/never") { _ in .later(timeoutMs: 50) { _ in } }
        let (server, url) = try serve()
        let later = try await client.send(HTTPClientRequest("GET", url + "/later"))
        #expect(String(decoding: later.body, as: UTF8.self) == "now")
        let never = try await client.send(HTTPClientRequest("GET", url + "/never"))
        #expect(never.status == 504)
        await server.stop(drainMs: 100)
    }

    @LoopActor final class SlowSink: UploadSink {
        let control: UploadControl
        var room = 1_000
        var received: [UInt8] = []
        var isAborted = false
        init(_ control: UploadControl) { self.control = control }

        func receive(_ bytes: UnsafeRawBufferPointer) -> Int {
            let taken = min(room, bytes.count)
            received.append(contentsOf: bytes.prefix(taken))
            room -= taken
            if taken < bytes.count {
                LoopTimer.after(milliseconds: 1) {
                    self.room = 10_000
                    self.control.resume()
                }
            }
            return taken
        }

        func finish() -> HTTPReply { .now(.text("\(received.count)")) }
        func abort() { isAborted = true }
    }

    @Test func `an upload waits for its sink and loses nothing`() async throws {
        var sink: SlowSink?
        router.upload([.post, .put], "/up") { _ in
            .accept { control in
                let made = SlowSink(control)
                sink = made
                return made
            }
        }
        let (server, url) = try serve()
        let body = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let answer = try await client.send(HTTPClientRequest("POST", url + "/up", body: body))
        #expect(String(decoding: answer.body, as: UTF8.self) == "300000")
        #expect(sink?.received == body)
        await server.stop(drainMs: 100)
    }

    @Test func `an upload without framing is 411, a refused one is answered before its body, a lost one aborts`()
        async throws
    {
        var sink: SlowSink?
        router.upload([.post], "/up") { request in
            guard request.query("key") == "k" else { return .refuse(Problem(401, "bad-key", "no").response) }
            return .accept { control in
                let made = SlowSink(control)
                sink = made
                return made
            }
        }
        let (server, _) = try serve()
        let unframed = RawConnection(server.addresses[0])
        unframed.send("POST /up?key=k HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(await unframed.receive().hasPrefix("HTTP/1.1 411"))
        let expecting = RawConnection(server.addresses[0])
        expecting.send("POST /up HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n")
        let refusal = await expecting.receive()
        #expect(refusal.hasPrefix("HTTP/1.1 401"))
        #expect(refusal.contains("Connection: close"))
        do {
            let lost = RawConnection(server.addresses[0])
            lost.send("POST /up?key=k HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
            while sink?.received.count != 5 { await pause() }
        }
        while sink?.isAborted != true { await pause() }
        let closing = RawConnection(server.addresses[0])
        closing.send("POST /up?key=k HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n")
        while sink?.received.count != 2 { await pause() }
        sink?.control.close()
        _ = await closing.receive()
        while sink?.isAborted != true { await pause() }
        await server.stop(drainMs: 100)
    }

    @Test func `half requests and single bytes harm nobody`() async throws {
        router.get("/ping") { _ in .now(.text("pong")) }
        let (server, url) = try serve()
        let half = RawConnection(server.addresses[0])
        half.send("GET /ping HT")
        let slow = RawConnection(server.addresses[0])
        for character in "GET /ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" {
            slow.send(String(character))
            await pause()
        }
        #expect(await slow.receive().hasSuffix("pong"))
        let long = RawConnection(server.addresses[0])
        long.send("GET /ping HTTP/1.1\r\nHost: x\r\nX: \(String(repeating: "y", count: 100_000))\r\n\r\n")
        #expect(await long.receive().hasPrefix("HTTP/1.1 431"))
        #expect(try await client.send(HTTPClientRequest("GET", url + "/ping")).status == 200)
        await server.stop(drainMs: 100)
    }

    @Test func `X-Forwarded-For counts from a trusted proxy only, and from its end`() throws {
        let trusted = [try #require(IPNetwork("10.0.0.0/8"))]
        func client(_ peer: String, _ forwarded: String) -> String? {
            IPAddress(peer).map { clientAddress($0, [("X-Forwarded-For", forwarded)], trusted: trusted).description }
        }
        #expect(client("192.0.2.1", "203.0.113.9") == "192.0.2.1")
        #expect(client("10.0.0.1", "203.0.113.9") == "203.0.113.9")
        #expect(client("10.0.0.1", "198.51.100.1, 203.0.113.9, 10.0.0.2") == "203.0.113.9")
        #expect(client("10.0.0.1", "garbage, 10.0.0.2") == "10.0.0.2")
    }

    @Test func `an address in use is a clear error`() throws {
        let (server, _) = try serve()
        let second = HTTPServer(HTTPServer.Configuration(listen: server.addresses), router: router)
        #expect { try second.start() } throws: { "\($0)".contains("Address already in use") }
        Task { await server.stop(drainMs: 0) }
    }

    func pause() async {
        await withCheckedContinuation { done in LoopTimer.after(milliseconds: 1) { done.resume() } }
    }
}
