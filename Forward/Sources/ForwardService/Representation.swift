import CoreTypes
import EventLoop
import FanOut
import ForwardCore
import FragmentedMP4
import LibAV
import Logging
import MediaWire

/// One form of a stream that viewers read, kept in a ring while somebody does.
@LoopActor
final class Representation {
    /// The forms.
    enum Kind: Hashable, Sendable {
        /// Fragmented MP4 for players.
        case mp4
        /// MPEG-TS for players.
        case ts
        /// Manifests and pieces of these stripes, for viewers that verify.
        case stripes([Int])
        /// Manifests and chunks, for downstream forwards.
        case relay

        /// The word for metrics and `/debug`.
        var name: String {
            switch self {
            case .mp4: "mp4"
            case .ts: "ts"
            case .stripes(let stripes): "stripe-" + stripes.map(String.init).joined(separator: "+")
            case .relay: "relay"
            }
        }

        /// It carries records: hello, init, state, ping.
        var hasRecords: Bool { self != .mp4 && self != .ts }
    }

    let kind: Kind
    let ring: FanOutRing
    private(set) var lastUse: MonotonicInstant
    private(set) var failures: UInt64 = 0
    /// Why the stream cannot be given in this form at present; nil when it can.
    private(set) var obstacle: String?
    private let log: Logger
    private var initHash: ShortHash?
    /// Nil before the first chunk.
    private var timeline: SessionTimeline?
    private var rebaser: FragmentRebaser?
    private var remuxer: TransportStreamRemuxer?
    private var fragmentNumber: UInt32 = 0
    private var lastAppend: MonotonicInstant

    init(_ kind: Kind, fanOut: FanOut, windowMs: Int64, log: Logger) {
        self.kind = kind
        self.log = log
        ring = fanOut.makeRing(windowMs: windowMs)
        lastUse = Clock.now
        lastAppend = Clock.now
        if kind == .ts { remuxer = TransportStreamRemuxer() }
    }

    func touch() { lastUse = Clock.now }

    /// Fills a new ring: readers that verify may ask for any chunk held, players begin at the newest group.
    func backfill(from store: ChunkStore) {
        for chunk in kind.hasRecords ? store.chunks[...] : store.newestGroup {
            guard let header = store.initSegment(chunk.description.initHash) else { continue }
            append(chunk, initSegment: header)
        }
    }

    /// Adds the next chunk in this form.
    func append(_ chunk: StoredChunk, initSegment: [UInt8]) {
        do {
            var frame: [UInt8] = []
            if chunk.description.initHash != initHash {
                let prefix = try setInit(initSegment, hash: chunk.description.initHash)
                obstacle = nil
                // A joiner gets the prefix before its first frame. Readers that are there already, be it since before
                // the first chunk, need it in front of this one, and a joiner that begins here may well read it twice.
                if ring.newestSequence != 0 || ring.viewerCount > 0 { frame = prefix }
                if !prefix.isEmpty { ring.setPrefix(prefix) }
            }
            frame += try media(of: chunk)
            ring.append(
                frame, sequence: chunk.sequence, wall: chunk.description.publishedAt, isJoinPoint: chunk.isKeyframe)
            lastAppend = Clock.now
        } catch {
            // The chunk is verified, so this form alone lacks it: its viewers see a gap, the others nothing.
            failures += 1
            if chunk.description.initHash != initHash, obstacle == nil {
                obstacle = "\(error)"
                log.warning("The stream has no such form", metadata: ["form": "\(kind.name)", "cause": "\(error)"])
            }
        }
    }

    /// Takes another init into use and returns what readers need of it.
    private func setInit(_ bytes: [UInt8], hash: ShortHash) throws -> [UInt8] {
        switch kind {
        case .mp4, .ts: rebaser = FragmentRebaser(header: try InitSegment(bytes[...]))
        case .stripes, .relay: break
        }
        try remuxer?.setInit(bytes)
        initHash = hash
        switch kind {
        case .mp4: return bytes
        case .ts: return []
        case .stripes, .relay: return try Record.initSegment(hash: hash, bytes: bytes).encoded()
        }
    }

    private func media(of chunk: StoredChunk) throws -> [UInt8] {
        switch kind {
        case .mp4: try rebased(chunk)
        case .ts: try remuxer?.remux(chunk: rebased(chunk), isKeyframe: chunk.isKeyframe) ?? []
        case .stripes(let stripes): try FrameBuilder.stripes(stripes, of: chunk)
        case .relay: try FrameBuilder.relay(chunk)
        }
    }

    /// The chunk on the output's own time, which goes on over publisher sessions.
    private func rebased(_ chunk: StoredChunk) throws -> [UInt8] {
        let description = chunk.description
        var timeline =
            try timeline
            ?? SessionTimeline(
                start: rebaser?.outputStart(chunk.bytes[...], decodeTime: description.decodeTime))
        let offset = try timeline.offset(
            session: description.session, decodeTime: description.decodeTime, duration: description.duration)
        self.timeline = timeline
        fragmentNumber &+= 1
        return try rebaser?.rebase(chunk.bytes[...], offset: offset, sequenceNumber: fragmentNumber) ?? chunk.bytes
    }

    /// Adds a record that is no chunk, such as a change of state.
    func append(_ record: Record) {
        guard kind.hasRecords, let frame = try? record.encoded() else { return }
        ring.append(frame, sequence: ring.newestSequence, wall: Clock.wall, isJoinPoint: false)
        lastAppend = Clock.now
    }

    /// Adds a ping when nothing else was added for `silenceMs`.
    func pingIfSilent(silenceMs: Int64) {
        guard Clock.now.milliseconds(since: lastAppend) >= silenceMs else { return }
        append(.ping(Clock.wall))
    }
}
