import CoreTypes
import EventLoop
import HTTPServer
import LibAV

/// `GET /streams/NAME/thumbnail.jpg`: pictures made when somebody asks, on threads of their own.
@LoopActor
final class ThumbnailRoute {
    /// Pixels of the longer side.
    nonisolated static let sideMax = 480
    /// Pictures that are made at a time: each takes a core for some ms, and tens of MB when it is made of 8K.
    private static let threadsMax = 2
    /// Streams that wait for a thread; as many as a page may show.
    private static let queueMax = 64

    private unowned let directory: StreamDirectory
    private var queue: [LiveStream] = []
    private var threads = 0
    /// Key chunks that a picture was made of, or tried to be.
    private(set) var madeCount: UInt64 = 0

    nonisolated init(_ directory: StreamDirectory) { self.directory = directory }

    func add(to router: Router) { router.get("/streams/:name/thumbnail.jpg", thumbnail) }

    private func thumbnail(_ request: HTTPRequest) -> HTTPReply {
        guard let name = try? StreamName(request.parameters["name"] ?? ""), let stream = directory[name] else {
            return Problem(404, "unknown-stream", "no such stream is live").reply
        }
        guard let newest = stream.keyChunk else { return Self.noPicture }
        guard !stream.thumbnail.isGood(for: newest, now: Clock.now) else { return Self.answer(stream, request) }
        guard stream.thumbnail.isBeingMade || queue.count < Self.queueMax else { return Self.busy }
        return .later(timeoutMs: 10_000) { [self] responder in
            let waiting = ThumbnailRequest(request: request, responder: responder)
            guard stream.thumbnail.wait(waiting) else { return responder.respond(Self.busy) }
            guard !stream.thumbnail.isBeingMade else { return }
            stream.thumbnail.begin()
            queue.append(stream)
            startNext()
        }
    }

    private func startNext() {
        guard threads < Self.threadsMax, !queue.isEmpty else { return }
        let stream = queue.removeFirst()
        guard let newest = stream.keyChunk else {
            stream.thumbnail.giveUp { $0.responder.respond(Self.noPicture) }
            return startNext()
        }
        do {
            threads += 1
            _ = try MediaThread(name: "thumbnail") { [self] in
                let jpeg = try? StillPicture.jpeg(
                    initSegment: newest.initSegment, chunk: newest.chunk, sideMax: Self.sideMax)
                LoopActor.post {
                    self.threads -= 1
                    self.madeCount += 1
                    self.finish(stream, jpeg ?? nil, of: newest.sequence)
                }
            }
        } catch {
            threads -= 1
            stream.thumbnail.giveUp { $0.responder.respond(Self.busy) }
            startNext()
        }
    }

    private func finish(_ stream: LiveStream, _ jpeg: [UInt8]?, of sequence: UInt64) {
        stream.thumbnail.end(jpeg, of: sequence) { $0.responder.respond(Self.answer(stream, $0.request)) }
        startNext()
    }

    private static func answer(_ stream: LiveStream, _ request: HTTPRequest) -> HTTPReply {
        guard case .picture(let bytes, let entityTag) = stream.thumbnail.outcome else { return noPicture }
        let headers = [
            ("Content-Type", "image/jpeg"), ("ETag", entityTag),
            ("Cache-Control", "max-age=\(Thumbnail.lifetimeMs / 1_000)"),
            ("Cross-Origin-Resource-Policy", "cross-origin"),
        ]
        let status = request.hasCurrent(entityTag: entityTag) ? 304 : 200
        return .now(HTTPResponse(status: status, headers: headers, body: .shared(bytes)))
    }

    private static var noPicture: HTTPReply {
        Problem(404, "no-picture", "the stream has no picture, or none yet", headers: [("Cache-Control", "no-store")])
            .reply
    }

    private static var busy: HTTPReply {
        Problem(503, "busy", "too many pictures are being made, try again", headers: [("Retry-After", "2")]).reply
    }
}
