import CCurl
import EventLoop

/// An HTTP client: libcurl's multi interface driven by the loop, with connection reuse, TLS and IPv6.
@LoopActor
public final class HTTPClient {
    /// PEM file of the authorities to trust instead of the system's; nil for the system's.
    public let certificateAuthorityFile: String?
    /// The machine's own address that connections come from; nil for the one that the kernel chooses.
    public let localAddress: String?

    private let multi: UnsafeMutableRawPointer
    private var watches: [Int32: DescriptorWatch] = [:]
    private var timer: LoopTimer?
    private var transfers: [UnsafeMutableRawPointer: HTTPTransfer] = [:]
    /// libcurl forbids changes to the set from inside its callbacks: they wait here.
    private var isInsideCurl = false
    private var later: [@LoopActor () -> Void] = []

    /// A client of its own; connections are reused within it.
    public init(certificateAuthorityFile: String? = nil, localAddress: String? = nil) {
        curl_global_init(Int(CURL_GLOBAL_ALL))
        guard let multi = curl_multi_init() else { preconditionFailure("libcurl: out of memory") }
        self.multi = multi
        self.certificateAuthorityFile = certificateAuthorityFile
        self.localAddress = localAddress
        let context = Unmanaged.passUnretained(self).toOpaque()
        p2p_multi_pointer(multi, CURLMOPT_SOCKETDATA, context)
        p2p_multi_pointer(multi, CURLMOPT_TIMERDATA, context)
        p2p_multi_socket_function(multi) { _, socket, what, context, _ in
            guard let context else { return 0 }
            let client = Unmanaged<HTTPClient>.fromOpaque(context).takeUnretainedValue()
            LoopActor.assumeIsolated { client.watch(socket, what) }
            return 0
        }
        p2p_multi_timer_function(multi) { _, milliseconds, context in
            guard let context else { return 0 }
            let client = Unmanaged<HTTPClient>.fromOpaque(context).takeUnretainedValue()
            LoopActor.assumeIsolated { client.setTimer(milliseconds) }
            return 0
        }
    }

    isolated deinit {
        timer?.cancel()
        for watch in watches.values { watch.cancel() }
        for transfer in transfers.values {
            curl_multi_remove_handle(multi, transfer.easy)
            transfer.close()
        }
        curl_multi_cleanup(multi)
    }

    /// Sends a request and collects the answer, whatever its status. Throws `HTTPClientError` without one.
    public func send(_ request: HTTPClientRequest) async throws(HTTPClientError) -> HTTPClientResponse {
        let collector = Collector(bytesMax: request.bytesMax)
        let transfer = try start(request, delegate: collector)
        let result = await withCheckedContinuation { collector.continuation = $0 }
        withExtendedLifetime((transfer, collector)) {}
        return try result.get()
    }

    /// Starts an exchange whose body goes to `delegate`, which the caller keeps alive.
    public func start(
        _ request: HTTPClientRequest, streamsUpload: Bool = false, delegate: any HTTPTransferDelegate
    ) throws(HTTPClientError) -> HTTPTransfer {
        let transfer = try HTTPTransfer(request, client: self, streamsUpload: streamsUpload, delegate: delegate)
        transfers[transfer.easy] = transfer
        outsideCurl { [multi] in curl_multi_add_handle(multi, transfer.easy) }
        return transfer
    }

    func end(_ transfer: HTTPTransfer, error: HTTPClientError?) {
        guard transfers.removeValue(forKey: transfer.easy) != nil else { return }
        outsideCurl { [multi] in
            curl_multi_remove_handle(multi, transfer.easy)
            transfer.close()
        }
        let delegate = transfer.delegate
        transfer.delegate = nil
        delegate?.transfer(transfer, didEnd: error)
    }

    func unpause(_ transfer: HTTPTransfer) {
        outsideCurl { [weak transfer] in
            guard let transfer, !transfer.isOver else { return }
            curl_easy_pause(transfer.easy, CURLPAUSE_CONT)
        }
    }

    func notifyWantsBytes(_ transfer: HTTPTransfer) {
        later.append { [weak transfer] in
            guard let transfer, !transfer.isOver else { return }
            transfer.delegate?.transferWantsBytes(transfer)
        }
    }

    // MARK: Driving libcurl

    private func outsideCurl(_ body: @escaping @LoopActor () -> Void) {
        later.append(body)
        if !isInsideCurl { runLater() }
    }

    private func runLater() {
        while !later.isEmpty {
            let bodies = later
            later = []
            isInsideCurl = true
            for body in bodies { body() }
            isInsideCurl = false
        }
    }

    private func act(_ socket: Int32, _ events: Int32) {
        guard !isInsideCurl else { return later.append { [weak self] in self?.perform(socket, events) } }
        perform(socket, events)
        runLater()
    }

    private func perform(_ socket: Int32, _ events: Int32) {
        var running: Int32 = 0
        let wasInside = isInsideCurl
        isInsideCurl = true
        curl_multi_socket_action(multi, socket, events, &running)
        isInsideCurl = wasInside
        collectFinished()
    }

    private func collectFinished() {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle,
                let transfer = transfers[easy]
            else { continue }
            let code = p2p_message_result(message)
            guard code == CURLE_OK else {
                let reason = String(cString: curl_easy_strerror(code))
                end(transfer, error: .transport(url: transfer.request.url, reason: reason))
                continue
            }
            transfer.deliverHeadIfNeeded()
            end(transfer, error: nil)
        }
    }

    private func watch(_ socket: Int32, _ what: Int32) {
        var events: DescriptorWatch.Events = []
        if what & CURL_POLL_IN != 0 { events.insert(.read) }
        if what & CURL_POLL_OUT != 0 { events.insert(.write) }
        guard what != CURL_POLL_REMOVE else {
            watches.removeValue(forKey: socket)?.cancel()
            return
        }
        if let watch = watches[socket] { return watch.watch(for: events) }
        watches[socket] = DescriptorWatch(socket, events) { [weak self] ready in
            var flags: Int32 = 0
            if ready.contains(.read) { flags |= CURL_CSELECT_IN }
            if ready.contains(.write) { flags |= CURL_CSELECT_OUT }
            if !ready.isDisjoint(with: .failed) { flags |= CURL_CSELECT_ERR }
            self?.act(socket, flags)
        }
    }

    private func setTimer(_ milliseconds: Int) {
        timer?.cancel()
        timer = nil
        guard milliseconds >= 0 else { return }
        timer = LoopTimer.after(milliseconds: Int64(milliseconds)) { [weak self] in
            self?.timer = nil
            self?.act(Int32(CURL_SOCKET_TIMEOUT), 0)
        }
    }
}

/// Collects one whole answer.
@LoopActor
private final class Collector: HTTPTransferDelegate {
    let bytesMax: Int
    var continuation: CheckedContinuation<Result<HTTPClientResponse, HTTPClientError>, Never>? {
        didSet { if let result, let continuation { continuation.resume(returning: result) } }
    }
    private var response = HTTPClientResponse(status: 0, headers: [], body: [])
    private var result: Result<HTTPClientResponse, HTTPClientError>?

    init(bytesMax: Int) { self.bytesMax = bytesMax }

    func transfer(_ transfer: HTTPTransfer, didReceiveHead status: Int, headers: [(name: String, value: String)]) {
        response.status = status
        response.headers = headers
    }

    func transfer(_ transfer: HTTPTransfer, didReceive bytes: UnsafeRawBufferPointer) {
        guard response.body.count + bytes.count <= bytesMax else {
            finish(.failure(.tooLarge(url: transfer.request.url, bytesMax: bytesMax)))
            return transfer.cancel()
        }
        response.body.append(contentsOf: bytes)
    }

    func transfer(_ transfer: HTTPTransfer, didEnd error: HTTPClientError?) {
        finish(error.map { .failure($0) } ?? .success(response))
    }

    private func finish(_ result: Result<HTTPClientResponse, HTTPClientError>) {
        guard self.result == nil else { return }
        self.result = result
        continuation?.resume(returning: result)
    }
}
