import CoreTypes
import Cryptography
import EventLoop
import Glibc
import HTTPServer
import ServiceAPI
import ServiceKit
import TestSupport

@testable import ForwardService

/// A forward below a fake upstream that has the stream `test`, on a port of the kernel's choice.
@LoopActor
final class RunningForward {
    static let secret = "secret"
    let service: ForwardService
    let upstream: FakeUpstream
    private let server: HTTPServer
    private let metrics = Metrics(service: "forward")

    init(_ change: (inout ForwardConfiguration) -> Void = { _ in }) throws {
        upstream = try FakeUpstream()
        for sequence in UInt64(10)...14 { try upstream.send(sequence) }
        var configuration = ForwardConfiguration()
        configuration.upstreams = [upstream.url]
        configuration.secret = Self.secret
        change(&configuration)
        service = ForwardService(configuration)
        let router = Router()
        ViewerRoutes(service: service).add(to: router)
        service.declare(metrics)
        server = HTTPServer(HTTPServer.Configuration(listen: [ListenAddress("127.0.0.1:0")!]), router: router)
        try server.start()
    }

    var address: ListenAddress { server.addresses[0] }

    /// The lines of `/metrics`.
    var metricsLines: [Substring] { metrics.render().split(separator: "\n") }

    /// What `/debug` says about the pool of the stream.
    var pool: ForwardReport.Pool? { service.report(registrar: nil, isTrusted: true).streams.first?.pool }

    var unitsUsed: Int { pool?.unitsUsed.values.reduce(0, +) ?? 0 }

    func token(_ kind: AccessToken.Kind = .peer, peer: RandomID = .random()) throws -> String {
        let token = try AccessToken(
            kind: kind, peer: peer, expiresAt: Clock.wall + 60_000, stream: StreamName("test"))
        return TokenAuthority(secret: Self.secret).issue(token)
    }

    /// Asks for a path with a token.
    func ask(_ path: String, _ token: String, version: String = "1.1") -> RawViewer {
        let query = path.contains("?") ? "&" : "?"
        return RawViewer(address, "GET \(path)\(query)token=\(token) HTTP/\(version)\r\nHost: test\r\n\r\n")
    }

    func stop() async {
        service.stop()
        await server.stop(drainMs: 100)
        await upstream.stop()
    }
}

/// A plain socket on which one answer comes.
@LoopActor
final class RawViewer {
    private let descriptor: Int32
    private var bytes: [UInt8] = []
    private var isClosed = false

    init(_ address: ListenAddress, _ request: String) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        _ = SocketAddress(address.host, address.port).withPointer { connect(descriptor, $0, $1) }
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        _ = Array(request.utf8).withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    }

    /// All that has come.
    var text: String {
        receive()
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The status code; 0 before it is there.
    var status: Int { text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0 }

    /// Media has come.
    var hasMedia: Bool { status == 200 && text.utf8.count > 5_000 }

    /// The other end has closed the connection or ended the answer.
    var isOver: Bool {
        receive()
        return isClosed || bytes.suffix(5).elementsEqual("0\r\n\r\n".utf8)
    }

    private func receive() {
        var block = [UInt8](repeating: 0, count: 65_536)
        while !isClosed {
            let count = recv(descriptor, &block, block.count, 0)
            if count < 0, errno == EAGAIN { return }
            guard count > 0 else { return isClosed = true }
            bytes += block[..<count]
        }
    }

    func leave() {
        guard !isGone else { return }
        isGone = true
        isClosed = true
        close(descriptor)
    }

    private var isGone = false
}
