import CoreTypes
import Cryptography
import EventLoop
import HTTPClient
import MediaWire
import ServiceAPI
import ServiceKit

/// One response of a forward's `/stripe/NAME/0+1`: the HTTP exchange, its records, and the checks that need no memory
/// of other chunks.
@LoopActor
final class ForwardConnection: HTTPTransferDelegate {
    /// What the records say.
    enum Event {
        case hello(RelayHello)
        /// Its hash has been checked.
        case initSegment(hash: ShortHash, bytes: [UInt8])
        /// Its signature has been checked.
        case manifest(Manifest)
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
    private let verifier: ManifestVerifier
    private var parser = RecordParser()
    private var transfer: HTTPTransfer?
    private var status = 0
    private var isOver = false

    /// Asks `forward` (a base URL) for all of `stream`, from the chunk `from` or else the newest group on.
    init(
        _ stream: StreamName, forward: String, token: String, from: UInt64?, verifier: ManifestVerifier,
        client: HTTPClient
    ) throws(HTTPClientError) {
        self.stream = stream
        self.forward = forward
        self.verifier = verifier
        let query = from.map { "?from=\($0)" } ?? ""
        let base = forward.hasSuffix("/") ? String(forward.dropLast()) : forward
        var request = HTTPClientRequest("GET", "\(base)/stripe/\(stream)/0+1\(query)").bearing(token)
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
        case .manifest(let signed):
            do {
                onEvent?(self, .manifest(try verifier.verify(signed)))
            } catch {
                finish(.misbehaved("\(error)"))
            }
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
