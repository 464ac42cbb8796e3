import CCurl
import EventLoop

/// What happens on a transfer, told to its owner on the loop.
@LoopActor
public protocol HTTPTransferDelegate: AnyObject {
    /// The status and headers are there.
    func transfer(_ transfer: HTTPTransfer, didReceiveHead status: Int, headers: [(name: String, value: String)])
    /// The next bytes of the body, valid during the call.
    func transfer(_ transfer: HTTPTransfer, didReceive bytes: UnsafeRawBufferPointer)
    /// It is over; nil means the answer was complete. Not called after `cancel`.
    func transfer(_ transfer: HTTPTransfer, didEnd error: HTTPClientError?)
    /// A streamed upload has sent what it was given (below its bound again).
    func transferWantsBytes(_ transfer: HTTPTransfer)
}

extension HTTPTransferDelegate {
    /// Most owners upload nothing.
    public func transferWantsBytes(_ transfer: HTTPTransfer) {}
}

/// One exchange under way.
@LoopActor
public final class HTTPTransfer {
    /// The request.
    public let request: HTTPClientRequest
    /// The status; 0 until the head is there.
    public private(set) var status = 0
    /// Headers received so far.
    public private(set) var headers: [(name: String, value: String)] = []
    /// Most bytes an upload keeps here before `write` refuses more.
    public static let uploadBytesMax = 1 << 20

    let easy: UnsafeMutableRawPointer
    weak var delegate: (any HTTPTransferDelegate)?
    private unowned let client: HTTPClient
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private var upload: UploadBuffer?
    private var isHeadDelivered = false
    private var isPaused = false
    private(set) var isOver = false

    init(
        _ request: HTTPClientRequest, client: HTTPClient, streamsUpload: Bool, delegate: any HTTPTransferDelegate
    ) throws(HTTPClientError) {
        guard request.url.hasPrefix("http://") || request.url.hasPrefix("https://"), let easy = curl_easy_init() else {
            throw .badURL(request.url)
        }
        self.request = request
        self.client = client
        self.delegate = delegate
        self.easy = easy
        upload = streamsUpload ? UploadBuffer() : nil
        configure()
    }

    private func configure() {
        p2p_curl_string(easy, CURLOPT_URL, request.url)
        p2p_curl_string(easy, CURLOPT_CUSTOMREQUEST, request.method)
        p2p_curl_string(easy, CURLOPT_PROTOCOLS_STR, "http,https")
        p2p_curl_string(easy, CURLOPT_USERAGENT, "p2plive")
        // Services of one cluster talk to each other directly, whatever the environment says about proxies.
        p2p_curl_string(easy, CURLOPT_PROXY, "")
        p2p_curl_long(easy, CURLOPT_NOSIGNAL, 1)
        p2p_curl_long(easy, CURLOPT_TCP_NODELAY, 1)
        p2p_curl_long(easy, CURLOPT_CONNECTTIMEOUT_MS, request.connectTimeoutMs)
        p2p_curl_long(easy, CURLOPT_TIMEOUT_MS, request.timeoutMs)
        p2p_curl_long(easy, CURLOPT_BUFFERSIZE, 65_536)
        if let file = client.certificateAuthorityFile { p2p_curl_string(easy, CURLOPT_CAINFO, file) }
        if let address = client.localAddress { p2p_curl_string(easy, CURLOPT_INTERFACE, "host!" + address) }
        if request.method == "HEAD" { p2p_curl_long(easy, CURLOPT_NOBODY, 1) }
        var lines = request.headers.map { "\($0.name): \($0.value)" }
        if let body = request.body {
            p2p_curl_long(easy, CURLOPT_POST, 1)
            p2p_curl_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count))
            body.withUnsafeBytes {
                _ = p2p_curl_pointer(
                    easy, CURLOPT_COPYPOSTFIELDS,
                    UnsafeMutableRawPointer(mutating: $0.baseAddress ?? UnsafeRawPointer(easy)))
            }
            lines.append("Expect:")
        } else if upload != nil {
            p2p_curl_long(easy, CURLOPT_UPLOAD, 1)
            lines.append("Transfer-Encoding: chunked")
        }
        for line in lines { headerList = curl_slist_append(headerList, line) }
        p2p_curl_pointer(easy, CURLOPT_HTTPHEADER, headerList)
        let context = Unmanaged.passUnretained(self).toOpaque()
        p2p_curl_pointer(easy, CURLOPT_WRITEDATA, context)
        p2p_curl_pointer(easy, CURLOPT_HEADERDATA, context)
        p2p_curl_pointer(easy, CURLOPT_READDATA, context)
        p2p_curl_data_function(easy, CURLOPT_WRITEFUNCTION) { data, size, count, context in
            onTransfer(context, 0) { $0.received(UnsafeRawBufferPointer(start: data, count: size * count)) }
        }
        p2p_curl_data_function(easy, CURLOPT_HEADERFUNCTION) { data, size, count, context in
            onTransfer(context, 0) { $0.receivedHeader(UnsafeRawBufferPointer(start: data, count: size * count)) }
        }
        p2p_curl_data_function(easy, CURLOPT_READFUNCTION) { data, size, count, context in
            onTransfer(context, Int(CURL_READFUNC_ABORT)) {
                $0.wantsBytes(UnsafeMutableRawBufferPointer(start: data, count: size * count))
            }
        }
    }

    /// Ends it without a word to the delegate.
    public func cancel() {
        delegate = nil
        client.end(self, error: .cancelled)
    }

    /// Gives bytes to a streamed upload. False when the bound is reached and nothing was taken.
    public func write(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard !isOver, let upload, upload.append(bytes, bytesMax: Self.uploadBytesMax) else { return false }
        unpause()
        return true
    }

    /// Ends a streamed upload after what was written.
    public func finishUpload() {
        upload?.isFinished = true
        unpause()
    }

    /// Bytes of the upload not yet sent.
    public var uploadBacklog: Int { upload?.count ?? 0 }

    private func unpause() {
        guard isPaused else { return }
        isPaused = false
        client.unpause(self)
    }

    /// Frees libcurl's handle; the transfer is out of the multi handle by now.
    func close() {
        guard !isOver else { return }
        isOver = true
        curl_easy_cleanup(easy)
        curl_slist_free_all(headerList)
    }

    func deliverHeadIfNeeded() {
        guard !isHeadDelivered else { return }
        isHeadDelivered = true
        delegate?.transfer(self, didReceiveHead: status, headers: headers)
    }

    // MARK: libcurl's callbacks, on the loop

    private func received(_ bytes: UnsafeRawBufferPointer) -> Int {
        deliverHeadIfNeeded()
        guard let delegate else { return 0 }
        delegate.transfer(self, didReceive: bytes)
        return bytes.count
    }

    private func receivedHeader(_ bytes: UnsafeRawBufferPointer) -> Int {
        let line = String(decoding: bytes, as: UTF8.self)
        if line.hasPrefix("HTTP/") {
            headers = []
            status = line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        } else if let colon = line.firstIndex(of: ":") {
            let value = line[line.index(after: colon)...].drop { $0 == " " }.prefix { !$0.isNewline }
            headers.append((String(line[..<colon]), String(value)))
        } else if line == "\r\n", status >= 200 {
            deliverHeadIfNeeded()
        }
        return bytes.count
    }

    private func wantsBytes(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard let upload else { return 0 }
        let count = upload.take(into: buffer)
        if count > 0 {
            if upload.count < Self.uploadBytesMax / 2 { client.notifyWantsBytes(self) }
            return count
        }
        if upload.isFinished { return 0 }
        isPaused = true
        return Int(CURL_READFUNC_PAUSE)
    }
}

/// Bytes waiting to be uploaded.
private final class UploadBuffer {
    private var bytes: [UInt8] = []
    private var start = 0
    var isFinished = false

    var count: Int { bytes.count - start }

    func append(_ more: UnsafeRawBufferPointer, bytesMax: Int) -> Bool {
        guard count + more.count <= bytesMax else { return false }
        bytes.append(contentsOf: more)
        return true
    }

    func take(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let taken = min(buffer.count, count)
        bytes.withUnsafeBytes { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[start..<(start + taken)])) }
        start += taken
        if start == bytes.count {
            bytes.removeAll(keepingCapacity: true)
            start = 0
        }
        return taken
    }
}

private func onTransfer(
    _ context: UnsafeMutableRawPointer?, _ fallback: Int, _ body: @LoopActor (HTTPTransfer) -> Int
) -> Int {
    guard let context else { return fallback }
    let transfer = Unmanaged<HTTPTransfer>.fromOpaque(context).takeUnretainedValue()
    return LoopActor.assumeIsolated { body(transfer) }
}
