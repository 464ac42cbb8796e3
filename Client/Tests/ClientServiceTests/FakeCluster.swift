import CoreTypes
import Cryptography
import EventLoop
import FanOut
import Foundation
import HTTPServer
import MediaWire
import ServiceAPI
import ServiceKit

@testable import ClientService

/// A forward that sends what a test tells it to.
@LoopActor
final class FakeForward {
    /// Changes the records of a chunk on their way out; nil sends nothing.
    var tamper: (@LoopActor (_ frame: [UInt8]) -> [UInt8]?)?
    private(set) var requests: [HTTPRequest] = []
    private let server: HTTPServer
    private let fanOut: FanOut
    private let ring: FanOutRing
    private var timer: LoopTimer?
    private(set) var isDead = false

    var url: String { "http://\(server.addresses[0])" }

    init(hello: [UInt8], initRecord: [UInt8]) throws {
        let router = Router()
        server = HTTPServer(HTTPServer.Configuration(listen: [ListenAddress("127.0.0.1:0")!]), router: router)
        fanOut = FanOut(threads: 1, passIntervalMs: 0)
        ring = fanOut.makeRing(windowMs: 30_000)
        ring.setPrefix(initRecord)
        router.get("/stripe/:name/:stripes") { [unowned self] request in
            requests.append(request)
            guard request.bearerToken == FakeCluster.token else { return Problem(401, "bad-token", "no").reply }
            let point = request.query("from").flatMap { UInt64($0) }.map { JoinPoint.sequence($0) } ?? .newest
            return .stream(
                StreamResponse(headers: [], body: ring.makeBody(head: hello, from: point) { _ in }))
        }
        try server.start()
    }

    func send(_ frame: [UInt8], sequence: UInt64, isKeyframe: Bool) {
        guard !isDead, let frame = tamper.map({ $0(frame) }) ?? frame else { return }
        ring.append(frame, sequence: sequence, wall: Clock.wall, isJoinPoint: isKeyframe)
    }

    /// Breaks every connection and takes no more.
    func die() async {
        isDead = true
        ring.close()
        await server.stop(drainMs: 1_000)
    }
}

/// A coordinate, its forwards, and a publisher of a chunk every 50 ms.
@LoopActor
final class FakeCluster {
    static let token = "token"
    static let name = try! StreamName("test")
    private static let initBytes: [UInt8] = [1, 2, 3]

    private(set) var forwards: [FakeForward] = []
    /// How many forwards the coordinate names; nil for all.
    var named: Int?
    private(set) var timeRequests = 0
    private let key = try! SigningKey(seed: Array(repeating: 7, count: 32))
    private let coordinate: HTTPServer
    private var timer: LoopTimer?
    private var session: UInt64 = 1_000
    private var sequence: UInt64 = 1_000
    private var previous: UInt64 = 0
    private var chunksInSession = 0
    private(set) var isCoordinateDead = false

    var url: StreamURL { StreamURL("http://\(coordinate.addresses[0])/test")! }

    init(forwards count: Int) throws {
        let router = Router()
        coordinate = HTTPServer(HTTPServer.Configuration(listen: [ListenAddress("127.0.0.1:0")!]), router: router)
        router.get("/streams/:name") { [unowned self] request in
            guard request.parameters["name"] == "test" else { return Problem(404, "unknown-stream", "no").reply }
            return .now(.json(description))
        }
        router.get("/tracker") { [unowned self] _ in
            .now(
                .json(
                    TrackerAssignment(
                        tracker: nil, forwards: forwards.prefix(named ?? forwards.count).map(\.url), region: "",
                        token: Self.token,
                        tokenExpiresAt: Clock.wall + 60_000), status: 503))
        }
        router.get("/time") { [unowned self] _ in
            timeRequests += 1
            return .now(.json(TimeReport(now: Clock.wall)))
        }
        try coordinate.start()
        let hello = try Record.hello(
            encodeJSON(
                RelayHello(
                    stream: "test", state: .live, sequence: 0, chunkMs: 50, stripes: 2,
                    publicKey: key.publicKey.description, path: []))
        ).encoded()
        let initRecord = try Record.initSegment(hash: SHA256.short(Self.initBytes), bytes: Self.initBytes).encoded()
        for _ in 0..<count { forwards.append(try FakeForward(hello: hello, initRecord: initRecord)) }
        for _ in 0..<5 { publish() }
        timer = LoopTimer.every(milliseconds: 50) { [weak self] in self?.publish() }
    }

    private var description: StreamDescription {
        StreamDescription(
            name: "test", state: .live, codecs: "", width: 0, height: 0, bitrate: 0, startedAt: 0, sequence: sequence,
            viewers: 0, offload: nil, publicKey: Base64.standard.encode(key.publicKey.bytes), chunkMs: 50, stripes: 2)
    }

    /// The publisher comes back after a restart of the coordinate: numbers jump.
    func restartSession() {
        session = sequence + 1_000_000
        sequence = session
        chunksInSession = 0
    }

    func stopCoordinate() async {
        isCoordinateDead = true
        await coordinate.stop(drainMs: 1_000)
    }

    func stop() async {
        timer?.cancel()
        for forward in forwards where !forward.isDead { await forward.die() }
        if !isCoordinateDead { await coordinate.stop(drainMs: 1_000) }
    }

    private func publish() {
        let isKeyframe = chunksInSession % 5 == 0
        let made = try! frame(signedBy: key, isKeyframe: isKeyframe)
        for forward in forwards { forward.send(made, sequence: sequence, isKeyframe: isKeyframe) }
        previous = sequence
        sequence += 1
        chunksInSession += 1
    }

    /// The records of the next chunk, as if another key had signed them.
    func forgedFrame() -> [UInt8] {
        try! frame(signedBy: SigningKey(seed: Array(repeating: 8, count: 32)), isKeyframe: false)
    }

    private func frame(signedBy key: SigningKey, isKeyframe: Bool) throws -> [UInt8] {
        let bytes = (0..<3_000).map { UInt8(truncatingIfNeeded: $0 &+ Int(sequence & 0xff)) }
        let chunk = try ChunkDescription(
            stream: Self.name, sequence: sequence, previousSequence: previous, session: session,
            flags: isKeyframe ? .keyframe : [], initHash: SHA256.short(Self.initBytes), publishedAt: Clock.wall,
            decodeTime: UInt64(chunksInSession) * 4_500, duration: 4_500)
        let manifests = try Manifest.makeAll(
            chunk: chunk, bytes: bytes[...], stripeCount: 2, pieceSize: 1_024, hash: { SHA256.short($0) })
        let signer = ManifestSigner(key: key)
        var writer = ByteWriter()
        for manifest in manifests { try Record.manifest(signer.sign(manifest)).encode(into: &writer) }
        for index in 0..<manifests[0].layout.pieceCount {
            let piece = Array(bytes[manifests[0].layout.range(ofPiece: index)!])
            try Record.piece(sequence: sequence, index: UInt16(index), bytes: piece).encode(into: &writer)
        }
        return writer.bytes
    }
}
