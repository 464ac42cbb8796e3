import CLinux
import CoreTypes
import EventLoop
import Glibc
import HTTPServer

/// One viewer's answer from a ring. On plain HTTP/1.1 its socket goes to a fan-out thread; else the server reads.
@LoopActor
final class RingBody: StreamBody {
    // Safe: the shard uses it alone from `add` until it gives the socket back; only then (in `closed`, or never) does
    // the loop look at it again, and the memory lives as long as this object.
    nonisolated(unsafe) private(set) var viewer: ViewerPointer?
    private let source: FanOutRing
    private let fanOut: FanOut
    private let point: JoinPoint
    private let onClosed: @LoopActor (ViewerSummary) -> Void
    private var head: [UInt8]
    private var isEnding = false
    private var shard: FanOutShard?
    private var reader: RingReader?
    private var wakeServer: (@LoopActor @Sendable () -> Void)?

    init(
        ring: FanOutRing, fanOut: FanOut, head: [UInt8], point: JoinPoint,
        onClosed: @escaping @LoopActor (ViewerSummary) -> Void
    ) {
        source = ring
        self.fanOut = fanOut
        self.head = head
        self.point = point
        self.onClosed = onClosed
        ring.viewerCount += 1
    }

    deinit {
        guard let viewer else { return }
        viewer.pointee.setPrefix(nil)
        viewer.deinitialize(count: 1)
        viewer.deallocate()
    }

    // MARK: Taking the socket over

    func take(_ socket: TakenSocket) {
        let (offset, prefix) = source.ring.join(point)
        let viewer = ViewerPointer.allocate(capacity: 1)
        viewer.initialize(to: Viewer(socket: socket, offset: offset))
        if head.isEmpty {
            viewer.pointee.setPrefix(prefix)
        } else {
            viewer.pointee.setPrefix(SharedBytes(HTTPChunk.framed(head) + (prefix?.array ?? [])))
            head = []
        }
        viewer.pointee.hasCaughtUp = point == .newest
        self.viewer = viewer
        var on: Int32 = 1
        setsockopt(socket.descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, 4)
        // Without it the kernel takes megabytes for a viewer that does not read, which can then not be skipped.
        var unsentBytesMax: Int32 = 128 << 10
        setsockopt(socket.descriptor, Int32(IPPROTO_TCP), TCP_NOTSENT_LOWAT, &unsentBytesMax, 4)
        let shard = fanOut.shardForNextViewer()
        self.shard = shard
        shard.add(self, to: source.ring)
        if isEnding { shard.end(self) }
    }

    func end() {
        // It may come before the head is sent: then whoever writes the body is told when there is one.
        isEnding = true
        if let shard { shard.end(self) } else { reader?.isEnding = true }
        wakeServer?()
    }

    func closed() {
        source.viewerCount -= 1
        let summary: ViewerSummary
        if let viewer {
            summary = ViewerSummary(
                bytesSent: viewer.pointee.bytesSent, jumps: Int(viewer.pointee.jumps), reason: viewer.pointee.reason)
        } else {
            source.removeReader(self)
            if reader != nil { fanOut.readerCount -= 1 }
            summary = ViewerSummary(
                bytesSent: reader?.bytesRead ?? 0, jumps: reader?.jumps ?? 0, reason: reader?.reason ?? .left)
        }
        onClosed(summary)
    }

    // MARK: Being read by the server

    func attach(wake: @escaping @LoopActor @Sendable () -> Void) {
        let (offset, prefix) = source.ring.join(point)
        let chunks = prefix.map { Array($0.buffer[StreamRing.headBytes..<($0.count - StreamRing.tailBytes)]) } ?? []
        reader = RingReader(ring: source.ring, offset: offset, pending: head + chunks)
        reader?.isEnding = isEnding
        head = []
        wakeServer = wake
        source.addReader(self)
        fanOut.readerCount += 1
    }

    func wake() { wakeServer?() }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> StreamRead {
        guard let result = reader?.read(into: buffer) else { return .end }
        if case .bytes(let count) = result { fanOut.bytesRead += UInt64(count) }
        return result
    }
}
