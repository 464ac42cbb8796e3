import CLinux
import EventLoop
import Glibc

/// The body of an endless answer that says little, and mostly nothing: a stream of events to one client.
///
/// On plain HTTP/1.1 it writes the socket itself, from the loop, and sees at once when the client hangs up. Under TLS and
/// on HTTP/1.0 the server reads it, and a client that is gone shows with the next events. What the socket does not take
/// waits here; a client for which more than `pendingBytesMax` wait does not read, and is cut off.
@LoopActor
public final class EventStream: StreamBody {
    /// Most bytes that wait for a client.
    public static let pendingBytesMax = 64 << 10
    /// What the kernel may hold for a client beside that; it would be megabytes otherwise.
    private static let socketBytesMax: Int32 = 64 << 10

    private enum Path {
        /// Nobody has asked for bytes yet.
        case none
        case taken(TakenSocket, DescriptorWatch)
        case read(wake: @LoopActor @Sendable () -> Void)
        /// Nothing can be sent any more.
        case over
    }

    private var path = Path.none
    /// Bytes to send; with chunk coding on a socket that was taken over, without elsewhere.
    private var pending: [UInt8] = []
    private var isEnding = false
    private var isWaitingToWrite = false
    private let onClosed: @LoopActor (EventStream) -> Void

    /// A stream whose head has not been sent; `onClosed` is called once, when the client is gone or the stream has ended.
    public init(onClosed: @escaping @LoopActor (EventStream) -> Void) { self.onClosed = onClosed }

    /// Bytes that wait for the client.
    public var pendingBytes: Int { pending.count }

    /// Sends bytes, as soon as the client takes them. Does nothing once the stream has ended.
    public func send(_ bytes: [UInt8]) {
        guard !isEnding, !bytes.isEmpty else { return }
        switch path {
        case .none: append(bytes)
        case .taken:
            append(HTTPChunkCoding.framed(bytes))
            flush()
        case .read(let wake):
            append(bytes)
            wake()
        case .over: break
        }
    }

    /// Ends the stream after what waits.
    public func end() {
        guard !isEnding else { return }
        isEnding = true
        switch path {
        case .taken:
            append(HTTPChunkCoding.end)
            flush()
        case .read(let wake): wake()
        case .none, .over: break
        }
    }

    private func append(_ bytes: [UInt8]) {
        guard pending.count + bytes.count <= Self.pendingBytesMax else { return cut() }
        pending += bytes
    }

    /// Hangs up.
    private func cut() {
        pending = []
        isEnding = true
        switch path {
        case .taken(let socket, let watch):
            watch.cancel()
            path = .over
            socket.giveBack()
        case .read(let wake):
            path = .over
            wake()
        case .none, .over: path = .over
        }
    }

    // MARK: StreamBody

    /// See `StreamBody`.
    public func take(_ socket: TakenSocket) {
        if case .over = path { return socket.giveBack() }
        let events = DescriptorWatch.Events.hungUp
        guard let watch = DescriptorWatch(socket.descriptor, events, handler: { [weak self] in self?.handle($0) })
        else {
            path = .over
            return socket.giveBack()
        }
        var on: Int32 = 1
        setsockopt(socket.descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, 4)
        var most = Self.socketBytesMax
        setsockopt(socket.descriptor, SOL_SOCKET, SO_SNDBUF, &most, 4)
        path = .taken(socket, watch)
        if !pending.isEmpty { pending = HTTPChunkCoding.framed(pending) }
        if isEnding { pending += HTTPChunkCoding.end }
        flush()
    }

    /// See `StreamBody`.
    public func attach(wake: @escaping @LoopActor @Sendable () -> Void) {
        if case .none = path { path = .read(wake: wake) }
    }

    /// See `StreamBody`.
    public func read(into buffer: UnsafeMutableRawBufferPointer) -> StreamRead {
        if case .over = path { return .end }
        guard !pending.isEmpty else { return isEnding ? .end : .wait }
        let count = min(buffer.count, pending.count)
        buffer.copyBytes(from: pending[..<count])
        if count == pending.count { pending = [] } else { pending.removeFirst(count) }
        return .bytes(count)
    }

    /// See `StreamBody`.
    public func closed() {
        if case .taken(_, let watch) = path { watch.cancel() }
        path = .over
        pending = []
        isEnding = true
        onClosed(self)
    }

    // MARK: A socket that was taken over

    private func handle(_ events: DescriptorWatch.Events) {
        if !events.isDisjoint(with: [.hungUp, .failed]) { cut() } else { flush() }
    }

    private func flush() {
        guard case .taken(let socket, let watch) = path else { return }
        while !pending.isEmpty {
            let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
            let sent = pending.withUnsafeBytes { Glibc.send(socket.descriptor, $0.baseAddress, $0.count, flags) }
            guard sent > 0 else {
                if sent < 0, errno == EINTR { continue }
                guard sent < 0, errno == EAGAIN else { return cut() }
                isWaitingToWrite = true
                return watch.watch(for: [.hungUp, .write])
            }
            // The memory is given back, for most of the time nothing waits.
            if sent == pending.count { pending = [] } else { pending.removeFirst(sent) }
        }
        if isEnding { return cut() }
        if isWaitingToWrite { watch.watch(for: .hungUp) }
        isWaitingToWrite = false
    }
}

/// HTTP's chunked transfer coding (RFC 9112 §7.1).
enum HTTPChunkCoding {
    /// The last chunk, without trailers.
    static let end = Array("0\r\n\r\n".utf8)

    /// One chunk.
    static func framed(_ bytes: [UInt8]) -> [UInt8] {
        Array(String(bytes.count, radix: 16).utf8) + [0x0d, 0x0a] + bytes + [0x0d, 0x0a]
    }
}
