import CoreTypes
import Cryptography
import EventLoop
import FanOut
import HTTPServer
import MediaWire
import ServiceAPI
import ServiceKit

/// What is live, what it looks like, the clock, and the relays for forwards.
@LoopActor
struct StreamRoutes {
    let service: CoOrdinateService

    func add(to router: Router) {
        router.get("/streams") { _ in
            .now(.json(StreamList(streams: service.directory.sorted.map(service.describe))))
        }
        router.get("/streams/:name") { request in
            withStream(request) { .now(.json(service.describe($0))) }
        }
        router.get("/time") { _ in .now(.json(TimeReport(now: Clock.wall))) }
        router.get("/relay/:name", relay)
    }

    private func relay(_ request: HTTPRequest) -> HTTPReply {
        guard service.isService(request) else {
            return Problem(401, "bad-secret", "relays need the cluster's secret as bearer token").reply
        }
        guard !request.relayPath.contains(service.instance.description) else {
            return Problem(508, "relay-loop", "this coordinate is already on the path of the request").reply
        }
        guard let point = request.joinPoint else {
            return Problem(400, "bad-sequence", "from must be the number of a chunk, back milliseconds").reply
        }
        return withStream(request) { stream in
            guard let hello = try? Record.hello(encodeJSON(stream.hello(instance: service.instance))).encoded() else {
                return Problem(500, "no-hello", "the stream cannot be described").reply
            }
            let body = stream.relay.makeBody(head: hello, from: point) { _ in }
            return .stream(
                StreamResponse(
                    headers: [("Content-Type", "application/vnd.p2plive.records"), ("Cache-Control", "no-store")],
                    body: body))
        }
    }

    private func withStream(_ request: HTTPRequest, _ body: (LiveStream) -> HTTPReply) -> HTTPReply {
        guard let name = try? StreamName(request.parameters["name"] ?? ""), let stream = service.directory[name] else {
            return Problem(404, "unknown-stream", "no such stream is live").reply
        }
        return body(stream)
    }
}
