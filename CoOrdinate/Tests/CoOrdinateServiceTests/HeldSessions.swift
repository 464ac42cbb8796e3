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

/// Runs `body` with sessions on connections of their own, which the test begins by hand, at moments of its choice.
@LoopActor
func withSessions(
    _ count: Int, _ body: (RunningCoordinate, LiveStream, [PublisherSession]) async throws -> Void
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
    try await body(coordinate, stream, sessions)
    withExtendedLifetime(uploads) {}
    await coordinate.stop()
}
