import EventLoop
import HTTPClient
import ServiceAPI

/// One event stream of a tracker.
@LoopActor
final class TrackerEvents: HTTPTransferDelegate {
    var onEvent: @LoopActor (ServerSentEvent) -> Void = { _ in }
    /// Over, with the status: 0 without an answer.
    var onEnd: @LoopActor (Int) -> Void = { _ in }

    private let request: HTTPClientRequest
    private let client: HTTPClient
    private var transfer: HTTPTransfer?
    private var parser = EventStreamParser()
    private var status = 0
    private var isOver = false

    init(_ url: String, token: String, after id: UInt64?, client: HTTPClient) {
        var headers = [("Accept", "text/event-stream")]
        if let id { headers.append(("Last-Event-ID", "\(id)")) }
        var request = HTTPClientRequest("GET", url, headers: headers).bearing(token)
        request.timeoutMs = 0
        request.connectTimeoutMs = 2_000
        self.request = request
        self.client = client
    }

    func start() {
        do { transfer = try client.start(request, delegate: self) } catch { end() }
    }

    func cancel() {
        isOver = true
        transfer?.cancel()
        transfer = nil
    }

    func transfer(_ transfer: HTTPTransfer, didReceiveHead status: Int, headers: [(name: String, value: String)]) {
        self.status = status
    }

    func transfer(_ transfer: HTTPTransfer, didReceive bytes: UnsafeRawBufferPointer) {
        guard status == 200, !isOver else { return }
        do {
            for event in try parser.receive(bytes) where !isOver { onEvent(event) }
        } catch {
            transfer.cancel()
            end()
        }
    }

    func transfer(_ transfer: HTTPTransfer, didEnd error: HTTPClientError?) { end() }

    private func end() {
        guard !isOver else { return }
        isOver = true
        transfer = nil
        onEnd(status)
    }
}
