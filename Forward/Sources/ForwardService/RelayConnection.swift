import CoreTypes
import Cryptography
import EventLoop
import ForwardCore
import FoundationEssentials
import HTTPClient
import MediaWire
import ServiceAPI

/// One pull of a stream from one upstream: the HTTP exchange, the records in it, and their verification.
@LoopActor
final class RelayConnection: HTTPTransferDelegate {
    /// How a pull ended.
    enum End {
        /// The upstream has no such stream.
        case unknownStream
        /// The pull would run in a circle.
        case loop
        /// It broke, was refused, or carried nonsense.
        case failed(String)
    }

    let upstream: Int
    private(set) var hello: RelayHello?
    var onEvent: (@LoopActor (RelayConnection, RelayReader.Event) -> Void)?
    var onBytes: (@LoopActor (RelayConnection) -> Void)?
    var onEnd: (@LoopActor (RelayConnection, End) -> Void)?

    private let stream: StreamName
    private let instance: RandomID
    private var reader = RelayReader()
    private var verifier: ManifestVerifier?
    private var transfer: HTTPTransfer?
    private var status = 0
    private var isOver = false

    /// Starts pulling `stream`, from the chunk `from` or else about `backMs` before the live edge.
    init(
        _ stream: StreamName, upstream: Int, url: ServiceURL, secret: String, instance: RandomID, path: [String],
        from: UInt64?, backMs: Int64, client: HTTPClient
    ) throws(HTTPClientError) {
        self.stream = stream
        self.upstream = upstream
        self.instance = instance
        let query = from.map { "from=\($0)" } ?? "back=\(backMs)"
        var request = HTTPClientRequest("GET", "\(url.origin)/relay/\(stream)?\(query)").bearing(secret)
        request.headers.append(("P2plive-Path", path.joined(separator: ",")))
        request.timeoutMs = 0
        request.connectTimeoutMs = Int(UpstreamMachine.silenceMs)
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
        reader.append(bytes)
        do {
            while !isOver, let event = try nextEvent() { deliver(event) }
        } catch {
            finish(.failed("\(error)"))
        }
    }

    func transfer(_ transfer: HTTPTransfer, didEnd error: HTTPClientError?) {
        self.transfer = nil
        switch status {
        case 404: finish(.unknownStream)
        case 508: finish(.loop)
        case 200: finish(.failed(error.map { "\($0)" } ?? "the upstream ended the relay"))
        case 0: finish(.failed(error.map { "\($0)" } ?? "no answer"))
        default: finish(.failed("the upstream answered \(status)"))
        }
    }

    private func nextEvent() throws(RelayReader.Failure) -> RelayReader.Event? {
        let verifier = verifier
        return try reader.next(
            hash: { SHA256.short($0) },
            isSigned: { signed in (try? verifier?.verify(signed)) != nil })
    }

    private func deliver(_ event: RelayReader.Event) {
        if case .hello(let json) = event {
            guard let hello = try? JSONDecoder().decode(RelayHello.self, from: Data(json)),
                hello.stream == stream.description, let key = Data(base64Encoded: hello.publicKey),
                let publicKey = try? VerifyingKey(bytes: Array(key))
            else { return finish(.failed("the relay's hello cannot be read")) }
            guard !hello.path.contains(instance.description) else { return finish(.loop) }
            self.hello = hello
            verifier = ManifestVerifier(key: publicKey, stream: stream)
        }
        onEvent?(self, event)
    }

    private func finish(_ end: End) {
        guard !isOver else { return }
        cancel()
        onEnd?(self, end)
    }
}
