import CoreTypes
import EventLoop
import HTTPServer

/// What became of one viewer.
public struct ViewerSummary: Sendable {
    /// Bytes sent to it, chunk coding included.
    public let bytesSent: UInt64
    /// Times it fell behind and jumped to the newest join point.
    public let jumps: Int
    /// Why it ended.
    public let reason: Reason

    /// Why a viewer ended.
    public enum Reason: String, Sendable, CaseIterable {
        /// It went away.
        case left
        /// It could not keep up even after jumping.
        case tooSlow
        /// The stream or the service ended.
        case ended
    }
}

/// One representation of a stream: the producer's end on the loop.
@LoopActor
public final class FanOutRing {
    /// How far behind a viewer may fall.
    public struct Lag: Hashable, Sendable {
        /// Milliseconds of media behind the newest frame at which a viewer jumps to the newest join point.
        public var jumpMs: Int64 = 8_000
        /// Milliseconds at which a viewer whose socket takes nothing is dropped.
        public var dropMs: Int64 = 16_000
        /// The defaults, which suit viewers that buffer some seconds.
        public init() {}
    }

    /// Largest ring in bytes.
    public static let capacityMax = 64 << 20
    private static let capacityMin = 4 << 20

    /// How much of the stream is kept, in milliseconds.
    public let windowMs: Int64
    private let lag: Lag
    private unowned let fanOut: FanOut
    private(set) var ring: StreamRing
    private var generation: UInt32 = 0
    private var readers: [ObjectIdentifier: RingBody] = [:]
    private(set) var isClosed = false

    /// Viewers reading this ring now.
    public internal(set) var viewerCount = 0

    /// Frames refused because they were larger than a quarter of the largest ring.
    public private(set) var refusedFrames: UInt64 = 0

    init(fanOut: FanOut, windowMs: Int64, lag: Lag) {
        self.fanOut = fanOut
        self.windowMs = windowMs
        self.lag = lag
        guard let ring = StreamRing(capacity: Self.capacityMin) else {
            preconditionFailure("cannot map \(2 * Self.capacityMin) bytes for a ring: out of address space")
        }
        self.ring = ring
    }

    /// Number of the newest frame; 0 before the first.
    public var newestSequence: UInt64 { ring.newestSequence }

    /// True when a joiner has somewhere to begin.
    public var hasJoinPoint: Bool { ring.hasJoinPoint }

    /// Bytes reserved for the ring.
    public var capacity: Int { ring.capacity }

    /// Sets what a joiner gets before its first frame, from the next frame on. Readers that are already there do not
    /// get it: append it as a frame too if they need it.
    public func setPrefix(_ bytes: [UInt8]) {
        generation += 1
        ring.addPrefix(SharedBytes(HTTPChunk.framed(bytes)), generation: generation)
    }

    /// Adds one frame, the unit that a viewer gets whole or not at all. False when it is larger than the largest ring
    /// allows.
    @discardableResult
    public func append(_ frame: [UInt8], sequence: UInt64, wall: WallMilliseconds, isJoinPoint: Bool) -> Bool {
        guard !isClosed, !frame.isEmpty else { return false }
        growIfTight(adding: frame.count, now: wall)
        guard frame.count <= ring.payloadBytesMax else {
            refusedFrames += 1
            return false
        }
        frame.withUnsafeBytes {
            ring.append(
                $0, sequence: sequence, wall: wall, isJoinPoint: isJoinPoint, generation: generation,
                windowMs: windowMs, lag: lag)
        }
        fanOut.wakeShards()
        for reader in readers.values { reader.wake() }
        return true
    }

    private func growIfTight(adding bytes: Int, now: WallMilliseconds) {
        var capacity = ring.capacity
        guard capacity < Self.capacityMax, ring.isTight(adding: bytes, now: now, windowMs: windowMs) else { return }
        repeat { capacity *= 2 } while bytes > capacity / 4 && capacity < Self.capacityMax
        guard let larger = StreamRing(capacity: capacity) else { return }
        ring.retire(to: larger, windowMs: windowMs, lag: lag)
        ring = larger
    }

    /// The body of one viewer's answer: `head` first, then the prefix, then frames from `point` on.
    public func makeBody(
        head: [UInt8] = [], from point: JoinPoint, onClosed: @escaping @LoopActor (ViewerSummary) -> Void
    ) -> any StreamBody {
        RingBody(ring: self, fanOut: fanOut, head: head, point: point, onClosed: onClosed)
    }

    /// Ends the ring: viewers get what is there and then the end of their answers.
    public func close() {
        guard !isClosed else { return }
        isClosed = true
        ring.isClosed.store(true, ordering: .releasing)
        fanOut.wakeShards()
        for reader in readers.values { reader.wake() }
    }

    func addReader(_ body: RingBody) { readers[ObjectIdentifier(body)] = body }

    func removeReader(_ body: RingBody) { readers[ObjectIdentifier(body)] = nil }
}
