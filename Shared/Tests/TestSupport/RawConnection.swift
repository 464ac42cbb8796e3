import CoreTypes
import EventLoop
import Glibc
import HTTPServer

/// A plain TCP connection for requests that no well-behaved client would send. Blocking calls run off the loop.
public final class RawConnection: Sendable {
    /// The socket.
    public let descriptor: Int32

    /// Connects; what is received later takes at most 10 s.
    public init(_ address: ListenAddress) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var timeout = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        _ = SocketAddress(address.host, address.port).withPointer { connect(descriptor, $0, $1) }
    }

    deinit { close(descriptor) }

    /// Sends a text as it is.
    public func send(_ text: String) {
        _ = Array(text.utf8).withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    }

    /// Everything until `isEnough` says so, or the connection ends.
    public func receive(until isEnough: @escaping @Sendable (String) -> Bool = { _ in false }) async -> String {
        let descriptor = descriptor
        return await withCheckedContinuation { done in
            _ = detachedThread {
                var bytes: [UInt8] = []
                var block = [UInt8](repeating: 0, count: 65_536)
                while !isEnough(String(decoding: bytes, as: UTF8.self)) {
                    let count = recv(descriptor, &block, block.count, 0)
                    guard count > 0 else { break }
                    bytes.append(contentsOf: block[0..<count])
                }
                done.resume(returning: String(decoding: bytes, as: UTF8.self))
            }
        }
    }
}

/// Runs `body` on a thread of its own.
public func detachedThread(_ body: @escaping @Sendable () -> Void) -> pthread_t {
    final class Box: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var thread = pthread_t()
    pthread_create(
        &thread, nil,
        { context in
            if let context { Unmanaged<Box>.fromOpaque(context).takeRetainedValue().body() }
            return nil
        }, Unmanaged.passRetained(Box(body)).toOpaque())
    pthread_detach(thread)
    return thread
}
