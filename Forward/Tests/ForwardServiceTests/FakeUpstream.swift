import CoreTypes
import Cryptography
import EventLoop
import FanOut
import HTTPServer
import MediaWire
import ServiceAPI
import ServiceKit
import TestSupport

/// An upstream that sends what a test tells it to, without end.
@LoopActor
final class FakeUpstream {
    private static let key = try! SigningKey(seed: Array(repeating: 7, count: 32))
    private let server: HTTPServer
    private let fanOut = FanOut(threads: 1, passIntervalMs: 0)
    private let ring: FanOutRing
    private var pings: LoopTimer?
    private(set) var requests: [HTTPRequest] = []
    /// Answered instead of the relay.
    var refusal: Problem?
    /// The chain of forwards it says it hangs below.
    var path: [String] = []
    /// The stream it says it sends.
    var stream = "test"

    var url: ServiceURL { ServiceURL("http://\(server.addresses[0])")! }

    init() throws {
        let router = Router()
        server = HTTPServer(HTTPServer.Configuration(listen: [ListenAddress("127.0.0.1:0")!]), router: router)
        ring = fanOut.makeRing(windowMs: 30_000)
        router.get("/relay/:name") { [unowned self] request in
            requests.append(request)
            if let refusal { return refusal.reply }
            let point = request.query("from").flatMap { UInt64($0) }.map { JoinPoint.sequence($0) } ?? .newest
            return .stream(StreamResponse(headers: [], body: ring.makeBody(head: hello, from: point) { _ in }))
        }
        try server.start()
        ring.setPrefix(try Record.initSegment(hash: SHA256.short([1]), bytes: [1]).encoded())
        pings = LoopTimer.every(milliseconds: 200) { [weak self] in
            try? self?.send(raw: Record.ping(Clock.wall).encoded())
        }
    }

    private var hello: [UInt8] {
        let hello = RelayHello(
            stream: stream, state: .live, sequence: ring.newestSequence, chunkMs: 200, stripes: 2,
            publicKey: Self.key.publicKey.description, path: path)
        return try! Record.hello(encodeJSON(hello)).encoded()
    }

    /// Sends a chunk; `change` may spoil its bytes behind the manifests' back.
    func send(_ sequence: UInt64, change: (inout [UInt8]) -> Void = { _ in }) throws {
        let made = try MadeChunk(
            sequence, isKeyframe: true, publishedAt: Clock.wall, hash: { SHA256.short($0) })
        let signer = ManifestSigner(key: Self.key)
        var frame = try made.manifests.flatMap { try Record.manifest(signer.sign($0)).encoded() }
        var bytes = made.bytes
        change(&bytes)
        frame += try Record.chunk(sequence: sequence, bytes: bytes).encoded()
        ring.append(frame, sequence: sequence, wall: Clock.wall, isJoinPoint: true)
    }

    /// Sends bytes as they are.
    func send(raw bytes: [UInt8]) {
        ring.append(bytes, sequence: ring.newestSequence, wall: Clock.wall, isJoinPoint: false)
    }

    func stop() async {
        pings?.cancel()
        ring.close()
        await server.stop(drainMs: 1_000)
    }
}
