import EventLoop
import HTTPServer
import Testing

@testable import HTTPClient

@LoopActor
@Suite(.serialized)
struct HTTPClientTests {
    @Test func `a refused connection and a bad URL are errors with a reason`() async throws {
        let client = HTTPClient()
        await #expect { try await client.send(HTTPClientRequest("GET", "http://127.0.0.1:1/")) } throws: {
            "\($0)".contains("127.0.0.1:1")
        }
        await #expect { try await client.send(HTTPClientRequest("GET", "file:///etc/passwd")) } throws: {
            "\($0)".contains("no http")
        }
    }

    @Test func `connections come from the address that was asked for`() async throws {
        let router = Router()
        router.get("/from") { .now(.text("\($0.client)")) }
        let address = try #require(ListenAddress("127.0.0.1:0"))
        let server = HTTPServer(HTTPServer.Configuration(listen: [address]), router: router)
        try server.start()
        for source in [nil, "127.1.0.1", "127.2.3.4"] {
            let client = HTTPClient(localAddress: source)
            let answer = try await client.send(HTTPClientRequest("GET", "http://\(server.addresses[0])/from"))
            #expect(String(decoding: answer.body, as: UTF8.self) == source ?? "127.0.0.1")
        }
        // An address of some other machine: no connection rather than one from elsewhere.
        let client = HTTPClient(localAddress: "192.0.2.1")
        await #expect(throws: HTTPClientError.self) {
            try await client.send(HTTPClientRequest("GET", "http://\(server.addresses[0])/from"))
        }
        await server.stop(drainMs: 100)
    }

    @Test func `an answer above the limit is an error, and many requests run at once`() async throws {
        let router = Router()
        router.get("/big") { _ in .now(HTTPResponse(status: 200, body: .bytes([UInt8](repeating: 1, count: 100_000)))) }
        router.get("/n/:n") { .now(.text($0.parameters["n"] ?? "")) }
        let address = try #require(ListenAddress("127.0.0.1:0"))
        let server = HTTPServer(HTTPServer.Configuration(listen: [address]), router: router)
        try server.start()
        let url = "http://\(server.addresses[0])"
        let client = HTTPClient()
        var small = HTTPClientRequest("GET", url + "/big")
        small.bytesMax = 99_999
        await #expect { try await client.send(small) } throws: { "\($0)".contains("more than 99999") }
        let tasks = (0..<50).map { number in
            Task { @LoopActor in
                let answer = try await client.send(HTTPClientRequest("GET", "\(url)/n/\(number)"))
                return String(decoding: answer.body, as: UTF8.self)
            }
        }
        for (number, task) in tasks.enumerated() { #expect(try await task.value == "\(number)") }
        await server.stop(drainMs: 100)
    }

    @LoopActor final class Echo: UploadSink {
        var received: [UInt8] = []
        func receive(_ bytes: UnsafeRawBufferPointer) -> Int {
            received.append(contentsOf: bytes)
            return bytes.count
        }
        func finish() -> HTTPReply { .now(.text("\(received.count)")) }
        func abort() {}
    }

    @LoopActor final class Answer: HTTPTransferDelegate {
        var status = 0
        var body = ""
        var isOver = false
        func transfer(_ transfer: HTTPTransfer, didReceiveHead status: Int, headers: [(name: String, value: String)]) {
            self.status = status
        }
        func transfer(_ transfer: HTTPTransfer, didReceive bytes: UnsafeRawBufferPointer) {
            body += String(decoding: bytes, as: UTF8.self)
        }
        func transfer(_ transfer: HTTPTransfer, didEnd error: HTTPClientError?) { isOver = true }
    }

    @Test func `an upload is sent as it is written`() async throws {
        let router = Router()
        let echo = Echo()
        router.upload([.post], "/up") { _ in .accept { _ in echo } }
        let address = try #require(ListenAddress("127.0.0.1:0"))
        let server = HTTPServer(HTTPServer.Configuration(listen: [address]), router: router)
        try server.start()
        let client = HTTPClient()
        let answer = Answer()
        var request = HTTPClientRequest("POST", "http://\(server.addresses[0])/up")
        request.timeoutMs = 0
        let transfer = try client.start(request, streamsUpload: true, delegate: answer)
        for count in 1...20 {
            let isTaken = [UInt8](repeating: 7, count: 1_000).withUnsafeBytes { transfer.write($0) }
            #expect(isTaken)
            while echo.received.count < count * 1_000 { await pause() }
        }
        transfer.finishUpload()
        while !answer.isOver { await pause() }
        #expect(answer.status == 200)
        #expect(answer.body == "20000")
        await server.stop(drainMs: 100)
    }

    func pause() async {
        await withCheckedContinuation { done in LoopTimer.after(milliseconds: 1) { done.resume() } }
    }
}
