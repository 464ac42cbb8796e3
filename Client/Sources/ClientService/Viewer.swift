import CoreTypes
import Cryptography
import EventLoop
import Logging
import MediaWire
import PlayoutCore
import ServiceAPI

/// One viewer of one stream: takes manifests and pieces from sources, plays them out on time to its outputs, and
/// measures. A source is whoever calls `take`; today that is a forward.
@LoopActor
final class Viewer {
    /// Init segments kept: the ones in use around a change of codec parameters.
    private static let initsMax = 8
    /// Inits that no signed manifest has named yet, and manifests after which such an init is a source's invention: a
    /// source sends an init right in front of the first chunk that needs it.
    private static let strangeInitsMax = 2, manifestsUntilNamed = 16

    let clock = PlaybackClock()
    private(set) var state = StreamState.waiting
    private(set) var badPieces: UInt64 = 0
    private(set) var bytesFromForwards: UInt64 = 0
    private(set) var lastReleased: UInt64 = 0
    private(set) var latency = LatencyHistogram()
    /// When the first chunk was released.
    private(set) var firstRelease: MonotonicInstant?
    /// Released chunks that no output could take, because their init was missing or they are malformed.
    private(set) var unplayable: UInt64 = 0
    /// Chunks that became whole.
    private(set) var chunksCompleted: UInt64 = 0

    private let log: Logger
    private let outputs: [any ChunkOutput]
    private var assembler = ChunkAssembler(hash: { SHA256.short($0) })
    private var buffer: PlayoutBuffer
    private var timeline = OutputTimeline()
    private var inits: [(hash: ShortHash, bytes: [UInt8])] = []
    private var strangeInits: [(hash: ShortHash, bytes: [UInt8], manifests: Int)] = []
    private var timer: LoopTimer?

    init(bufferMs: Int64, outputs: [any ChunkOutput], log: Logger) {
        buffer = PlayoutBuffer(bufferMs: bufferMs)
        self.outputs = outputs
        self.log = log
    }

    /// What to ask a source for; nil for the newest group.
    var firstWanted: UInt64? { buffer.firstWanted }

    /// Nothing waits to be played.
    var isDrained: Bool { buffer.count == 0 }

    func counters(isFed: Bool) -> PlayoutCounters { buffer.counters(now: clock.now, isFed: isFed) }

    /// Takes what a source says. Returns what is wrong when no honest source can have sent it.
    func take(_ event: ForwardConnection.Event) -> String? {
        switch event {
        case .hello(let hello):
            // Another connection: what the one before left unexplained does not count against this one.
            strangeInits = []
            change(hello.state)
        case .initSegment(let hash, let bytes): return addInit(bytes, hash: hash)
        case .manifest(let manifest): return nameInits(manifest) ?? add(manifest)?.description
        case .piece(let sequence, let index, let bytes):
            bytesFromForwards += UInt64(bytes.count)
            return add(bytes, index: index, sequence: sequence)?.description
        case .state(let state): change(state)
        case .ping: break
        }
        return nil
    }

    /// A source was found to be wrong in a way that no piece shows.
    func countMisbehaviour() { badPieces += 1 }

    /// Deals with everything that is due by now.
    func advance() {
        timer?.cancel()
        timer = nil
        for release in buffer.advance(to: clock.now) { play(release) }
        guard let due = buffer.nextDue else { return }
        timer = LoopTimer.after(milliseconds: max(1, min(due - clock.now, 60_000))) { [weak self] in self?.advance() }
    }

    func finish() async {
        timer?.cancel()
        for output in outputs { await output.finish() }
    }

    // MARK: Receiving

    private func add(_ manifest: Manifest) -> PieceRejection? {
        if state == .waiting { change(.live) }
        do {
            let outcome = try assembler.add(manifest)
            buffer.announce(manifest.chunk, now: clock.now)
            return finish(outcome)
        } catch {
            return judge(error)
        }
    }

    private func add(_ piece: [UInt8], index: Int, sequence: UInt64) -> PieceRejection? {
        do {
            return finish(try assembler.add(piece: piece, index: index, sequence: sequence))
        } catch {
            return judge(error)
        }
    }

    private func finish(_ outcome: ChunkAssembler.Outcome) -> PieceRejection? {
        if let chunk = outcome.chunk {
            chunksCompleted += 1
            buffer.add(chunk, now: clock.now)
        }
        advance()
        return outcome.lateRejections.compactMap(judge).first
    }

    private func judge(_ rejection: PieceRejection) -> PieceRejection? {
        guard rejection.isSendersFault else { return nil }
        badPieces += 1
        return rejection
    }

    /// Nobody signs an init: it counts from the moment on when a signed manifest names its hash.
    private func addInit(_ bytes: [UInt8], hash: ShortHash) -> String? {
        guard !inits.contains(where: { $0.hash == hash }), !strangeInits.contains(where: { $0.hash == hash }) else {
            return nil
        }
        guard strangeInits.count < Self.strangeInitsMax else { return blameInit() }
        strangeInits.append((hash, bytes, 0))
        return nil
    }

    private func nameInits(_ manifest: Manifest) -> String? {
        guard !strangeInits.isEmpty else { return nil }
        if let position = strangeInits.firstIndex(where: { $0.hash == manifest.chunk.initHash }) {
            let named = strangeInits.remove(at: position)
            inits.append((named.hash, named.bytes))
            if inits.count > Self.initsMax { inits.removeFirst() }
        }
        for position in strangeInits.indices { strangeInits[position].manifests += 1 }
        return strangeInits.contains { $0.manifests > Self.manifestsUntilNamed } ? blameInit() : nil
    }

    private func blameInit() -> String {
        strangeInits = []
        badPieces += 1
        return "an init that no manifest names"
    }

    private func change(_ new: StreamState) {
        guard new != state else { return }
        state = new
        log.info("Stream state", metadata: ["state": "\(new.name)"])
    }

    // MARK: Playing

    private func play(_ release: PlayoutBuffer.Release) {
        let chunk = release.chunk
        lastReleased = chunk.sequence
        if firstRelease == nil { firstRelease = Clock.now }
        if let latencyMs = release.latencyMs { latency.add(latencyMs) }
        guard let header = inits.first(where: { $0.hash == chunk.description.initHash }) else {
            unplayable += 1
            log.warning(
                "Chunk not played", metadata: ["sequence": "\(chunk.sequence)", "cause": "its init is missing"])
            return
        }
        do {
            let fragment = try timeline.next(chunk, initSegment: header.bytes)
            for output in outputs { output.write(fragment, of: release) }
        } catch {
            unplayable += 1
            log.warning("Chunk not played", metadata: ["sequence": "\(chunk.sequence)", "cause": "\(error)"])
        }
    }
}
