import HTTPServer

/// Reads a ring's payloads without their chunk coding, for connections whose framing or encryption is the server's.
struct RingReader {
    private var ring: StreamRing
    private var offset: UInt64
    /// Bytes to give out before the ring's: head and prefix.
    private var pending: ArraySlice<UInt8>
    private(set) var bytesRead: UInt64 = 0
    private(set) var jumps = 0
    private(set) var reason = ViewerSummary.Reason.left
    var isEnding = false

    init(ring: StreamRing, offset: UInt64, pending: [UInt8]) {
        self.ring = ring
        self.offset = offset
        self.pending = pending[...]
    }

    mutating func read(into buffer: UnsafeMutableRawBufferPointer) -> StreamRead {
        if !pending.isEmpty { return takePending(into: buffer) }
        var filled = 0
        while filled < buffer.count {
            let head = ring.head.load(ordering: .acquiring)
            if offset == head {
                guard followSuccessor() else { break }
                continue
            }
            // A viewer that is sent away must not stay by reading just too slowly to reach the head. A closed ring has an
            // end, up to which everybody may read.
            if isEnding, offset == ring.frame(at: offset)?.start, !ring.isClosed.load(ordering: .acquiring) { break }
            guard offset >= ring.hardFloor(head: head), let frame = ring.frame(at: offset) else {
                reason = .tooSlow
                return .end
            }
            if offset == frame.start, filled == 0, frame.start < ring.jumpFloor.load(ordering: .relaxed),
                let target = ring.jump(from: offset)
            {
                jumps += 1
                offset = target.offset
                guard let prefix = target.prefix else { continue }
                let payload = StreamRing.headBytes..<(prefix.count - StreamRing.tailBytes)
                pending = Array(prefix.buffer[payload])[...]
                return takePending(into: buffer)
            }
            filled += copy(frame, into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
        }
        guard filled == 0 else {
            bytesRead += UInt64(filled)
            return .bytes(filled)
        }
        guard isEnding || ring.isClosed.load(ordering: .acquiring) else { return .wait }
        reason = .ended
        return .end
    }

    /// Copies payload bytes of the frame from `offset` on and moves behind them.
    private mutating func copy(_ frame: FrameIndex.Frame, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let payloadStart = frame.start + UInt64(StreamRing.headBytes)
        let payloadEnd = frame.end - UInt64(StreamRing.tailBytes)
        let from = max(offset, payloadStart)
        let count = min(buffer.count, Int(payloadEnd - from))
        buffer.copyMemory(from: UnsafeRawBufferPointer(start: ring.pointer(at: from), count: count))
        offset = from + UInt64(count) == payloadEnd ? frame.end : from + UInt64(count)
        return count
    }

    private mutating func takePending(into buffer: UnsafeMutableRawBufferPointer) -> StreamRead {
        let count = min(buffer.count, pending.count)
        buffer.copyBytes(from: pending.prefix(count))
        pending = pending.dropFirst(count)
        bytesRead += UInt64(count)
        return .bytes(count)
    }

    private mutating func followSuccessor() -> Bool {
        guard ring.isClosed.load(ordering: .acquiring), let next = ring.successor else { return false }
        ring = next.ring
        offset = next.offset
        return true
    }
}
