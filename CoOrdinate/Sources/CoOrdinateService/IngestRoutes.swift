import CoreTypes
import Cryptography
import EventLoop
import HTTPServer
import IngestCore
import Packager
import ServiceKit

/// Publishing: `POST|PUT /stream[/NAME]` and `DELETE /stream/NAME`.
@LoopActor
struct IngestRoutes {
    let service: CoOrdinateService

    func add(to router: Router) {
        router.upload([.post, .put], "/stream") { open($0, name: StreamName.standard.description) }
        router.upload([.post, .put], "/stream/:name") { open($0, name: $0.parameters["name"] ?? "") }
        router.on([.delete], "/stream/:name", delete)
    }

    /// Everything is checked before the body is read: a publisher that sends on unheard would never know.
    private func open(_ request: HTTPRequest, name text: String) -> UploadDecision {
        func refuse(_ problem: Problem) -> UploadDecision {
            service.refused(text, problem.status, problem.type, problem.detail, client: request.client)
            return .refuse(problem.response)
        }
        let name: StreamName
        do { name = try StreamName(text) } catch {
            let type = if case .reserved = error { "reserved-name" } else { "bad-name" }
            return refuse(Problem(400, type, "\(error)"))
        }
        guard mayPublish(name, request) else { return refuse(Self.wrongKey) }
        let stream: LiveStream
        do {
            guard let found = try service.directory.obtain(name) else {
                let most = service.configuration.streamsMax
                return refuse(Problem(507, "too-many-streams", "this coordinate takes at most \(most) streams"))
            }
            stream = found
        } catch {
            return refuse(Problem(500, "no-signing-key", "\(error)"))
        }
        let admission = stream.machine.admission(takesOver: request.query("takeover") == "1", now: Clock.now)
        guard admission != .busy else {
            return refuse(
                Problem(
                    409, "already-publishing", "\(name) is being published; end that first, or add ?takeover=1"))
        }
        return .accept { control in begin(stream, request, control) }
    }

    private func begin(_ stream: LiveStream, _ request: HTTPRequest, _ control: UploadControl) -> any UploadSink {
        let limits = ChunkCutter.Limits(targetMs: service.configuration.chunkMs)
        let session = PublisherSession(
            stream, client: request.client, control: control,
            configuration: PackagerConfiguration(limits: limits, threadName: "pack \(stream.name)")
        ) { [service] status, reason, detail in
            service.refused(stream.name.description, status, reason, detail, client: request.client)
        }
        stream.begin(session)
        return session
    }

    private func delete(_ request: HTTPRequest) -> HTTPReply {
        guard let name = try? StreamName(request.parameters["name"] ?? ""), let stream = service.directory[name] else {
            return Problem(404, "unknown-stream", "there is no such stream").reply
        }
        guard service.isService(request) || mayKick(name, request) else { return Self.wrongKey.reply }
        guard stream.publisher != nil else {
            return Problem(404, "no-publisher", "nobody publishes \(name) at the moment").reply
        }
        stream.kick()
        return .now(.noContent)
    }

    private static let wrongKey = Problem(
        401, "bad-key", "send the stream's publish key as ?key=, as Basic password or as Bearer token",
        headers: [("WWW-Authenticate", "Basic realm=\"p2plive\"")])

    private func mayPublish(_ name: StreamName, _ request: HTTPRequest) -> Bool {
        service.configuration.publishKeys.allow(name, key: key(in: request)) { constantTimeEqual($0, $1) }
    }

    /// Where anybody may publish, only the secret may end somebody else's stream.
    private func mayKick(_ name: StreamName, _ request: HTTPRequest) -> Bool {
        guard let key = key(in: request) else { return false }
        return service.configuration.publishKeys.hasKey(for: name)
            && service.configuration.publishKeys.allow(name, key: key) { constantTimeEqual($0, $1) }
    }

    private func key(in request: HTTPRequest) -> String? {
        if let key = request.query("key") { return key }
        if let token = request.bearerToken { return token }
        guard let value = request.header("Authorization"), value.lowercased().hasPrefix("basic "),
            let bytes = Base64.standard.decode(String(value.dropFirst(6).drop { $0 == " " })),
            let text = String(validating: bytes, as: UTF8.self), let colon = text.firstIndex(of: ":")
        else { return nil }
        return String(text[text.index(after: colon)...])
    }
}
