import EventLoop
import HTTPServer
import ServiceAPI
import ServiceKit
import TestSupport
import Testing

@testable import ForwardService

/// What a forward says of its health.
@Suite(.serialized) struct RegistrarTests {
    /// A service that answers every heartbeat with a status.
    @LoopActor
    private final class Registry {
        var status: Int
        private let server: HTTPServer
        var url: ServiceURL { ServiceURL("http://\(server.addresses[0])")! }

        init(status: Int) throws {
            self.status = status
            let router = Router()
            server = HTTPServer(HTTPServer.Configuration(listen: [ListenAddress("127.0.0.1:0")!]), router: router)
            router.on([.post, .put, .delete], "/forward", bytesMax: 1 << 20) { [unowned self] _ in
                .now(HTTPResponse(status: self.status))
            }
            try server.start()
        }

        func stop() async { await server.stop(drainMs: 100) }
    }

    @LoopActor
    private func registrar(_ upstreams: ServiceURL...) -> (ForwardService, Registrar) {
        var configuration = ForwardConfiguration()
        configuration.upstreams = upstreams
        let service = ForwardService(configuration)
        return (service, Registrar(service, urls: []))
    }

    @Test @LoopActor func `a forward that one of its upstreams knows is well`() async throws {
        let registry = try Registry(status: 200)
        let (service, registrar) = registrar(ServiceURL("http://127.0.0.1:1")!, registry.url)
        #expect(registrar.problems.count == 1)
        try await eventually("it is known") { registrar.problems.isEmpty }
        #expect(registrar.entries.map(\.isRegistered) == [false, true])
        await registrar.leave()
        service.stop()
        await registry.stop()
    }

    @Test @LoopActor func `a forward below a forward is well, and one with the wrong secret is not`() async throws {
        let forward = try Registry(status: 404), coordinate = try Registry(status: 401)
        let (below, first) = registrar(forward.url)
        try await eventually("the upstream answers") { first.problems.isEmpty }
        #expect(first.entries.map(\.isRegistered) == [false])
        let (stranger, second) = registrar(coordinate.url)
        try await eventually("it is refused") { second.entries[0].error != nil }
        #expect(second.problems == ["no tracker and no upstream knows this forward"])
        for registrar in [first, second] { await registrar.leave() }
        for service in [below, stranger] { service.stop() }
        for registry in [forward, coordinate] { await registry.stop() }
    }
}
