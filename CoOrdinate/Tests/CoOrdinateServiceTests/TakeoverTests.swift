import CoreTypes
import EventLoop
import Glibc
import HTTPServer
import Packager
import Testing

@testable import CoOrdinateService

/// A chunked upload that has begun and does not end while this lives.
private final class OpenUpload: Sendable {
    private let descriptor: Int32

    init(to address: ListenAddress) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        _ = SocketAddress(address.host, address.port).withPointer { connect(descriptor, $0, $1) }
        let head = Array("POST /hold HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nG\r\n".utf8)
        _ = send(descriptor, head, head.count, Int32(MSG_NOSIGNAL))
    }

    deinit { close(descriptor) }
}

/// Publishers that follow each other faster than their packagers end.
@LoopActor
@Suite(.serialized) struct TakeoverTests {
    /// Sessions on connections of their own that the test begins by hand, at moments of its choice.
    private func withSessions(
        _ count: Int, _ body: (LiveStream, [PublisherSession]) async throws -> Void
    ) async throws {
        let coordinate = try RunningCoordinate()
        let stream = try coordinate.stream("live")
        var sessions: [PublisherSession] = []
        coordinate.server.router.upload([.post], "/hold") { request in
            .accept { control in
                let session = PublisherSession(
                    stream, client: request.client, control: control, configuration: PackagerConfiguration()
                ) { _, _, _ in }
                sessions.append(session)
                return session
            }
        }
        let uploads = (0..<count).map { _ in OpenUpload(to: coordinate.server.addresses[0]) }
        try #require(await until { sessions.count == count })
        try await body(stream, sessions)
        withExtendedLifetime(uploads) {}
        await coordinate.stop()
    }

    @Test func `the successor begins when the one before has handed over, and the stream stays live`() async throws {
        try await withSessions(3) { stream, sessions in
            stream.begin(sessions[0])
            let first = stream.machine.session
            #expect(sessions[0].statistics != nil)
            stream.begin(sessions[1])
            #expect(stream.publisher === sessions[1] && stream.state == .live && stream.machine.session > first)
            #expect(sessions[1].statistics == nil)
            #expect(await until { sessions[1].statistics != nil })
            #expect(stream.publisher === sessions[1] && stream.state == .live)
            stream.kick()
            #expect(await until { stream.publisher == nil } && stream.state == .waiting)
            stream.begin(sessions[2])
            #expect(sessions[2].statistics != nil && stream.state == .live)
        }
    }

    @Test(arguments: 3...5) func `one that is replaced before it could begin leaves its place to the next`(
        count: Int
    ) async throws {
        try await withSessions(count) { stream, sessions in
            // In one turn of the loop no packager can end.
            for session in sessions { stream.begin(session) }
            #expect(stream.publisher === sessions.last && stream.state == .live)
            #expect(await until { sessions.last?.statistics != nil })
            #expect(sessions[1].statistics == nil && stream.publisher === sessions.last)
        }
    }

    @Test func `one that is ended before it could begin leaves the stream free`() async throws {
        try await withSessions(3) { stream, sessions in
            stream.begin(sessions[0])
            stream.begin(sessions[1])
            stream.kick()
            #expect(stream.publisher == nil && stream.state == .waiting)
            stream.begin(sessions[2])
            #expect(await until { sessions[2].statistics != nil } && stream.publisher === sessions[2])
        }
    }
}
