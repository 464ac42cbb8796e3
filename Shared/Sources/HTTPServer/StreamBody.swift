import CLinux
import CMicroHTTPD
import EventLoop
import Glibc
import Synchronization

/// The head of an endless answer and where its body comes from.
public struct StreamResponse {
    /// The status code.
    public var status: Int
    /// Headers beside the framing and cross-origin ones.
    public var headers: [(name: String, value: String)]
    /// The source of the body.
    public var body: any StreamBody

    /// An endless answer.
    public init(status: Int = 200, headers: [(name: String, value: String)], body: any StreamBody) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// A body without an end. It is asked in one of two ways: on plain HTTP/1.1 it takes the socket over and writes
/// chunk-coded bytes itself (`take`); under TLS or HTTP/1.0 it is read by the server (`read`).
@LoopActor
public protocol StreamBody: AnyObject {
    /// Whether it takes the socket over where that is possible; bodies that wait for nobody leave that to the server.
    var takesSocket: Bool { get }
    /// The header has been sent; from here the socket is the body's alone, until it gives it back.
    func take(_ socket: TakenSocket)
    /// Copies the next bytes, without chunk coding, into `buffer`.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> StreamRead
    /// Called before the first `read`: `wake` makes the server call `read` again after it returned `.wait`.
    func attach(wake: @escaping @LoopActor @Sendable () -> Void)
    /// The connection is gone (also after the socket was given back). Nothing is called after this.
    func closed()
    /// The server stops: end the body soon.
    func end()
}

extension StreamBody {
    /// It does.
    public var takesSocket: Bool { true }
}

/// What `StreamBody.read` found.
public enum StreamRead {
    /// This many bytes, at least 1.
    case bytes(Int)
    /// Nothing yet; the body calls `wake` when there is.
    case wait
    /// The body is over.
    case end
}

/// A connection's socket while a body writes it itself. The server looks at neither reading nor closing meanwhile.
public struct TakenSocket: Sendable {
    /// The non-blocking descriptor; still the server's to close.
    public let descriptor: Int32
    let context: Unmanaged<StreamContext>

    /// Hands the socket back to be closed; from any thread, exactly once, and the descriptor must not be used after.
    public func giveBack() { context.takeUnretainedValue().giveBack() }
}

/// One endless answer. It is retained by libmicrohttpd's response object and released by its free callback, and kept by
/// the server until its body is closed.
///
/// `@unchecked Sendable`: `connection` is constant and libmicrohttpd's resume is thread-safe; `isClosing` is atomic;
/// `ownDescriptor` is set before the body gets the socket, and not changed after; the rest is touched on the loop only.
final class StreamContext: @unchecked Sendable {
    /// A socket that is connected to nobody: what libmicrohttpd closes in place of one that was taken from it.
    private static let nobody = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)

    private let daemon: HTTPDaemon
    let connection: OpaquePointer
    let body: any StreamBody
    let takesOver: Bool
    private let isClosing = Atomic<Bool>(false)
    /// The socket, when libmicrohttpd does not have it any more; else -1.
    private var ownDescriptor: Int32 = -1
    @LoopActor private var isSuspended = false
    @LoopActor private var isAttached = false

    init(daemon: HTTPDaemon, connection: OpaquePointer, body: any StreamBody, takesOver: Bool) {
        self.daemon = daemon
        self.connection = connection
        self.body = body
        self.takesOver = takesOver
    }

    /// True when the connection is libmicrohttpd's no more.
    var isDetached: Bool { ownDescriptor >= 0 }

    /// The content reader: how many bytes, 0 after suspending, or one of libmicrohttpd's end marks.
    @LoopActor func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        if isClosing.load(ordering: .acquiring) { return Int(p2p_MHD_END_WITH_ERROR) }
        return takesOver ? take() : readThrough(buffer)
    }

    @LoopActor private func take() -> Int {
        // Suspended first: from the moment the body knows the socket, libmicrohttpd must not touch it.
        MHD_suspend_connection(connection)
        let descriptor = p2p_mhd_fd(connection)
        if daemon.mayDetach { detach(descriptor) }
        body.take(
            TakenSocket(
                descriptor: isDetached ? ownDescriptor : descriptor, context: Unmanaged.passUnretained(self)))
        return 0
    }

    /// Takes the socket away from libmicrohttpd, which then ends its connection and frees its memory: a viewer that
    /// listens for hours would hold a pool of `poolBytes` for its request head alone. While a connection is suspended its
    /// descriptor is in no epoll set; another socket under the same number is closed in its place.
    @LoopActor private func detach(_ descriptor: Int32) {
        let own = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard own >= 0 else { return }
        guard Self.nobody >= 0, dup2(Self.nobody, descriptor) >= 0 else {
            Glibc.close(own)
            return
        }
        ownDescriptor = own
        daemon.detached()
        endConnection()
    }

    @LoopActor private func readThrough(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        if !isAttached {
            isAttached = true
            body.attach { [weak self] in self?.wake() }
        }
        switch body.read(into: buffer) {
        case .bytes(let count): return count
        case .end: return Int(p2p_MHD_END_OF_STREAM)
        case .wait:
            isSuspended = true
            MHD_suspend_connection(connection)
            return 0
        }
    }

    @LoopActor private func wake() {
        guard isSuspended else { return }
        isSuspended = false
        MHD_resume_connection(connection)
        daemon.runSoon()
    }

    /// Any thread.
    func giveBack() {
        guard isDetached else { return endConnection() }
        Glibc.close(ownDescriptor)
        LoopActor.post { HTTPServer.streamClosed(self) }
    }

    /// Any thread. The flag is set before the resume, so the next read sees it and ends the connection.
    private func endConnection() {
        let daemon = daemon
        isClosing.store(true, ordering: .releasing)
        // Once resumed, the loop may free this object at any moment.
        MHD_resume_connection(connection)
        LoopActor.post { daemon.runSoon() }
    }
}
