import CLinux
import CoreTypes
import Glibc
import HTTPServer
import Synchronization

/// The bytes of one representation of a stream, coded as HTTP chunks (RFC 9112 §7.1), in a ring that is mapped twice
/// so that no read wraps. One producer; any number of fan-out threads read. Offsets count all bytes ever written.
///
/// `@unchecked Sendable`: the producer (the loop) writes only bytes that no reader may touch (readers give up a quarter
/// of the ring earlier, see `hardFloor`) and publishes them by a release store of `head`. A reader that was suspended while
/// more than that was written finds out afterwards (`wasIntact`) and gives its viewer up. The index is behind a lock, all
/// else is atomic or never changes.
final class StreamRing: @unchecked Sendable {
    /// `%08x\r\n` in front of and `\r\n` behind each frame's payload.
    static let headBytes = 10, tailBytes = 2

    let capacity: Int
    let base: UnsafeMutableRawPointer
    /// Offset behind the newest byte.
    let head = Atomic<UInt64>(0)
    /// A reader that has caught up once and is now before this offset jumps to the newest join point.
    let jumpFloor = Atomic<UInt64>(0)
    /// A blocked reader before this offset is dropped.
    let dropFloor = Atomic<UInt64>(0)
    /// No more frames will come; readers end, or go on in the successor.
    let isClosed = Atomic<Bool>(false)
    private let state = Mutex(State())

    private struct State {
        var index = FrameIndex()
        var prefixes: [(generation: UInt32, bytes: SharedBytes)] = []
        var successor: (ring: StreamRing, offset: UInt64)?
    }

    /// `capacity` is a power of two and a multiple of the page size. Nil when the memory cannot be mapped.
    init?(capacity: Int) {
        guard let base = p2p_mirrored_map(capacity) else { return nil }
        self.capacity = capacity
        self.base = base
    }

    deinit { munmap(base, 2 * capacity) }

    /// Bytes behind the head that readers may use. The last quarter is the producer's: a frame is at most that large,
    /// so what a reader is sending is not overwritten by the next one.
    private var readableBytes: UInt64 { UInt64(capacity / 4 * 3) }

    /// No reader may be before this offset: the producer may be writing there soon.
    func hardFloor(head: UInt64) -> UInt64 { head > readableBytes ? head - readableBytes : 0 }

    /// Whether what was just read from an offset on was still all there, and is not a mixture of old and new bytes.
    func wasIntact(at offset: UInt64) -> Bool {
        // What was read before must not be read after `head`.
        atomicMemoryFence(ordering: .acquiring)
        return offset >= hardFloor(head: head.load(ordering: .relaxed))
    }

    func pointer(at offset: UInt64) -> UnsafeMutableRawPointer { base + Int(offset & UInt64(capacity - 1)) }

    // MARK: Producer

    /// Largest payload that `append` takes.
    var payloadBytesMax: Int { capacity / 4 - Self.headBytes - Self.tailBytes }

    /// Adds one frame; its payload must not exceed `payloadBytesMax`.
    func append(
        _ payload: UnsafeRawBufferPointer, sequence: UInt64, wall: WallMilliseconds, isJoinPoint: Bool,
        generation: UInt32, windowMs: Int64, lag: FanOutRing.Lag
    ) {
        let start = head.load(ordering: .relaxed)
        let end = start + UInt64(Self.headBytes + payload.count + Self.tailBytes)
        // Forgotten before they are overwritten: a reader that looks a frame up may use its bytes.
        state.withLock { state in
            state.index.forget(before: hardFloor(head: end), olderThan: wall - windowMs)
        }
        // Whoever reads bytes that are written now also reads a head at which they might be: see `wasIntact`.
        atomicMemoryFence(ordering: .releasing)
        writeChunk(payload, at: pointer(at: start))
        state.withLock { state in
            state.index.append(
                FrameIndex.Frame(
                    start: start, end: end, sequence: sequence, wall: wall, isJoinPoint: isJoinPoint,
                    generation: generation))
            let oldestGeneration = state.index.oldest?.generation ?? generation
            state.prefixes.removeAll { $0.generation < oldestGeneration }
            let join = state.index.newestJoinPoint?.start ?? 0
            func floor(_ ageMs: Int64) -> UInt64 {
                min(join, state.index.firstFrame(notBefore: wall - ageMs)?.start ?? 0)
            }
            jumpFloor.store(floor(lag.jumpMs), ordering: .relaxed)
            dropFloor.store(floor(lag.dropMs), ordering: .relaxed)
        }
        head.store(end, ordering: .releasing)
    }

    private func writeChunk(_ payload: UnsafeRawBufferPointer, at destination: UnsafeMutableRawPointer) {
        var digits = (UInt64(0), UInt16(0))
        withUnsafeMutableBytes(of: &digits) { HTTPChunk.writeHead(payload.count, to: $0) }
        withUnsafeBytes(of: &digits) {
            destination.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(base), byteCount: Self.headBytes)
        }
        if let source = payload.baseAddress {
            (destination + Self.headBytes).copyMemory(from: source, byteCount: payload.count)
        }
        let tail = destination + Self.headBytes + payload.count
        tail.storeBytes(of: 0x0d, as: UInt8.self)
        (tail + 1).storeBytes(of: 0x0a, as: UInt8.self)
    }

    func addPrefix(_ bytes: SharedBytes, generation: UInt32) {
        state.withLock { $0.prefixes.append((generation, bytes)) }
    }

    /// True when overwriting would forget frames younger than the window, so that a larger ring is due.
    func isTight(adding bytes: Int, now: WallMilliseconds, windowMs: Int64) -> Bool {
        let end = head.load(ordering: .relaxed) + UInt64(bytes + Self.headBytes + Self.tailBytes)
        let floor = hardFloor(head: end)
        guard bytes <= payloadBytesMax, floor > 0 else { return bytes > payloadBytesMax }
        let lost = state.withLock { $0.index.frame(at: floor) ?? $0.index.oldest }
        return lost.map { $0.start < floor && $0.wall > now - windowMs } ?? false
    }

    /// Copies what this ring holds into `larger` and sends its readers there.
    func retire(to larger: StreamRing, windowMs: Int64, lag: FanOutRing.Lag) {
        let (frames, prefixes) = state.withLock { (Array($0.index.all), $0.prefixes) }
        for (generation, bytes) in prefixes { larger.addPrefix(bytes, generation: generation) }
        for frame in frames {
            let count = Int(frame.end - frame.start) - Self.headBytes - Self.tailBytes
            larger.append(
                UnsafeRawBufferPointer(start: pointer(at: frame.start) + Self.headBytes, count: count),
                sequence: frame.sequence, wall: frame.wall, isJoinPoint: frame.isJoinPoint,
                generation: frame.generation, windowMs: windowMs, lag: lag)
        }
        state.withLock { $0.successor = (larger, larger.head.load(ordering: .relaxed)) }
        isClosed.store(true, ordering: .releasing)
    }

    // MARK: Readers

    /// Where readers of a closed ring go on; nil when the stream is over.
    var successor: (ring: StreamRing, offset: UInt64)? { state.withLock { $0.successor } }

    var hasJoinPoint: Bool { state.withLock { $0.index.newestJoinPoint != nil } }

    var newestSequence: UInt64 { state.withLock { $0.index.newest?.sequence ?? 0 } }

    /// Where a joiner begins, and the prefix it needs first.
    func join(_ point: JoinPoint) -> (offset: UInt64, prefix: SharedBytes?) {
        state.withLock { state in
            let frame = state.index.frame(joining: point)
            let generation = (frame ?? state.index.newest)?.generation ?? state.prefixes.last?.generation
            let prefix = state.prefixes.last { $0.generation == generation }?.bytes
            return (frame?.start ?? head.load(ordering: .relaxed), prefix)
        }
    }

    /// The frame around an offset.
    func frame(at offset: UInt64) -> FrameIndex.Frame? { state.withLock { $0.index.frame(at: offset) } }

    /// The newest join point behind `offset`, with its prefix when it differs from the one in force just before
    /// `offset`; nil when there is none.
    func jump(from offset: UInt64) -> (offset: UInt64, prefix: SharedBytes?)? {
        state.withLock { state in
            guard let target = state.index.newestJoinPoint, target.start > offset else { return nil }
            let current = state.index.frame(at: offset == 0 ? 0 : offset - 1)?.generation
            let prefix = state.prefixes.last { $0.generation == target.generation }?.bytes
            return (target.start, current == target.generation ? nil : prefix)
        }
    }
}
