import CoreTypes
import EventLoop
import Glibc
import HTTPServer
import Testing

@testable import FanOut

/// Viewers that are sent away while their stream goes on.
@LoopActor
@Suite(.serialized)
struct EndingTests {
    private let fanOut = FanOut(threads: 1, passIntervalMs: 1)

    private func ring(frames: Int) -> FanOutRing {
        let ring = fanOut.makeRing(windowMs: 30_000)
        append(frames, to: ring)
        return ring
    }

    private func append(_ count: Int, to ring: FanOutRing) {
        for _ in 0..<count {
            let sequence = ring.newestSequence + 1
            ring.append(
                FanOutTests.frame(sequence), sequence: sequence, wall: Int64(sequence) * 200,
                isJoinPoint: sequence % 5 == 1)
        }
    }

    /// Reads as the server does, in blocks of `count` bytes; nil at the end.
    private func read(_ body: any StreamBody, _ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        switch bytes.withUnsafeMutableBytes({ body.read(into: $0) }) {
        case .bytes(let read): return Array(bytes[..<read])
        case .wait: return []
        case .end: return nil
        }
    }

    @Test func `a slow reader that is sent away ends at the next frame, however much is there`() throws {
        let ring = ring(frames: 10)
        var reasons: [ViewerSummary.Reason] = []
        let body = ring.makeBody(from: .sequence(1)) { reasons.append($0.reason) }
        body.attach {}
        var text = try #require(read(body, 300))
        body.end()
        while let more = read(body, 300) {
            try #require(!more.isEmpty, "it must end, not wait")
            append(1, to: ring)
            text += more
        }
        body.closed()
        let names = String(decoding: text, as: UTF8.self).split(separator: ";").map { $0.prefix { $0 != ":" } }
        #expect(text.last == UInt8(ascii: ";"), "the last frame is whole")
        #expect(names.first == "1" && names.count < 5)
        #expect(reasons == [.ended])
        #expect(ring.viewerCount == 0)
    }

    @Test func `an end before the first read counts`() {
        let ring = ring(frames: 3)
        let body = ring.makeBody(from: .newest) { _ in }
        body.end()
        body.attach {}
        #expect(read(body, 300) == nil)
        body.closed()
    }

    @Test func `an end before the head is sent closes the connection`() async throws {
        let ring = ring(frames: 3)
        let router = Router()
        let address = try #require(ListenAddress("127.0.0.1:0"))
        let server = HTTPServer(HTTPServer.Configuration(listen: [address]), router: router)
        var reasons: [ViewerSummary.Reason] = []
        router.get("/live") { _ in
            let body = ring.makeBody(from: .newest) { reasons.append($0.reason) }
            body.end()
            return .stream(StreamResponse(headers: [], body: body))
        }
        try server.start()
        let tests = FanOutTests()
        let descriptor = tests.connectTo(server.addresses[0])
        _ = Array("GET /live HTTP/1.1\r\nHost: test\r\n\r\n".utf8).withUnsafeBytes { tests.send($0, to: descriptor) }
        while await !tests.receiveSome(descriptor).isEmpty {}
        while reasons.isEmpty { await tests.pause() }
        #expect(reasons == [.ended])
        #expect(ring.viewerCount == 0)
        close(descriptor)
        await server.stop(drainMs: 100)
    }

    @Test func `a closed ring is read to its end also by who is sent away`() throws {
        let ring = ring(frames: 3)
        let body = ring.makeBody(from: .sequence(1)) { _ in }
        body.attach {}
        ring.close()
        body.end()
        var count = 0
        while let more = read(body, 300) { count += more.count }
        #expect(count == 3_000)
        body.closed()
    }
}
