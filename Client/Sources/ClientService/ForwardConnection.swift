import CoreTypes
import Cryptography
import EventLoop
import HTTPClient
import MediaWire
import PeerCore
import ServiceAPI
import ServiceKit

/// One response of a forward's `/stripe/NAME/K`, for one stripe or several: the HTTP exchange, its records, and the
/// checks that need no memory of other chunks.
@LoopActor
final class ForwardConnection: HTTPTransferDelegate {
    /// What the records say.
    enum Event {
        case hello(RelayHello)
        /// Its hash has been checked.
        case initSegment(hash: ShortHash, bytes: [UInt8])
        /// Nothing about it has been checked.
        case manifest(SignedManifest)
        case piece(sequence: UInt64, index: Int, bytes: [UInt8])
        case state(StreamState)
        case ping
    }

    /// How it ended.
    enum End: Equatable {
        /// The token was refused.
        case unauthorized
        /// The forward has no such stream.
        case unknownStream
        /// It has no room for viewers with this reason, and says when to ask again.
        case poolExhausted(retryMs: Int64)
        /// It sent what no honest forward sends.
        case misbehaved(String)
        /// It broke, was refused, or fell silent.
        case failed(String)
    }

    let forward: String
    var onEvent: (@LoopActor (ForwardConnection, Event) -> Void)?
    var onBytes: (@LoopActor (ForwardConnection) -> Void)?
    var onEnd: (@LoopActor (ForwardConnection, End) -> Void)?
    /// True once the hello was read.
    private(set) var isOpen = false

    private let stream: StreamName
    private var parser = RecordParser()
    private var transfer: HTTPTransfer?
    private var status = 0
    private var retryMs: Int64 = 1_000
    private var isOver = false

    /// Asks `forward` (a base URL) for stripes of `stream`, from the chunk `from` or else the newest group on.
    init(
        _ stream: StreamName, stripes: [Int], why: ForwardReason, forward: String, token: String, from: UInt64?,
        client: HTTPClient
    ) throws(HTTPClientError) {
        self.stream = stream
        self.forward = forward
        let list = stripes.map(String.init).joined(separator: "+")
        let query = "?why=\(why.rawValue)" + (from.map { "&from=\($0)" } ?? "")
        let base = forward.hasSuffix("/") ? String(forward.dropLast()) : forward
        var request = HTTPClientRequest("GET", "\(base)/stripe/\(stream)/\(list)\(query)").bearing(token)
        request.timeoutMs = 0
        request.connectTimeoutMs = 1_000
        transfer = try client.start(request, delegate: self)
    }

    func cancel() {
        isOver = true
        transfer?.cancel()
        transfer = nil
    }

    func transfer(_ transfer: HTTPTransfer, didReceiveHead status: Int, headers: [(name: String, value: String)]) {
        self.status = status
        let retry = headers.first { $0.name.lowercased() == "retry-after" }.flatMap { Int64($0.value) }
        if let retry { retryMs = min(max(0, retry), 60) * 1_000 }
    }

    func transfer(_ transfer: HTTPTransfer, didReceive bytes: UnsafeRawBufferPointer) {
        guard status == 200, !isOver else { return }
        onBytes?(self)
        parser.append(bytes)
        do {
            while !isOver, let record = try parser.next() { take(record) }
        } catch {
            finish(.misbehaved("\(error)"))
        }
    }

    func transfer(_ transfer: HTTPTransfer, didEnd error: HTTPClientError?) {
        self.transfer = nil
        switch status {
        case 200: finish(.failed(error.map { "\($0)" } ?? "the forward ended the stream"))
        case 401: finish(.unauthorized)
        case 404: finish(.unknownStream)
        // 403: no root, or not any more.
        case 403, 429: finish(.poolExhausted(retryMs: retryMs))
        case 0: finish(.failed(error.map { "\($0)" } ?? "no answer"))
        default: finish(.failed("the forward answered \(status)"))
        }
    }

    private func take(_ record: Record) {
        guard isOpen else { return takeHello(record) }
        switch record {
        case .hello, .chunk: finish(.misbehaved("a record that a stripe does not carry"))
        case .initSegment(let hash, let bytes):
            guard SHA256.short(bytes) == hash else { return finish(.misbehaved("an init with a wrong hash")) }
            onEvent?(self, .initSegment(hash: hash, bytes: bytes))
        case .manifest(let signed): onEvent?(self, .manifest(signed))
        case .piece(let sequence, let index, let bytes):
            onEvent?(self, .piece(sequence: sequence, index: Int(index), bytes: bytes))
        case .state(let state): onEvent?(self, .state(state))
        case .ping: onEvent?(self, .ping)
        }
    }

    private func takeHello(_ record: Record) {
        guard case .hello(let json) = record, let hello = try? decodeJSON(RelayHello.self, from: json),
            hello.stream == stream.description
        else { return finish(.misbehaved("the stream does not begin with its hello")) }
        isOpen = true
        onEvent?(self, .hello(hello))
    }

    private func finish(_ end: End) {
        guard !isOver else { return }
        cancel()
        onEnd?(self, end)
    }
}
