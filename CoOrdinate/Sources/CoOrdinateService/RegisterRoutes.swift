import CoreTypes
import Cryptography
import EventLoop
import HTTPServer
import MediaWire
import ServiceAPI
import ServiceKit

/// Trackers and forwards register here; viewers ask for a tracker.
@LoopActor
struct RegisterRoutes {
    let service: CoOrdinateService

    /// Bytes of a heartbeat: a tracker lists its swarms and forwards.
    private static let bodyBytesMax = 1 << 20
    /// Milliseconds in which a viewer opens what it was assigned.
    private static let tokenLifetimeMs: Int64 = 60_000

    func add(to router: Router) {
        router.get("/tracker", assign)
        router.on([.post, .put, .delete], "/tracker", bytesMax: Self.bodyBytesMax, registerTracker)
        router.on([.post, .put, .delete], "/forward", bytesMax: Self.bodyBytesMax, registerForward)
    }

    private static let needsSecret = Problem(
        401, "bad-secret", "this needs the cluster's secret as bearer token",
        headers: [("WWW-Authenticate", "Bearer")])

    private func registerTracker(_ request: HTTPRequest) -> HTTPReply {
        guard service.isService(request) else { return Self.needsSecret.reply }
        let registration: TrackerRegistration
        do { registration = try decodeJSON(TrackerRegistration.self, from: request.body) } catch {
            return error.problem.reply
        }
        if let mistake = registration.mistake { return Problem(400, mistake.rawValue, mistake.detail).reply }
        if request.method == .delete {
            service.register.removeTracker(registration.name)
            return .now(.noContent)
        }
        guard request.method == .post || service.register.knows(tracker: registration.name) else {
            return Problem(404, "unknown-tracker", "register with POST first").reply
        }
        return reply(service.register.put(registration, from: request.peer) == .full, isNew: request.method == .post)
    }

    private func registerForward(_ request: HTTPRequest) -> HTTPReply {
        guard service.isService(request) else { return Self.needsSecret.reply }
        let registration: ForwardRegistration
        do { registration = try decodeJSON(ForwardRegistration.self, from: request.body) } catch {
            return error.problem.reply
        }
        if let mistake = registration.mistake { return Problem(400, mistake.rawValue, mistake.detail).reply }
        if request.method == .delete {
            service.register.removeForward(registration.name)
            return .now(.noContent)
        }
        guard request.method == .post || service.register.knows(forward: registration.name) else {
            return Problem(404, "unknown-forward", "register with POST first").reply
        }
        return reply(service.register.put(registration, from: request.peer) == .full, isNew: request.method == .post)
    }

    private func reply(_ isFull: Bool, isNew: Bool) -> HTTPReply {
        guard !isFull else { return Problem(507, "register-full", "too many services are registered").reply }
        return .now(.json(["status": "ok"], status: isNew ? 201 : 200))
    }

    // MARK: Viewers

    private func assign(_ request: HTTPRequest) -> HTTPReply {
        var stream = StreamName.standard
        if let text = request.query("stream") {
            do { stream = try StreamName(text) } catch { return Problem(400, "bad-name", "\(error)").reply }
        }
        guard service.directory[stream] != nil else {
            return Problem(404, "unknown-stream", "no stream \(stream) is live").reply
        }
        service.countAssignment()
        let answer = service.register.assign(request.client, scheme: request.scheme)
        if request.accepts("text/plain") {
            guard let tracker = answer.tracker, let url = ServiceURL(tracker.url) else { return Self.noTracker.reply }
            let host = url.host.contains(":") ? "[\(url.host)]" : url.host
            return .now(.text("\(host):\(url.port)"))
        }
        let expiresAt = Clock.wall + Self.tokenLifetimeMs
        let token = AccessToken(kind: .direct, peer: .random(), expiresAt: expiresAt, stream: stream)
        let assignment = TrackerAssignment(
            tracker: answer.tracker, forwards: answer.forwards, region: answer.region,
            token: service.tokens.issue(token), tokenExpiresAt: expiresAt)
        guard assignment.tracker != nil else {
            return .now(.json(assignment, status: 503, headers: [("Retry-After", "2")]))
        }
        return .now(.json(assignment))
    }

    private static let noTracker = Problem(
        503, "no-tracker", "no tracker is alive, try again", headers: [("Retry-After", "2")])
}
