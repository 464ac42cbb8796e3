import CoreTypes
import Cryptography
import EventLoop
import HTTPServer
import ServiceAPI
import ServiceKit
import SwarmCore

/// The paths of viewers.
@LoopActor
struct PeerRoutes {
    let directory: PeerDirectory
    let peersMax: Int

    private static let joinBytesMax = 8_192, reportBytesMax = 32_768
    /// An SDP may double its length in JSON.
    private static let signalBytesMax = 2 * LinkSignal.sdpBytesMax + 1_024

    func add(to router: Router) {
        router.on([.post], "/peers", bytesMax: Self.joinBytesMax, join)
        router.get("/peers/:id/events", events)
        router.on([.post], "/peers/:id/signal", bytesMax: Self.signalBytesMax, signal)
        router.on([.post], "/peers/:id/report", bytesMax: Self.reportBytesMax, report)
        router.on([.post], "/peers/:id/leave", bytesMax: 1_024, leave)
        router.on([.delete], "/peers/:id", bytesMax: 1_024, leave)
    }

    // MARK: Joining

    private func join(_ request: HTTPRequest) -> HTTPReply {
        let join: PeerJoin
        do { join = try decodeJSON(PeerJoin.self, from: request.body) } catch { return refuse(error.problem) }
        let stream: StreamName
        do { stream = try StreamName(join.stream) } catch { return refuse(Problem(400, "bad-name", "\(error)")) }
        if let problem = Self.mistake(in: join) { return refuse(problem) }
        if let resume = join.resume, let problem = mistake(in: resume, of: stream) { return refuse(problem) }
        guard !directory.isStopping else { return refuse(Problem(503, "stopping", "this tracker is stopping")) }
        guard !directory.unheard.isFull(request.client) else {
            return refuse(
                Problem(
                    429, "too-many-joins", "others who joined from this address have not opened their events yet",
                    headers: [("Retry-After", "1")]))
        }
        let isLeaf: Bool
        switch directory.addresses.admit(request.client, id: join.resume?.id, now: Clock.now) {
        case .welcome: isLeaf = false
        case .leaf: isLeaf = true
        case .tooMany(let seconds):
            return refuse(
                Problem(
                    429, "too-many-joins", "too many viewers join from this address, wait a moment",
                    headers: [("Retry-After", "\(seconds)")]))
        case .banned(let seconds):
            return refuse(
                Problem(
                    403, "banned", "this viewer, or others of its address, sent what no honest viewer sends",
                    headers: [("Retry-After", "\(seconds)")]))
        }
        if let answer = directory.lookup.known(stream) {
            return admit(join, stream, request, isLeaf: isLeaf, answer)
        }
        return .later(timeoutMs: 5_000) { responder in
            directory.lookup.find(stream) { responder.respond(admit(join, stream, request, isLeaf: isLeaf, $0)) }
        }
    }

    private func admit(
        _ join: PeerJoin, _ stream: StreamName, _ request: HTTPRequest, isLeaf: Bool, _ answer: StreamLookup.Answer
    ) -> HTTPReply {
        var publicKey = ""
        switch answer {
        case .exists(let key): publicKey = key
        case .unreachable where join.resume != nil || directory.isAtForward(stream): break
        // A coordinate that has just restarted does not know the stream until its publisher is back.
        case .unknown(let hasEnded) where !hasEnded && directory.swarms[stream] != nil && join.resume != nil: break
        default: return refuse(Problem(404, "unknown-stream", "no stream \(stream) is live"))
        }
        let id = join.resume?.id ?? .random()
        guard directory.sessions[id] != nil || directory.hasRoom(for: request.client, peersMax: peersMax) else {
            directory.service.noteFull()
            return refuse(
                Problem(
                    503, "tracker-full", "this tracker serves as many viewers as it may, ask the coordinate again",
                    headers: [("Retry-After", "1")]))
        }
        let place = directory.join(
            id, stream, join, origin: PeerSession.Origin(request), isLeaf: isLeaf, publicKey: publicKey)
        return .now(.json(place, status: 201, headers: [("Location", "/peers/\(id)")]))
    }

    private static func mistake(in join: PeerJoin) -> Problem? {
        guard join.version == PeerJoin.version else {
            return Problem(400, "bad-version", "this tracker speaks version \(PeerJoin.version)")
        }
        guard (0...PeerJoin.capacityMax).contains(join.capacity) else { return badCapacity }
        guard join.transports.contains(PeerJoin.webRTC) else {
            return Problem(400, "bad-transport", "a viewer must be able to make links over \(PeerJoin.webRTC)")
        }
        return nil
    }

    private static let badCapacity = Problem(400, "bad-capacity", "a viewer feeds 0 to \(PeerJoin.capacityMax) others")

    /// The token of a viewer that was away may have ended meanwhile; that it was issued is what counts.
    private func mistake(in resume: PeerResume, of stream: StreamName) -> Problem? {
        do {
            let token = try directory.tokens.verify(
                resume.token, for: stream, now: Clock.wall - PeerDirectory.resumeGraceMs)
            return token.peer == resume.id && token.kind != .direct
                ? nil : Self.badToken("the token is for another viewer")
        } catch {
            return Self.badToken("\(error)")
        }
    }

    // MARK: Viewers that are here

    private func events(_ request: HTTPRequest) -> HTTPReply {
        withSession(request) { session in
            let text = request.header("Last-Event-ID") ?? request.query("lastEventId")
            let last = text.map { UInt64($0) ?? .max }
            let headers = [("Content-Type", "text/event-stream"), ("Cache-Control", "no-store")]
            guard request.query("poll") != "1" else {
                let bytes = directory.poll(session, after: last)
                return .now(HTTPResponse(status: 200, headers: headers, body: .bytes(bytes)))
            }
            // Proxies that collect an answer before they pass it on are asked not to.
            let head = headers + [("X-Accel-Buffering", "no")]
            return .stream(StreamResponse(headers: head, body: directory.listen(session, after: last)))
        }
    }

    private func signal(_ request: HTTPRequest) -> HTTPReply { withSession(request) { signal(request, of: $0) } }

    private func signal(_ request: HTTPRequest, of session: PeerSession) -> HTTPReply {
        guard session.signals.take(now: Clock.now) else { return tooMany("signals", session.signals) }
        let signal: PeerSignal
        do { signal = try decodeJSON(PeerSignal.self, from: request.body) } catch { return refuse(error.problem) }
        if let mistake = signal.signal.mistake { return refuse(Problem(400, "malformed-json", mistake)) }
        switch directory.pass(signal, from: session) {
        case true?: return .now(HTTPResponse(status: 202))
        case false?:
            return refuse(
                Problem(404, "unknown-peer", "the viewer it is for is not in this swarm, or does not listen"))
        case nil:
            return refuse(
                Problem(
                    429, "too-many-signals", "the viewer it is for does not keep up", headers: [("Retry-After", "1")]))
        }
    }

    private func report(_ request: HTTPRequest) -> HTTPReply { withSession(request) { report(request, of: $0) } }

    private func report(_ request: HTTPRequest, of session: PeerSession) -> HTTPReply {
        guard session.reports.take(now: Clock.now) else { return tooMany("reports", session.reports) }
        let report: PeerReport
        do { report = try decodeJSON(PeerReport.self, from: request.body) } catch { return refuse(error.problem) }
        guard (0...PeerJoin.capacityMax).contains(report.capacity ?? 0) else { return refuse(Self.badCapacity) }
        directory.take(report, of: session)
        guard directory.sessions[session.id] === session, let swarm = directory.swarms[session.stream] else {
            return refuse(Self.banned)
        }
        return .now(.json(directory.lease(for: session, in: swarm)))
    }

    private func leave(_ request: HTTPRequest) -> HTTPReply {
        withSession(request) { session in
            directory.leave(session)
            return .now(.noContent)
        }
    }

    // MARK: Common steps

    private static let banned = Problem(
        403, "banned", "accusing several neighbours within a minute is what liars do",
        headers: [("Retry-After", "\(AddressBook.banMs / 1_000)")])

    private static func badToken(_ detail: String) -> Problem {
        Problem(401, "bad-token", detail, headers: [("WWW-Authenticate", "Bearer")])
    }

    private func tooMany(_ what: String, _ limit: RateLimit) -> HTTPReply {
        refuse(
            Problem(
                429, "too-many-\(what)",
                "a viewer may send \(limit.burst) \(what) at once, and \(Int(limit.perSecond)) a second",
                headers: [("Retry-After", "\(limit.secondsToNext())")]))
    }

    /// Calls `body` with the session that the path names, when the token is its own.
    private func withSession(_ request: HTTPRequest, _ body: (PeerSession) -> HTTPReply) -> HTTPReply {
        guard let session = RandomID(request.parameters["id"] ?? "").flatMap({ directory.sessions[$0] }) else {
            return refuse(
                Problem(404, "unknown-peer", "this tracker does not know the viewer: join again, with resume"))
        }
        guard let text = request.bearerToken ?? request.query("token") else {
            return refuse(Self.badToken("send the token of the answer to POST /peers as bearer or ?token="))
        }
        do {
            let token = try directory.tokens.verify(text, for: session.stream, now: Clock.wall)
            guard token.peer == session.id else { return refuse(Self.badToken("the token is another viewer's")) }
        } catch {
            return refuse(Self.badToken("\(error)"))
        }
        return body(session)
    }

    private func refuse(_ problem: Problem) -> HTTPReply {
        directory.countRefusal(problem.type)
        return problem.reply
    }
}
