import CoreTypes
import Cryptography
import EventLoop
import FanOut
import ForwardCore
import HTTPServer
import MediaWire
import SafetyNet
import ServiceAPI
import ServiceKit

/// The paths that viewers and downstream forwards read.
@LoopActor
struct ViewerRoutes {
    let service: ForwardService

    func add(to router: Router) {
        router.get("/live/:file", live)
        router.get("/stripe/:name/:stripes", stripes)
        router.get("/chunk/:name/:sequence", chunk)
        router.get("/chunk/:name/:sequence/:piece", chunk)
        router.get("/init/:name/:hash", initSegment)
        router.get("/relay/:name", relay)
        router.get("/load") { _ in .now(.json(service.load)) }
    }

    // MARK: Endless answers

    private func live(_ request: HTTPRequest) -> HTTPReply {
        let file = request.parameters["file"] ?? ""
        let forms: [(suffix: String, kind: Representation.Kind, type: String)] = [
            (".mp4", .mp4, "video/mp4"), (".ts", .ts, "video/mp2t"),
        ]
        guard let form = forms.first(where: { file.hasSuffix($0.suffix) }) else {
            return refuse(Problem(404, "not-found", "ask for /live/NAME.mp4 or /live/NAME.ts"))
        }
        return withStream(named: String(file.dropLast(form.suffix.count)), client: request.client) { feed in
            stream(form.kind, of: feed, type: form.type, from: .newest, countsAsViewer: true)
        }
    }

    private func stripes(_ request: HTTPRequest) -> HTTPReply {
        let name = request.parameters["name"] ?? ""
        let access = access(request, stream: name)
        if case .refused(let problem) = access { return refuse(problem) }
        let texts = (request.parameters["stripes"] ?? "").split(separator: "+", omittingEmptySubsequences: false)
        let stripes = texts.compactMap { Int($0) }
        guard stripes.count == texts.count, stripes == Array(Set(stripes)).sorted(),
            stripes.allSatisfy({ (0..<WireLimits.stripeCountMax).contains($0) })
        else { return refuse(Problem(400, "bad-stripe", "ask for a stripe as 0, 1, or for both as 0+1")) }
        guard let point = request.joinPoint else {
            return refuse(Problem(400, "bad-sequence", "from must be the number of a chunk"))
        }
        return withStream(named: name, forRecords: true) { feed in
            guard stripes.allSatisfy({ $0 < feed.hello?.stripes ?? 2 }) else {
                return refuse(Problem(404, "unknown-stripe", "the stream has \(feed.hello?.stripes ?? 2) stripes"))
            }
            return stream(
                .stripes(stripes), of: feed, type: Self.recordType, from: point, countsAsViewer: true, access: access)
        }
    }

    private func relay(_ request: HTTPRequest) -> HTTPReply {
        guard isService(request) else {
            return refuse(Problem(401, "bad-secret", "relays need the cluster's secret as bearer token"))
        }
        let path = request.relayPath
        guard !path.contains(service.instance.description) else {
            return refuse(Problem(508, "relay-loop", "this forward is already on the path of the request"))
        }
        guard let point = request.joinPoint else {
            return refuse(Problem(400, "bad-sequence", "from must be the number of a chunk, back milliseconds"))
        }
        return withStream(named: request.parameters["name"] ?? "", requestPath: path, forRecords: true) { feed in
            // The upstream of this forward may itself hang below the one that asks.
            guard !feed.path.contains(where: path.contains) else {
                return refuse(Problem(508, "relay-loop", "the stream comes from the forward that asks"))
            }
            return stream(.relay, of: feed, type: Self.recordType, from: point, countsAsViewer: false)
        }
    }

    private static let recordType = "application/vnd.p2plive.records"

    private func stream(
        _ kind: Representation.Kind, of feed: StreamFeed, type: String, from point: JoinPoint, countsAsViewer: Bool,
        access: StripeAccess = .service
    ) -> HTTPReply {
        // Who comes back before it was noticed that its old answer ended takes that one's place.
        var comesBack = false
        if case .viewer(let viewer, _) = access { comesBack = feed.stripeAnswers.has(viewer) }
        if countsAsViewer, !comesBack, !service.admitsViewer(of: feed, as: kind) {
            return refuse(
                Problem(503, "over-capacity", "this forward is full, try another", headers: [("Retry-After", "2")]))
        }
        let representation = feed.representation(kind)
        if let obstacle = representation.obstacle {
            return refuse(Problem(415, "unsupported-codec", "the stream cannot be given as \(kind.name): \(obstacle)"))
        }
        let head = kind.hasRecords ? hello(of: feed) : []
        let makeBody = { (onClosed: @escaping @LoopActor () -> Void) in
            representation.ring.makeBody(head: head, from: point) {
                service.countEnded($0)
                onClosed()
            }
        }
        var body: (any StreamBody)?
        if case .stripes(let stripes) = kind, case .viewer(let viewer, let claim) = access {
            body = feed.stripeAnswers.open(
                stripes: stripes.count, for: viewer, claim: claim, peers: service.peers(of: feed), makeBody: makeBody)
        } else {
            body = makeBody {}
        }
        guard let body else { return refuseExhausted(access) }
        if case .stripes = kind { service.countStripes(access) }
        return .stream(
            StreamResponse(headers: [("Content-Type", type), ("Cache-Control", "no-store")], body: body))
    }

    private func hello(of feed: StreamFeed) -> [UInt8] {
        guard var hello = feed.hello else { return [] }
        hello.state = feed.state
        hello.sequence = feed.store.newest?.sequence ?? 0
        hello.path = feed.path
        return (try? Record.hello(encodeJSON(hello)).encoded()) ?? []
    }

    // MARK: Short answers

    private func chunk(_ request: HTTPRequest) -> HTTPReply {
        let name = request.parameters["name"] ?? ""
        let access = access(request, stream: name)
        if case .refused(let problem) = access { return refuse(problem) }
        guard let sequence = UInt64(request.parameters["sequence"] ?? ""), sequence <= WireLimits.integerMax else {
            return refuse(Problem(400, "bad-sequence", "a chunk is asked for by its number"))
        }
        var piece: Int?
        if let text = request.parameters["piece"] {
            guard let number = UInt16(text) else {
                return refuse(Problem(400, "bad-piece", "a piece is asked for by its number within the chunk"))
            }
            piece = Int(number)
        }
        return withStream(named: name) { feed in
            guard let stored = feed.store.chunk(sequence), let bytes = records(of: stored, piece: piece) else {
                return refuse(Problem(404, "unknown-chunk", "the chunk or piece is not held here (any more, or yet)"))
            }
            if case .viewer(let viewer, let claim) = access,
                !feed.stripeAnswers.takeChunk(for: viewer, claim: claim, peers: service.peers(of: feed))
            {
                return refuseExhausted(access)
            }
            service.countRepair(access, bytes: bytes.count)
            return .now(
                HTTPResponse(
                    status: 200, headers: [("Content-Type", Self.recordType), ("Cache-Control", "no-store")],
                    body: .bytes(bytes)))
        }
    }

    private func records(of chunk: StoredChunk, piece: Int?) -> [UInt8]? {
        guard let piece else { return try? FrameBuilder.relay(chunk) }
        return (try? FrameBuilder.piece(piece, of: chunk)) ?? nil
    }

    private func initSegment(_ request: HTTPRequest) -> HTTPReply {
        guard let hash = ShortHash(request.parameters["hash"] ?? "") else {
            return refuse(Problem(400, "bad-hash", "an init is asked for by the 32 hexadecimal digits of its hash"))
        }
        return withStream(named: request.parameters["name"] ?? "", client: request.client) { feed in
            guard let bytes = feed.store.initSegment(hash) else {
                return refuse(Problem(404, "unknown-init", "no such init is held here"))
            }
            return .now(
                HTTPResponse(
                    status: 200,
                    headers: [("Content-Type", "video/mp4"), ("Cache-Control", "public, max-age=3600, immutable")],
                    body: .bytes(bytes)))
        }
    }

    // MARK: Common steps

    /// Calls `body` when the stream is there; answers otherwise. `client` is who may ask for any name, without a token
    /// or the secret.
    private func withStream(
        named text: String, requestPath: [String] = [], client: IPAddress? = nil, forRecords: Bool = false,
        _ body: @escaping @LoopActor (StreamFeed) -> HTTPReply
    ) -> HTTPReply {
        let name: StreamName
        do { name = try StreamName(text) } catch { return refuse(Problem(400, "bad-name", "\(error)")) }
        guard let feed = service.feed(name, requestPath: requestPath, client: client) else {
            return refuse(
                Problem(
                    503, "too-many-streams", "this forward serves as many streams as it may",
                    headers: [("Retry-After", "5")]))
        }
        return .later(timeoutMs: 10_000) { responder in
            feed.whenReady(forRecords: forRecords) { readiness in
                switch readiness {
                case .ready: responder.respond(body(feed))
                case .unknown: responder.respond(refuse(Problem(404, "unknown-stream", "no stream \(name) is live")))
                case .unavailable(let reason):
                    responder.respond(
                        refuse(Problem(503, "upstream-unavailable", reason, headers: [("Retry-After", "1")])))
                }
            }
        }
    }

    private func refuseExhausted(_ access: StripeAccess) -> HTTPReply {
        service.countExhausted(access)
        return refuse(
            Problem(
                429, "pool-exhausted", "viewers of the swarm take as much from here as they may; ask your parents",
                headers: [("Retry-After", String(StripePool.retryAfterSeconds))]))
    }

    private func refuse(_ problem: Problem) -> HTTPReply {
        service.countRefusal(problem.type)
        return problem.reply
    }
}
