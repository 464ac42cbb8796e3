import EventLoop
import HTTPClient
import TestSupport
import Testing

@testable import HTTPServer

@LoopActor
@Suite(.serialized) struct ProducedBodyTests {
    /// A server with one long answer.
    @LoopActor
    private final class LongAnswer {
        let server: HTTPServer
        private(set) var written = 0
        private(set) var closed = 0

        /// `count` numbers, one a line.
        init(count: Int) throws {
            let router = Router()
            server = HTTPServer(HTTPServer.Configuration(listen: [ListenAddress("127.0.0.1:0")!]), router: router)
            router.get("/numbers") { [unowned self] _ in
                let body = ProducedBody(onClosed: { [weak self] in self?.closed += 1 }) { [weak self] slice, bytes in
                    guard let self else { return false }
                    while written < count, slice.count < bytes {
                        slice += Array("\(written)\n".utf8)
                        written += 1
                    }
                    return written < count
                }
                return .stream(StreamResponse(headers: [("Content-Type", "text/plain")], body: body))
            }
            router.get("/short") { _ in .now(.text("short")) }
            try server.start()
        }
    }

    @Test func `all of it arrives, and it is closed once`() async throws {
        for count in [0, 1, 5_000, 200_000] {
            let answer = try LongAnswer(count: count)
            let read = try await HTTPClient().send(
                HTTPClientRequest("GET", "http://\(answer.server.addresses[0])/numbers"))
            #expect(read.status == 200)
            let lines = String(decoding: read.body, as: UTF8.self).split(separator: "\n")
            #expect(lines.count == count && lines.enumerated().allSatisfy { String($0.offset) == $0.element })
            try await eventually("it is closed") { answer.closed == 1 && answer.server.streamCount == 0 }
            await answer.server.stop(drainMs: 100)
        }
    }

    @Test(arguments: ["1.1", "1.0"]) func `a client that does not read holds nobody up, and is waited for`(
        version: String
    ) async throws {
        let answer = try LongAnswer(count: 20_000_000)
        var slow: RawConnection? = RawConnection(answer.server.addresses[0])
        slow?.send("GET /numbers HTTP/\(version)\r\nHost: x\r\n\r\n")
        var before = -1
        try await eventually("the kernel takes no more") {
            defer { before = answer.written }
            return answer.written > 0 && answer.written == before
        }
        let short = try await HTTPClient().send(HTTPClientRequest("GET", "http://\(answer.server.addresses[0])/short"))
        #expect(short.status == 200 && answer.closed == 0 && answer.written < 20_000_000)
        slow = nil
        try await eventually("it is closed") { answer.closed == 1 && answer.server.streamCount == 0 }
        await answer.server.stop(drainMs: 100)
    }
}
