import CoreTypes
import EventLoop
import Glibc

/// One HTTP/1.1 connection of the load tool: the least that talks to a tracker, so that ten thousand of them cost the
/// machine less than what they measure.
@LoopActor
final class LoadConnection {
    /// What comes back, in the order in which it comes.
    enum Received {
        /// A whole answer that said how long it is.
        case answer(status: Int, body: [UInt8])
        /// The head of an answer without an end.
        case streamBegins(status: Int)
        /// Some of its body.
        case piece(ArraySlice<UInt8>)
        /// The end of the connection.
        case end
    }

    private enum Body {
        case none
        case whole(status: Int, count: Int)
        /// Chunks; this many bytes of the present one are to come.
        case chunks(left: Int)
    }

    private let descriptor: Int32
    private let received: @LoopActor (Received) -> Void
    private var watch: DescriptorWatch?
    private var waiting: [UInt8] = []
    private var buffer: [UInt8] = []
    private var body = Body.none
    private var isConnected = false

    private static let blankLine = Array("\r\n\r\n".utf8), lineEnd = Array("\r\n".utf8)

    /// Connects from an address of its own; nil when the kernel has no more sockets or ports.
    init?(to target: SocketAddress, from source: IPAddress?, received: @escaping @LoopActor (Received) -> Void) {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        descriptor = socket(AF_INET, kind, 0)
        self.received = received
        guard descriptor >= 0 else { return nil }
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, 4)
        if let source {
            // The port is chosen with the connection: one per pair of addresses, not one per host.
            setsockopt(descriptor, Int32(IPPROTO_IP), IP_BIND_ADDRESS_NO_PORT, &on, 4)
            _ = SocketAddress(source, 0).withPointer { bind(descriptor, $0, $1) }
        }
        let status = target.withPointer { connect(descriptor, $0, $1) }
        guard status == 0 || errno == EINPROGRESS,
            let watch = DescriptorWatch(descriptor, [.read, .write], handler: { [weak self] in self?.handle($0) })
        else {
            Glibc.close(descriptor)
            return nil
        }
        self.watch = watch
    }

    /// Sends a request, when it is connected.
    func send(_ bytes: [UInt8]) {
        waiting += bytes
        if isConnected { write() }
    }

    /// Hangs up without a word.
    func close() {
        guard let watch else { return }
        watch.cancel()
        self.watch = nil
        Glibc.close(descriptor)
    }

    private func handle(_ events: DescriptorWatch.Events) {
        if !events.isDisjoint(with: [.write]) {
            isConnected = true
            write()
        }
        if !events.isDisjoint(with: [.read, .failed]) { read() }
    }

    private func write() {
        while !waiting.isEmpty {
            let sent = waiting.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard sent > 0 else {
                if errno == EAGAIN { watch?.watch(for: [.read, .write]) } else { end() }
                return
            }
            waiting.removeFirst(sent)
        }
        watch?.watch(for: .read)
    }

    private func read() {
        var block = [UInt8](repeating: 0, count: 16_384)
        while watch != nil {
            let count = block.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
            guard count > 0 else {
                if count < 0, errno == EAGAIN { return }
                return end()
            }
            buffer += block[..<count]
            parse()
            if count < block.count { return }
        }
    }

    private func end() {
        guard watch != nil else { return }
        close()
        received(.end)
    }

    // MARK: Reading answers

    private func parse() {
        while watch != nil, parseNext() {}
    }

    /// Takes the next thing off the buffer; false when there is not enough.
    private func parseNext() -> Bool {
        switch body {
        case .none:
            guard let end = buffer.firstRange(of: Self.blankLine) else { return false }
            let head = String(decoding: buffer[..<end.lowerBound], as: UTF8.self)
            buffer.removeSubrange(..<end.upperBound)
            let status = head.split(separator: " ", maxSplits: 2).dropFirst().first.flatMap { Int($0) } ?? 0
            guard let length = head.lowercased().firstRange(of: "content-length: ") else {
                body = status == 200 ? .chunks(left: 0) : .whole(status: status, count: 0)
                if status == 200 { received(.streamBegins(status: status)) }
                return true
            }
            let digits = head[length.upperBound...].prefix { $0.isNumber }
            body = .whole(status: status, count: Int(digits) ?? 0)
            return true
        case .whole(let status, let count):
            guard buffer.count >= count else { return false }
            let answer = Array(buffer[..<count])
            buffer.removeFirst(count)
            body = .none
            received(.answer(status: status, body: answer))
            return true
        case .chunks(let left): return parseChunk(left)
        }
    }

    private func parseChunk(_ left: Int) -> Bool {
        guard left == 0 else {
            // The line end after the data counts with it.
            let count = min(left, buffer.count)
            guard count > 0 else { return false }
            let data = buffer[..<min(count, max(0, left - 2))]
            body = .chunks(left: left - count)
            buffer.removeFirst(count)
            if !data.isEmpty { received(.piece(data)) }
            return true
        }
        guard let end = buffer.firstRange(of: Self.lineEnd) else { return false }
        let size = Int(String(decoding: buffer[..<end.lowerBound], as: UTF8.self), radix: 16) ?? 0
        buffer.removeSubrange(..<end.upperBound)
        body = size > 0 ? .chunks(left: size + 2) : .none
        if size == 0 { buffer = [] }
        return true
    }
}
