import CoreTypes
import EventLoop
import Glibc
import MediaWire
import PeerCore
import ServiceAPI

/// What a hostile viewer does, for the tests of everybody else. Hidden: `--misbehave KIND`.
public enum Misbehaviour: String, CaseIterable, Sendable {
    /// Random bytes in place of pieces.
    case garbage
    /// Pieces longer than any may be.
    case oversized
    /// Every piece many times.
    case duplicate
    /// What was sent long ago, again and again.
    case replay
    /// Pieces of chunks that there will not be for a long time.
    case future
    /// Pieces with a wrong byte.
    case corrupt
    /// Manifests that the stream's key has not signed.
    case forge
    /// Takes pieces and acknowledges nothing: the whole process stands still.
    case unread
    /// A sign of life and one piece a second.
    case trickle
    /// Reports losses that are none, accuses the innocent, boasts.
    case lie
    /// Joins over and over.
    case joins
    /// Declares that it can feed eight, whatever its uplink carries, and nothing else.
    case boast
    /// Signals without end.
    case signals
    /// Subscriptions and requests without end.
    case wishes
}

/// Turns an honest viewer's messages into a hostile one's. It begins a few seconds after the start, when it has neighbours.
@LoopActor
struct Misbehaver {
    /// Milliseconds of honesty at the beginning.
    private static let honestMs: Int64 = 4_000

    let kind: Misbehaviour
    private let since = Clock.now
    private var sent: [[UInt8]] = []
    private var lastPiece = Clock.now
    private var lastSequence: UInt64 = 0
    private var generator = SystemRandomNumberGenerator()

    init(_ kind: Misbehaviour) { self.kind = kind }

    /// What it says it can feed: much upload earns a place with children.
    var capacity: Int { PeerJoin.capacityMax }

    private var isActive: Bool { Clock.now.milliseconds(since: since) > Self.honestMs }

    /// What is sent in place of a message.
    mutating func change(_ bytes: [UInt8]) -> [[UInt8]] {
        let kind = bytes.first.flatMap(PeerMessage.Kind.init(rawValue:))
        let isPiece = kind == .piece
        if isPiece || kind == .manifest, sent.count < 400 { sent.append(bytes) }
        if isPiece, let message = try? PeerMessage.parse(bytes[...]), case .piece(let sequence, _, _) = message {
            lastSequence = sequence
        }
        guard isActive else { return [bytes] }
        switch self.kind {
        case .garbage where isPiece:
            return [(0..<bytes.count).map { _ in UInt8.random(in: 4...255, using: &generator) }]
        case .oversized where isPiece: return [bytes.prefix(11) + [UInt8](repeating: 6, count: 20_000)]
        case .duplicate where isPiece: return Array(repeating: bytes, count: 60)
        case .replay where isPiece: return [bytes] + sent.suffix(60)
        case .future where isPiece:
            return [bytes]
                + (0..<40).map { step in
                    PeerMessage.encodePiece(
                        sequence: lastSequence + 1_000 + UInt64(step), index: 1,
                        [UInt8](repeating: 1, count: 1_000)[...])
                }
        case .corrupt where isPiece && bytes.count > 20:
            var bytes = bytes
            bytes[bytes.count / 2] ^= 0x40
            return [bytes]
        case .forge where kind == .manifest && bytes.count > 100:
            var bytes = bytes
            bytes[bytes.count - 1] ^= 1
            return [bytes]
        case .trickle where isPiece || kind == .manifest:
            guard Clock.now.milliseconds(since: lastPiece) > 1_000 else { return [] }
            lastPiece = Clock.now
            return [bytes]
        default: return [bytes]
        }
    }

    /// What is sent to each neighbour beside that, every tick.
    mutating func tick() -> [[UInt8]] {
        guard isActive else { return [] }
        switch kind {
        case .unread:
            // Never comes back: nothing of this process does anything any more.
            while true { sleep(1_000) }
        case .wishes:
            return (0..<50).flatMap { _ in
                [PeerMessage.subscribe(stripe: 0, from: 0), .subscribe(stripe: 1, from: 0)].compactMap {
                    try? $0.encoded()
                }
            }
        case .garbage: return [(0..<64).map { _ in UInt8.random(in: 1...10, using: &generator) }]
        case .duplicate, .replay: return Array(sent.suffix(200))
        default: return []
        }
    }

    /// What the tracker gets, every tick.
    mutating func tick(_ tracker: TrackerClient?, neighbours: [PeerID]) {
        guard isActive, let tracker else { return }
        switch kind {
        case .signals:
            let signal = LinkSignal(link: "0123456789abcdef", kind: .candidate, text: "")
            for peer in neighbours { for _ in 0..<20 { tracker.send(PeerSignal(to: peer, signal: signal)) } }
        case .joins: tracker.flood(20)
        case .lie:
            for peer in neighbours {
                tracker.accuse(peer, "garbage", isHonest: false)
                for stripe in 0..<2 { tracker.reportLost(stripe, peer, .silent) }
            }
        default: break
        }
    }

    /// What it claims.
    func change(_ report: inout PeerReport) {
        guard kind == .lie, isActive else { return }
        report.stats = PeerStatistics(
            bytesFromPeers: .max / 4, bytesFromForwards: 0, uploadBytes: .max / 4, continuity: 1)
    }
}

extension TrackerClient {
    /// Joins many times at once and does not listen.
    func flood(_ count: Int) {
        for _ in 0..<count { joinOnce() }
    }
}
