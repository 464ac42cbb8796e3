import EventLoop
import HTTPClient
import HTTPServer
import Testing

/// Endless answers that come when nobody waits for them any more.
@LoopActor
@Suite(.serialized)
struct LateStreamTests {
    private final class Body: StreamBody {
        private(set) var closedCount = 0
        func take(_ socket: TakenSocket) { socket.giveBack() }
        func read(into buffer: UnsafeMutableRawBufferPointer) -> StreamRead { .end }
        func attach(wake: @escaping @LoopActor @Sendable () -> Void) {}
        func closed() { closedCount += 1 }
        func end() {}
    }

    @Test func `a body that comes after the 504 is told that it is closed`() async throws {
        let router = Router()
        var waiting: HTTPResponder?
        router.get("/late") { _ in .later(timeoutMs: 20) { waiting = $0 } }
        let address = try #require(ListenAddress("127.0.0.1:0"))
        let server = HTTPServer(HTTPServer.Configuration(listen: [address]), router: router)
        try server.start()
        let answer = try await HTTPClient().send(HTTPClientRequest("GET", "http://\(server.addresses[0])/late"))
        #expect(answer.status == 504)
        let body = Body()
        waiting?.respond(.stream(StreamResponse(headers: [], body: body)))
        #expect(body.closedCount == 1)
        await server.stop(drainMs: 100)
    }

    @Test func `a body whose reader went away meanwhile is closed once`() async throws {
        let router = Router()
        var waiting: HTTPResponder?
        router.get("/late") { _ in .later(timeoutMs: 30_000) { waiting = $0 } }
        let address = try #require(ListenAddress("127.0.0.1:0"))
        let server = HTTPServer(HTTPServer.Configuration(listen: [address]), router: router)
        try server.start()
        var request = HTTPClientRequest("GET", "http://\(server.addresses[0])/late")
        request.timeoutMs = 100
        _ = try? await HTTPClient().send(request)
        let body = Body()
        try #require(waiting != nil)
        waiting?.respond(.stream(StreamResponse(headers: [], body: body)))
        while body.closedCount == 0 {
            await withCheckedContinuation { done in LoopTimer.after(milliseconds: 1) { done.resume() } }
        }
        await server.stop(drainMs: 100)
        #expect(body.closedCount == 1)
    }
}
