import EventLoop
import HTTPServer
import ServiceAPI
import ServiceKit
import TestSupport
import Testing

@testable import TrackerService

/// A tracker that registers at coordinates that forget, refuse, or are not there.
@Suite(.serialized) struct RegistrationTests {
    /// A coordinate that notes what trackers tell it.
    @LoopActor
    private final class FakeCoordinate {
        private(set) var told: [(method: HTTPMethod, registration: TrackerRegistration)] = []
        var known: Set<String> = []
        var refusal: Int?
        private let server: HTTPServer
        var url: ServiceURL { ServiceURL("http://\(server.addresses[0])")! }

        init() throws {
            let router = Router()
            server = HTTPServer(HTTPServer.Configuration(listen: [ListenAddress("127.0.0.1:0")!]), router: router)
            router.on([.post, .put, .delete], "/tracker", bytesMax: 1 << 20) { [unowned self] request in
                guard let registration = try? decodeJSON(TrackerRegistration.self, from: request.body) else {
                    return Problem(400, "bad", "no JSON").reply
                }
                told.append((request.method, registration))
                if let refusal { return Problem(refusal, "refused", "no").reply }
                guard request.method != .put || known.contains(registration.name) else {
                    return Problem(404, "unknown-tracker", "register").reply
                }
                known.insert(registration.name)
                return .now(.json(["status": "ok"]))
            }
            try server.start()
        }

        func stop() async { await server.stop(drainMs: 1_000) }
    }

    @LoopActor
    private func tracker(_ coordinates: [ServiceURL]) -> TrackerService {
        var configuration = TrackerConfiguration()
        configuration.name = "t"
        configuration.region = "a"
        configuration.secret = "secret"
        configuration.coordinates = coordinates
        let service = TrackerService(configuration)
        service.start(urls: [AdvertisedURL(url: "http://127.0.0.1:9090")])
        return service
    }

    @Test @LoopActor func `a tracker registers, comes back to a coordinate that forgot it, and leaves`() async throws {
        let coordinate = try FakeCoordinate()
        let service = tracker([coordinate.url])
        try await eventually("it is registered") { service.isRegistered == [true] }
        #expect(coordinate.told.map(\.method) == [.put, .post])
        #expect(coordinate.told.last?.registration.region == "a")
        #expect(service.problems.isEmpty)
        coordinate.known = []
        try await eventually("it registers again") { coordinate.told.count { $0.method == .post } == 2 }
        await service.stop()
        #expect(coordinate.told.last?.method == .delete)
        await coordinate.stop()
    }

    @Test @LoopActor func `a coordinate that refuses is told of, and one that takes it is enough`() async throws {
        let coordinates = [try FakeCoordinate(), try FakeCoordinate()]
        coordinates[0].refusal = 401
        let service = tracker(coordinates.map(\.url))
        try await eventually("both have answered") {
            service.isRegistered == [false, true] && service.registrationErrors[0] != nil
        }
        #expect(service.registrationErrors[0] == "the coordinate answered 401")
        #expect(service.problems.isEmpty)
        await service.stop()
        for coordinate in coordinates { await coordinate.stop() }
    }

    @Test @LoopActor func `without any coordinate it is not healthy`() async throws {
        let gone = try FakeCoordinate()
        let url = gone.url
        await gone.stop()
        let service = tracker([url])
        try await eventually("it has tried") { service.registrationErrors[0] != nil }
        #expect(service.problems == ["not registered at any coordinate"])
        await service.stop()
    }
}
