import CoreTypes
import EventLoop
import ForwardCore
import HTTPClient
import HTTPServer
import Logging
import ServiceAPI

/// Publishing at a forward: `POST /stream[/NAME]` is passed on to the coordinate as it comes, headers and key with it.
@LoopActor
public struct EdgeIngest {
    let service: ForwardService

    /// Ingest for the given forward.
    public init(_ service: ForwardService) { self.service = service }

    /// Adds the paths.
    public func add(to router: Router) {
        router.upload([.post, .put], "/stream") { open($0, name: StreamName.standard.description) }
        router.upload([.post, .put], "/stream/:name") { open($0, name: $0.parameters["name"] ?? "") }
    }

    private func open(_ request: HTTPRequest, name: String) -> UploadDecision {
        let stream: StreamName
        do {
            stream = try StreamName(name)
        } catch {
            let type = if case .reserved = error { "reserved-name" } else { "bad-name" }
            service.countRefusal(type)
            return .refuse(Problem(400, type, "\(error)").response)
        }
        guard let origin = service.origin else {
            service.countRefusal("no-origin")
            let problem = Problem(
                503, "no-origin", "no coordinate is reachable from this forward, publish there or try again",
                headers: [("Retry-After", "2")])
            return .refuse(problem.response)
        }
        return .accept { control in
            EdgeUpload(stream, request: request, origin: origin, service: service, control: control)
        }
    }
}

/// One publisher at the edge: bytes in from it, out to the coordinate, at the coordinate's pace.
@LoopActor
private final class EdgeUpload: UploadSink, HTTPTransferDelegate {
    private let stream: StreamName
    private let service: ForwardService
    private let control: UploadControl
    private var transfer: HTTPTransfer?
    private var response = HTTPClientResponse(status: 0, headers: [], body: [])
    private var contentType = "text/plain"
    private var responder: HTTPResponder?
    private var isWaitingForRoom = false
    private var isOver = false

    init(
        _ stream: StreamName, request: HTTPRequest, origin: ServiceURL, service: ForwardService, control: UploadControl
    ) {
        self.stream = stream
        self.service = service
        self.control = control
        var query = request.query.map { "\(percentEncoded($0.name))=\(percentEncoded($0.value))" }.joined(
            separator: "&")
        if !query.isEmpty { query = "?" + query }
        var upload = HTTPClientRequest(request.method.rawValue, "\(origin.origin)/stream/\(stream)\(query)")
        upload.timeoutMs = 0
        for name in ["Authorization", "Content-Type"] {
            if let value = request.header(name) { upload.headers.append((name, value)) }
        }
        // The coordinate refuses before the body when it is asked to.
        upload.headers.append(("Expect", "100-continue"))
        transfer = try? service.client.start(upload, streamsUpload: true, delegate: self)
        service.log.info("Edge publisher", metadata: ["stream": "\(stream)"])
    }

    func receive(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard let transfer, !isOver else {
            control.close()
            return bytes.count
        }
        guard transfer.write(bytes) else {
            isWaitingForRoom = true
            return 0
        }
        return bytes.count
    }

    func finish() -> HTTPReply {
        guard transfer != nil, !isOver else { return .now(answer()) }
        transfer?.finishUpload()
        return .later(timeoutMs: 10_000) { self.responder = $0 }
    }

    func abort() {
        isOver = true
        transfer?.cancel()
        transfer = nil
    }

    func transferWantsBytes(_ transfer: HTTPTransfer) {
        guard isWaitingForRoom else { return }
        isWaitingForRoom = false
        control.resume()
    }

    func transfer(_ transfer: HTTPTransfer, didReceiveHead status: Int, headers: [(name: String, value: String)]) {
        response.status = status
        contentType = headers.first { $0.name.lowercased() == "content-type" }?.value ?? contentType
    }

    func transfer(_ transfer: HTTPTransfer, didReceive bytes: UnsafeRawBufferPointer) {
        guard response.body.count + bytes.count <= 65_536 else { return }
        response.body.append(contentsOf: bytes)
    }

    func transfer(_ transfer: HTTPTransfer, didEnd error: HTTPClientError?) {
        self.transfer = nil
        isOver = true
        if error != nil || !response.isSuccess {
            service.countRefusal("edge-ingest")
            service.log.warning(
                "Edge publisher ended by the coordinate",
                metadata: [
                    "stream": "\(stream)", "status": "\(response.status)", "reason": "\(error.map { "\($0)" } ?? "")",
                ])
        }
        if let responder { responder.respond(.now(answer())) } else { control.close(answering: answer()) }
    }

    private func answer() -> HTTPResponse {
        guard response.status != 0 else {
            return Problem(502, "origin-lost", "the connection to the coordinate was lost").response
        }
        return HTTPResponse(
            status: response.status, headers: [("Content-Type", contentType)], body: .bytes(response.body))
    }
}
