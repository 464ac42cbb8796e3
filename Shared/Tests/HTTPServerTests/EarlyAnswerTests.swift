import EventLoop
import TestSupport
import Testing

@testable import HTTPServer

/// Answers in the midst of bodies that go on.
@LoopActor
@Suite(.serialized)
struct EarlyAnswerTests {
    /// Answers after the first bytes, or pauses first.
    private final class Impatient: UploadSink {
        private let control: UploadControl
        private let pauses: Bool
        private(set) var isAborted = false
        private var timer: LoopTimer?

        init(_ control: UploadControl, pauses: Bool) {
            self.control = control
            self.pauses = pauses
        }

        func receive(_ bytes: UnsafeRawBufferPointer) -> Int {
            let refusal = Problem(415, "undecodable", "enough").response
            guard pauses else {
                control.close(answering: refusal)
                return bytes.count
            }
            timer = LoopTimer.after(milliseconds: 50) { [control] in control.close(answering: refusal) }
            return 0
        }

        func finish() -> HTTPReply { .now(.text("whole")) }

        func abort() { isAborted = true }
    }

    @Test(arguments: [false, true]) func `a sender of millions of bytes reads the answer`(pauses: Bool) async throws {
        let router = Router()
        var sink: Impatient?
        router.upload([.post], "/up") { _ in
            .accept { control in
                let made = Impatient(control, pauses: pauses)
                sink = made
                return made
            }
        }
        let server = HTTPServer(
            HTTPServer.Configuration(listen: [try #require(ListenAddress("127.0.0.1:0"))]), router: router)
        try server.start()
        let connection = RawConnection(server.addresses[0])
        connection.send("POST /up HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        let block = "10000\r\n" + String(repeating: "x", count: 65_536) + "\r\n"
        _ = detachedThread { for _ in 0..<40 { connection.send(block) } }
        let answer = await connection.receive()
        #expect(answer.hasPrefix("HTTP/1.1 415 Unsupported Media Type\r\n"))
        #expect(answer.contains("\r\nConnection: close\r\n") && answer.contains("\"detail\":\"enough\""))
        #expect(sink?.isAborted == true)
        #expect(server.answerCounts[4] == 1)
        await server.stop(drainMs: 100)
    }
}
