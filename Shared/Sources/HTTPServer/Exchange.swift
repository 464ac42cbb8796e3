import CLinux
import CMicroHTTPD
import EventLoop
import Glibc

/// One request on its way through libmicrohttpd, from its headers to its queued answer. Retained by the connection's
/// context pointer, released when libmicrohttpd reports the request completed.
@LoopActor
final class Exchange {
    private enum State {
        /// A route without a body; the handler runs at the second call. (An answer queued at the first one makes
        /// libmicrohttpd 0.9.75 close the connection.)
        case waiting(HTTPRequest, @LoopActor (HTTPRequest) -> HTTPReply)
        /// Collecting a body.
        case collecting(HTTPRequest, bytesMax: Int, @LoopActor (HTTPRequest) -> HTTPReply)
        /// Passing a body on.
        case uploading(any UploadSink)
        /// Answered in the midst of a body, of which this much more is read and dropped: closing on unread bytes would
        /// destroy the answer on its way (RFC 9112 §9.6).
        case draining(bytesLeft: Int)
        /// Suspended until the responder answers.
        case deferred
        /// Resumed; the next call queues this.
        case ready(HTTPReply)
        /// Nothing more to do here.
        case answered
    }

    private static let drainedBytesMax = 8 << 20
    /// How long a sender has to read an answer that came in the midst of its body.
    private static let drainMs: Int64 = 2_000

    private let daemon: HTTPDaemon
    private let server: HTTPServer
    private let connection: OpaquePointer
    private let isHTTP10: Bool
    private let isSecure: Bool
    private var state: State = .answered
    private var isUploadPaused = false
    private var isUploadClosed = false
    private var deadline: LoopTimer?

    init(daemon: HTTPDaemon, server: HTTPServer, connection: OpaquePointer, isHTTP10: Bool, isSecure: Bool) {
        self.daemon = daemon
        self.server = server
        self.connection = connection
        self.isHTTP10 = isHTTP10
        self.isSecure = isSecure
    }

    // MARK: Calls of libmicrohttpd

    /// The headers are there.
    func begin(_ request: HTTPRequest) -> MHD_Result {
        server.requestCount += 1
        switch server.router.match(request.method, request.path) {
        case .none where request.method == .options, .otherMethods where request.method == .options:
            return wait(request) { .now(preflight($0)) }
        case .none:
            return refuse(request, Problem(404, "not-found", "there is nothing at \(request.path)").response)
        case .otherMethods(let allowed):
            let list = allowed.map(\.rawValue).joined(separator: ", ")
            let problem = Problem(
                405, "method-not-allowed", "\(request.path) takes \(list)", headers: [("Allow", list)])
            return refuse(request, problem.response)
        case .found(let action, let parameters):
            var request = request
            request.parameters = parameters
            return begin(request, action)
        }
    }

    /// The request line or the query cannot be read.
    func begin(invalid detail: String) -> MHD_Result {
        state = .answered
        return queue(Problem(400, "malformed-request", detail).response)
    }

    private func begin(_ request: HTTPRequest, _ action: Router.Action) -> MHD_Result {
        let length = request.header("Content-Length").flatMap { Int($0) }
        let isFramed = length != nil || request.header("Transfer-Encoding") != nil
        switch action {
        case .plain(let handler): return wait(request, handler)
        case .whole(let bytesMax, let handler):
            // Closing on a sender in the midst of its body would lose the answer: a moderate excess is read and dropped.
            if let length, length > max(bytesMax, Self.drainedBytesMax) {
                return refuse(request, Self.tooLarge(bytesMax))
            }
            state = .collecting(request, bytesMax: bytesMax, handler)
            return .YES
        case .upload(let open):
            guard isFramed else {
                let detail = "send the body with Transfer-Encoding: chunked or a Content-Length"
                return refuse(request, Problem(411, "length-required", detail).response)
            }
            switch open(request) {
            case .refuse(let response): return refuse(request, response)
            case .accept(let makeSink):
                state = .uploading(makeSink(UploadControl(self)))
                return .YES
            }
        }
    }

    /// A call after the first: body bytes, the end of the body, or a resumed connection.
    func proceed(_ bytes: UnsafeRawBufferPointer) -> (consumed: Int, result: MHD_Result) {
        if isUploadClosed { return (0, .NO) }
        switch state {
        case .waiting(let request, let handler):
            return (bytes.count, bytes.isEmpty ? answer(handler(request)) : .YES)
        case .collecting(var request, let bytesMax, let handler):
            guard !bytes.isEmpty else { return (0, answer(handler(request))) }
            guard request.body.count + bytes.count <= bytesMax else {
                // Too late for an answer in the midst of a body: the rest is read and dropped, then comes the 413.
                request.body = []
                state = .waiting(request) { _ in .now(Self.tooLarge(bytesMax)) }
                return (bytes.count, .YES)
            }
            request.body.append(contentsOf: bytes)
            state = .collecting(request, bytesMax: bytesMax, handler)
            return (bytes.count, .YES)
        case .uploading(let sink):
            guard !bytes.isEmpty else {
                state = .answered
                return (0, answer(sink.finish()))
            }
            let taken = sink.receive(bytes)
            if taken < bytes.count, !isUploadClosed {
                isUploadPaused = true
                MHD_suspend_connection(connection)
            }
            return (taken, isUploadClosed ? .NO : .YES)
        case .draining(let left):
            guard !bytes.isEmpty, bytes.count <= left else { return (bytes.count, .NO) }
            state = .draining(bytesLeft: left - bytes.count)
            return (bytes.count, .YES)
        case .ready(let reply): return (0, answer(reply))
        case .deferred, .answered: return (bytes.count, .YES)
        }
    }

    /// The request is over, well or badly.
    func completed() {
        deadline?.cancel()
        if case .uploading(let sink) = state { sink.abort() }
        if case .ready(let reply) = state { Self.discard(reply) }
        state = .answered
    }

    /// A body that nobody will read learns that, so that what it holds is given back.
    static func discard(_ reply: HTTPReply) {
        if case .stream(let stream) = reply { stream.body.closed() }
    }

    // MARK: Answers

    private func wait(
        _ request: HTTPRequest, _ handler: @escaping @LoopActor (HTTPRequest) -> HTTPReply
    ) -> MHD_Result {
        state = .waiting(request, handler)
        return .YES
    }

    /// Answers before the body is read; libmicrohttpd then closes the connection. A request without a body waits for
    /// its second call and keeps the connection.
    private func refuse(_ request: HTTPRequest, _ response: HTTPResponse) -> MHD_Result {
        let hasBody = request.header("Content-Length") ?? "0" != "0" || request.header("Transfer-Encoding") != nil
        guard hasBody || request.method == .post || request.method == .put else {
            return wait(request) { _ in .now(response) }
        }
        state = .answered
        return queue(response)
    }

    private func answer(_ reply: HTTPReply) -> MHD_Result {
        switch reply {
        case .now(let response):
            state = .answered
            return queue(response)
        case .stream(let stream):
            state = .answered
            return queue(stream)
        case .later(let timeoutMs, let start):
            state = .deferred
            MHD_suspend_connection(connection)
            deadline = LoopTimer.after(milliseconds: timeoutMs) { [weak self] in
                self?.respond(Problem(504, "timeout", "no answer in time, try again").reply)
            }
            server.suspended[ObjectIdentifier(self)] = self
            start(HTTPResponder(self))
            return .YES
        }
    }

    /// The deferred answer; only the first one counts.
    func respond(_ reply: HTTPReply) {
        guard case .deferred = state else { return Self.discard(reply) }
        deadline?.cancel()
        deadline = nil
        server.suspended[ObjectIdentifier(self)] = nil
        state = .ready(reply)
        resume()
    }

    private func queue(_ response: HTTPResponse) -> MHD_Result {
        let handle: OpaquePointer?
        switch response.body {
        case .bytes(let bytes):
            handle = bytes.withUnsafeBytes {
                let start = UnsafeMutableRawPointer(mutating: $0.baseAddress)
                return MHD_create_response_from_buffer($0.count, start, .RESPMEM_MUST_COPY)
            }
        case .shared(let shared):
            let start = UnsafeMutableRawPointer(mutating: shared.buffer.baseAddress)
            handle = MHD_create_response_from_buffer_with_free_callback_cls(
                shared.count, start,
                { context in context.map { Unmanaged<SharedBytes>.fromOpaque($0).release() } },
                Unmanaged.passRetained(shared).toOpaque())
        }
        return queue(handle, response.status, response.headers)
    }

    private func queue(_ stream: StreamResponse) -> MHD_Result {
        let context = StreamContext(
            daemon: daemon, connection: connection, body: stream.body,
            takesOver: !isHTTP10 && !isSecure && stream.body.takesSocket)
        server.streams[ObjectIdentifier(context)] = context
        // The buffer belongs to every such response. Only bodies for HTTP/1.0 are read into it: with HTTP/1.1 the library
        // reads into the connection's own memory, and not even that once the socket is taken over.
        let bufferBytes = isHTTP10 ? 16_384 : 1
        let handle = MHD_create_response_from_callback(
            p2p_MHD_SIZE_UNKNOWN, bufferBytes,
            { context, _, buffer, count in
                guard let context, let buffer else { return Int(p2p_MHD_END_WITH_ERROR) }
                let memory = UnsafeMutableRawBufferPointer(start: buffer, count: count)
                return readStream(Unmanaged<StreamContext>.fromOpaque(context), into: memory)
            }, Unmanaged.passRetained(context).toOpaque(),
            { context in
                guard let context else { return }
                freeStream(Unmanaged<StreamContext>.fromOpaque(context))
            })
        return queue(handle, stream.status, stream.headers)
    }

    private func queue(
        _ handle: OpaquePointer?, _ status: Int, _ headers: [(name: String, value: String)]
    ) -> MHD_Result {
        guard let handle else { return .NO }
        defer { MHD_destroy_response(handle) }
        for (name, value) in server.standardHeaders + headers { MHD_add_response_header(handle, name, value) }
        server.countAnswer(status)
        return MHD_queue_response(connection, UInt32(status), handle)
    }

    private static func tooLarge(_ bytesMax: Int) -> HTTPResponse {
        Problem(413, "too-large", "the body may have at most \(bytesMax) bytes").response
    }

    // MARK: Upload control

    func resumeUpload() {
        guard isUploadPaused else { return }
        isUploadPaused = false
        resume()
    }

    private func resume() {
        MHD_resume_connection(connection)
        daemon.runSoon()
    }

    /// Answers although the body goes on, and closes when the sender has had time to read it.
    func closeUpload(answering response: HTTPResponse) {
        guard case .uploading(let sink) = state, !isUploadClosed else { return }
        // The socket of a TLS connection carries records.
        guard !isSecure else { return closeUpload() }
        let socket = p2p_mhd_fd(connection)
        let bytes = earlyAnswer(response, standardHeaders: server.standardHeaders)
        _ = bytes.withUnsafeBytes { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)) }
        shutdown(socket, Int32(SHUT_WR))
        server.countAnswer(response.status)
        state = .draining(bytesLeft: Self.drainedBytesMax)
        sink.abort()
        deadline = LoopTimer.after(milliseconds: Self.drainMs) { [weak self] in self?.hangUp() }
        resumeUpload()
    }

    func closeUpload() {
        guard case .uploading = state, !isUploadClosed else { return }
        hangUp()
    }

    private func hangUp() {
        isUploadClosed = true
        // libmicrohttpd has no call to drop a connection: the shutdown makes it see the end of the input.
        shutdown(p2p_mhd_fd(connection), Int32(SHUT_RDWR))
        resumeUpload()
    }
}

private func readStream(_ context: Unmanaged<StreamContext>, into buffer: UnsafeMutableRawBufferPointer) -> Int {
    let context = context.takeUnretainedValue()
    nonisolated(unsafe) let buffer = buffer  // stays on this thread: assumeIsolated runs its body in place
    return LoopActor.assumeIsolated { context.read(into: buffer) }
}

private func freeStream(_ context: Unmanaged<StreamContext>) {
    let context = context.takeRetainedValue()
    // A socket that was taken from libmicrohttpd outlives its connection there.
    guard !context.isDetached else { return }
    LoopActor.assumeIsolated { HTTPServer.streamClosed(context) }
}

/// Answers a request later, from the loop.
@LoopActor
public final class HTTPResponder {
    private weak var exchange: Exchange?

    init(_ exchange: Exchange) { self.exchange = exchange }

    /// Answers; only the first call counts, and none after the deadline. The body of an endless answer that does not
    /// count is told that it is closed.
    public func respond(_ reply: HTTPReply) {
        if let exchange { exchange.respond(reply) } else { Exchange.discard(reply) }
    }
}
