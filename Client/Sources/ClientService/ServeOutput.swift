import CoreTypes
import EventLoop
import FanOut
import HLSCore
import HTTPServer
import LibAV
import PlayoutCore

/// A local server for any player: `/live.mp4`, `/live.ts` and `/index.m3u8`.
@LoopActor
final class ServeOutput: ChunkOutput {
    private static let windowMs: Int64 = 10_000

    private let server: HTTPServer
    private let fanOut = FanOut(threads: 1, passIntervalMs: 0)
    private let mp4: FanOutRing
    private let transport: FanOutRing
    private let remuxer = TransportStreamRemuxer()
    private var playlist = LivePlaylist()
    private var isRemuxable = false

    /// Listens on `address`. Throws `HTTPServerError` when it cannot.
    init(_ address: ListenAddress) throws {
        let router = Router()
        server = HTTPServer(HTTPServer.Configuration(listen: [address]), router: router)
        mp4 = fanOut.makeRing(windowMs: Self.windowMs)
        transport = fanOut.makeRing(windowMs: Self.windowMs)
        router.get("/live.mp4") { [weak self] _ in self?.stream(self?.mp4, type: "video/mp4") ?? Self.gone }
        router.get("/live.ts") { [weak self] _ in self?.streamTransport() ?? Self.gone }
        router.get("/index.m3u8") { [weak self] _ in self?.index() ?? Self.gone }
        router.get("/:file") { [weak self] in self?.file($0.parameters["file"] ?? "") ?? Self.gone }
        try server.start()
    }

    /// The URLs to open in a player.
    var urls: [String] {
        server.addresses.flatMap { address in
            ["live.mp4", "live.ts", "index.m3u8"].map { "http://\(address)/\($0)" }
        }
    }

    func write(_ fragment: OutputTimeline.Fragment, of release: PlayoutBuffer.Release) {
        let description = release.chunk.description
        let isKeyframe = release.chunk.isKeyframe
        if let header = fragment.newInit {
            // Readers that are there need the new header in front of the chunk, joiners get it as their prefix.
            if mp4.newestSequence != 0 {
                mp4.append(header, sequence: mp4.newestSequence, wall: description.publishedAt, isJoinPoint: false)
            }
            mp4.setPrefix(header)
            playlist.begin(initSegment: header)
            isRemuxable = (try? remuxer.setInit(header)) != nil
        }
        mp4.append(
            fragment.bytes, sequence: release.chunk.sequence, wall: description.publishedAt, isJoinPoint: isKeyframe)
        playlist.append(fragment.bytes, durationMs: Int64(description.duration) / 90, isKeyframe: isKeyframe)
        guard isRemuxable, let packets = try? remuxer.remux(chunk: fragment.bytes, isKeyframe: isKeyframe) else {
            return
        }
        transport.append(
            packets, sequence: release.chunk.sequence, wall: description.publishedAt, isJoinPoint: isKeyframe)
    }

    func finish() async {
        mp4.close()
        transport.close()
        await server.stop(drainMs: 500)
    }

    // MARK: Answers

    private static var gone: HTTPReply { Problem(503, "stopping", "the client is stopping").reply }

    private static var tooEarly: HTTPReply {
        Problem(503, "not-yet", "nothing has been received yet", headers: [("Retry-After", "1")]).reply
    }

    private func stream(_ ring: FanOutRing?, type: String) -> HTTPReply {
        guard let ring, ring.hasJoinPoint else { return Self.tooEarly }
        return .stream(
            StreamResponse(
                headers: [("Content-Type", type), ("Cache-Control", "no-store")],
                body: ring.makeBody(from: .newest) { _ in }))
    }

    private func streamTransport() -> HTTPReply {
        if !isRemuxable, mp4.hasJoinPoint {
            return Problem(404, "no-ts", "MPEG-TS cannot carry this stream's codecs; use /live.mp4").reply
        }
        return stream(transport, type: "video/mp2t")
    }

    private func index() -> HTTPReply {
        guard let text = playlist.text else { return Self.tooEarly }
        return .now(
            .text(text, type: "application/vnd.apple.mpegurl", headers: [("Cache-Control", "no-cache")]))
    }

    private func file(_ name: String) -> HTTPReply {
        if let number = Self.number(in: name, "init-", ".mp4"), let bytes = playlist.initSegment(number) {
            return Self.media(bytes)
        }
        if let number = Self.number(in: name, "segment-", ".m4s"), let segment = playlist.segment(number) {
            return Self.media(segment.bytes)
        }
        return Problem(404, "not-found", "open /live.mp4, /live.ts or /index.m3u8").reply
    }

    private static func media(_ bytes: [UInt8]) -> HTTPReply {
        .now(HTTPResponse(status: 200, headers: [("Content-Type", "video/mp4")], body: .bytes(bytes)))
    }

    private static func number(in name: String, _ prefix: String, _ suffix: String) -> Int? {
        guard name.hasPrefix(prefix), name.hasSuffix(suffix), name.count <= 40 else { return nil }
        return Int(name.dropFirst(prefix.count).dropLast(suffix.count))
    }
}
