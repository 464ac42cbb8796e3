import CoreTypes
import EventLoop
import Logging
import MediaWire
import PlayoutCore
import ServiceAPI

/// What one viewer sees: plays verified chunks out on time to its outputs, and measures.
@LoopActor
final class Viewer {
    /// Init segments kept: the ones in use around a change of codec parameters.
    private static let initsMax = 8

    let clock: PlaybackClock
    private(set) var state = StreamState.waiting
    private(set) var lastReleased: UInt64 = 0
    private(set) var latency = LatencyHistogram()
    /// From publication to the last verified piece of each chunk.
    private(set) var arrival = LatencyHistogram()
    /// When the first chunk was released.
    private(set) var firstRelease: MonotonicInstant?
    /// Released chunks that no output could take, because their init was missing or they are malformed.
    private(set) var unplayable: UInt64 = 0
    /// Chunks that became whole, and their bytes.
    private(set) var chunksCompleted: UInt64 = 0
    private(set) var mediaBytes: UInt64 = 0
    /// Everything up to this chunk was released or given up.
    var onReleased: @LoopActor (UInt64) -> Void = { _ in }

    private let log: Logger
    private let outputs: [any ChunkOutput]
    private var buffer: PlayoutBuffer
    private var timeline = OutputTimeline()
    private var inits: [(hash: ShortHash, bytes: [UInt8])] = []
    private var timer: LoopTimer?

    init(bufferMs: Int64, outputs: [any ChunkOutput], clock: PlaybackClock = PlaybackClock(), log: Logger) {
        buffer = PlayoutBuffer(bufferMs: bufferMs)
        self.outputs = outputs
        self.clock = clock
        self.log = log
    }

    /// Nothing waits to be played.
    var isDrained: Bool { buffer.count == 0 }

    /// Bytes that wait to be played.
    var heldBytes: Int { buffer.heldBytes }

    func counters(isFed: Bool) -> PlayoutCounters { buffer.counters(now: clock.now, isFed: isFed) }

    /// A chunk exists; its pieces are on their way.
    func announce(_ description: ChunkDescription) {
        if state == .waiting { change(.live) }
        buffer.announce(description, now: clock.now)
        advance()
    }

    /// A chunk is whole and verified.
    func add(_ chunk: VerifiedChunk) {
        chunksCompleted += 1
        mediaBytes += UInt64(chunk.bytes.count)
        // What was published before the viewer began is history, not delay.
        if firstRelease != nil { arrival.add(max(0, clock.now - chunk.description.publishedAt)) }
        buffer.add(chunk, now: clock.now)
        advance()
    }

    /// An init that a verified manifest has named.
    func add(initSegment hash: ShortHash, _ bytes: [UInt8]) {
        guard !inits.contains(where: { $0.hash == hash }) else { return }
        inits.append((hash, bytes))
        if inits.count > Self.initsMax { inits.removeFirst() }
    }

    /// Whether the stream has a publisher.
    func change(_ new: StreamState) {
        guard new != state else { return }
        state = new
        log.info("Stream state", metadata: ["state": "\(new.name)"])
    }

    /// Deals with everything that is due by now.
    func advance() {
        timer?.cancel()
        timer = nil
        for release in buffer.advance(to: clock.now) { play(release) }
        if let dealtWith = buffer.dealtWith { onReleased(dealtWith) }
        guard let due = buffer.nextDue else { return }
        timer = LoopTimer.after(milliseconds: max(1, min(due - clock.now, 60_000))) { [weak self] in self?.advance() }
    }

    func finish() async {
        timer?.cancel()
        for output in outputs { await output.finish() }
    }

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
        guard !outputs.isEmpty else { return }
        do {
            let fragment = try timeline.next(chunk, initSegment: header.bytes)
            for output in outputs { output.write(fragment, of: release) }
        } catch {
            unplayable += 1
            log.warning("Chunk not played", metadata: ["sequence": "\(chunk.sequence)", "cause": "\(error)"])
        }
    }
}
