import CoreTypes
import EventLoop
import Glibc
import HTTPClient
import HTTPServer
import Testing

@testable import FanOut

@LoopActor
@Suite(.serialized)
struct FanOutTests {
    /// Frames whose payload tells its sequence: "<sequence>:xxxx…;".
    static func frame(_ sequence: UInt64, count: Int = 1_000) -> [UInt8] {
        let head = Array("\(sequence):".utf8)
        return head + [UInt8](repeating: UInt8(ascii: "x"), count: count - head.count - 1) + [UInt8(ascii: ";")]
    }

    @LoopActor final class Rig {
        let fanOut = FanOut(threads: 2, passIntervalMs: 1)
        let ring: FanOutRing
        let server: HTTPServer
        let client = HTTPClient()
        var summaries: [ViewerSummary] = []
        var point = JoinPoint.newest
        var sequence: UInt64 = 0
        var url: String { "http://\(server.addresses[0])/live" }

        init(windowMs: Int64 = 30_000) throws {
            ring = fanOut.makeRing(windowMs: windowMs)
            let router = Router()
            let address = try #require(ListenAddress("127.0.0.1:0"))
            server = HTTPServer(HTTPServer.Configuration(listen: [address]), router: router)
            router.get("/live") { [weak self] _ in
                guard let self else { return Problem(404, "gone", "gone").reply }
                let body = ring.makeBody(head: Array("head;".utf8), from: point) { self.summaries.append($0) }
                return .stream(StreamResponse(headers: [("Content-Type", "text/plain")], body: body))
            }
            try server.start()
        }

        /// Appends frames 200 ms apart; every fifth is a join point.
        func append(_ count: Int, bytes: Int = 1_000) {
            for _ in 0..<count {
                sequence += 1
                ring.append(
                    FanOutTests.frame(sequence, count: bytes), sequence: sequence, wall: Int64(sequence) * 200,
                    isJoinPoint: sequence % 5 == 1)
            }
        }
    }

    /// Takes the payload apart as it comes: the name of each frame, and whether its filling had the right length.
    struct FrameScanner {
        private(set) var frames: [String] = []
        private(set) var counts: [Int] = []
        private var name: [UInt8] = []
        private var count = 0
        private var isInName = true

        mutating func scan(_ bytes: UnsafeRawBufferPointer) {
            var position = 0
            while position < bytes.count {
                if isInName {
                    let byte = bytes[position]
                    position += 1
                    count += 1
                    if byte == UInt8(ascii: ";") {
                        finish()
                    } else if byte == UInt8(ascii: ":") {
                        isInName = false
                    } else {
                        name.append(byte)
                    }
                } else {
                    let left = bytes.count - position
                    let found = memchr(bytes.baseAddress! + position, Int32(UInt8(ascii: ";")), left)
                    let end = found.map { UnsafeRawPointer($0) - bytes.baseAddress! + 1 } ?? bytes.count
                    count += end - position
                    position = end
                    if found != nil { finish() }
                }
            }
        }

        private mutating func finish() {
            frames.append(String(decoding: name, as: UTF8.self))
            counts.append(count)
            name = []
            count = 0
            isInName = true
        }
    }

    @LoopActor final class Reader: HTTPTransferDelegate {
        var scanner = FrameScanner()
        var isOver = false
        var error: HTTPClientError?
        var frames: [String] { scanner.frames }
        func transfer(_ transfer: HTTPTransfer, didReceiveHead status: Int, headers: [(name: String, value: String)]) {}
        func transfer(_ transfer: HTTPTransfer, didReceive bytes: UnsafeRawBufferPointer) { scanner.scan(bytes) }
        func transfer(_ transfer: HTTPTransfer, didEnd error: HTTPClientError?) {
            isOver = true
            self.error = error
        }
    }

    func request(_ rig: Rig) -> HTTPClientRequest {
        var request = HTTPClientRequest("GET", rig.url)
        request.timeoutMs = 0
        return request
    }

    @Test func `a joiner gets head, prefix, and frames from the newest join point on, to a proper end`() async throws {
        let rig = try Rig()
        rig.ring.setPrefix(Array("prefix;".utf8))
        rig.append(8)
        let reader = Reader()
        let transfer = try rig.client.start(request(rig), delegate: reader)
        while reader.frames.last != "8" { await pause() }
        rig.append(2)
        while reader.frames.last != "10" { await pause() }
        rig.ring.close()
        while !reader.isOver { await pause() }
        #expect(reader.error == nil)
        #expect(reader.frames == ["head", "prefix", "6", "7", "8", "9", "10"])
        while rig.summaries.isEmpty { await pause() }
        #expect(rig.summaries[0].reason == .ended)
        #expect(rig.fanOut.statistics.viewers == 0)
        withExtendedLifetime(transfer) {}
        await rig.server.stop(drainMs: 1_000)
    }

    @Test func `HTTP/1.0 is read through the server, without chunk coding`() async throws {
        let rig = try Rig()
        rig.ring.setPrefix(Array("prefix;".utf8))
        rig.append(8, bytes: 9_000)
        let (address, ring) = (rig.server.addresses[0], rig.ring)
        let descriptor = connectTo(address)
        let request = Array("GET /live HTTP/1.0\r\n\r\n".utf8)
        _ = request.withUnsafeBytes { send($0, to: descriptor) }
        var bytes: [UInt8] = []
        while bytes.count < 3 * 9_000 { bytes += await receiveSome(descriptor) }
        rig.append(3, bytes: 9_000)
        ring.close()
        while true {
            let more = await receiveSome(descriptor)
            if more.isEmpty { break }
            bytes += more
        }
        close(descriptor)
        let text = String(decoding: bytes, as: UTF8.self)
        let body = text.split(separator: "\r\n\r\n", maxSplits: 1)[1]
        #expect(!text.lowercased().contains("transfer-encoding"))
        let names = body.split(separator: ";").map { word in String(word.prefix { $0 != ":" }) }
        #expect(names == ["head", "prefix", "6", "7", "8", "9", "10", "11"])
        let expectedCount = 5 + 7 + 6 * 9_000
        #expect(body.utf8.count == expectedCount)
        await rig.server.stop(drainMs: 1_000)
    }

    @Test func `a viewer that does not read is jumped to a join point, then dropped, and others lose nothing`()
        async throws
    {
        let rig = try Rig(windowMs: 60_000)
        rig.append(1)
        let stuck = connectTo(rig.server.addresses[0])
        _ = Array("GET /live HTTP/1.1\r\nHost: x\r\n\r\n".utf8).withUnsafeBytes { send($0, to: stuck) }
        let reader = Reader()
        let transfer = try rig.client.start(request(rig), delegate: reader)
        while rig.fanOut.statistics.viewers < 2 { await pause() }
        // Far more than any socket buffer, while the good viewer reads along.
        while rig.summaries.isEmpty, rig.sequence < 2_000 {
            rig.append(1, bytes: 100_000)
            while reader.frames.last != "\(rig.sequence)" { await pause() }
        }
        #expect(rig.summaries.first?.reason == .tooSlow)
        #expect(rig.fanOut.statistics.drops == 1)
        #expect(rig.fanOut.statistics.viewers == 1)
        #expect(!reader.isOver)
        close(stuck)
        transfer.cancel()
        await rig.server.stop(drainMs: 1_000)
    }

    @Test func `a slow viewer jumps at a frame's end to a join point and keeps its framing`() async throws {
        let rig = try Rig(windowMs: 60_000)
        rig.append(1)
        let slow = connectTo(rig.server.addresses[0], receiveBuffer: 65_536)
        _ = Array("GET /live HTTP/1.1\r\nHost: x\r\n\r\n".utf8).withUnsafeBytes { send($0, to: slow) }
        while rig.fanOut.statistics.viewers < 1 { await pause() }
        // More than the sockets hold, but younger than the drop limit: 8 s < lag < 16 s.
        rig.append(60, bytes: 100_000)
        let reader = ChunkedReader()
        while rig.fanOut.statistics.jumps == 0 { reader.feed(await receiveSome(slow)) }
        while reader.scanner.frames.last != "\(rig.sequence)" { reader.feed(await receiveSome(slow)) }
        close(slow)
        let numbers = reader.scanner.frames.dropFirst().compactMap { UInt64($0) }
        let jumps = zip(numbers, numbers.dropFirst()).filter { $0 + 1 != $1 }
        #expect(!jumps.isEmpty)
        #expect(jumps.allSatisfy { $1 % 5 == 1 }, "each jump lands on a join point: \(jumps)")
        #expect(reader.scanner.counts.dropFirst(2).allSatisfy { $0 == 100_000 })
        #expect(!reader.isBroken)
        await rig.server.stop(drainMs: 1_000)
    }

    @Test func `a ring grows to hold its window and takes its viewers along`() async throws {
        let rig = try Rig(windowMs: 20_000)
        rig.append(1)
        let reader = Reader()
        let transfer = try rig.client.start(request(rig), delegate: reader)
        while rig.fanOut.statistics.viewers < 1 { await pause() }
        for _ in 0..<200 {
            rig.append(1, bytes: 100_000)
            while reader.frames.last != "\(rig.sequence)" { await pause() }
        }
        let sixteenMiB = 16 << 20
        #expect(rig.ring.capacity == sixteenMiB)
        let all = ["head"] + (1...201).map { "\($0)" }
        #expect(reader.frames == all)
        rig.point = .sequence(150)
        let second = Reader()
        let later = try rig.client.start(request(rig), delegate: second)
        while second.frames.last != "201" { await pause() }
        let tail = ["head"] + (150...201).map { "\($0)" }
        #expect(second.frames == tail)
        transfer.cancel()
        later.cancel()
        await rig.server.stop(drainMs: 1_000)
    }

    @Test func `stopping the server ends its viewers`() async throws {
        let rig = try Rig()
        rig.append(3)
        let reader = Reader()
        let transfer = try rig.client.start(request(rig), delegate: reader)
        while reader.frames.last != "3" { await pause() }
        await rig.server.stop(drainMs: 5_000)
        while !reader.isOver { await pause() }
        #expect(reader.error == nil)
        #expect(rig.summaries.map(\.reason) == [.ended])
        withExtendedLifetime(transfer) {}
    }

    /// Undoes HTTP's chunk coding of an answer read from a plain socket.
    final class ChunkedReader {
        var scanner = FrameScanner()
        private(set) var isBroken = false
        private var bytes: [UInt8] = []
        private var isInBody = false

        func feed(_ more: [UInt8]) {
            bytes += more
            if !isInBody {
                guard
                    let end = (0..<max(0, bytes.count - 3)).first(where: {
                        Array(bytes[$0..<($0 + 4)]) == [13, 10, 13, 10]
                    })
                else { return }
                bytes.removeFirst(end + 4)
                isInBody = true
            }
            var start = 0
            while bytes.count - start >= 10 {
                guard let size = Int(String(decoding: bytes[start..<(start + 8)], as: UTF8.self), radix: 16) else {
                    isBroken = true
                    return
                }
                guard bytes.count - start >= size + 12 else { break }
                bytes[(start + 10)..<(start + 10 + size)].withUnsafeBytes { scanner.scan($0) }
                if bytes[start + 10 + size] != 13 { isBroken = true }
                start += size + 12
            }
            bytes.removeFirst(start)
        }
    }

    // MARK: Plain sockets

    func connectTo(_ address: ListenAddress, receiveBuffer: Int32? = nil) -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        if var bytes = receiveBuffer { setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, 4) }
        _ = SocketAddress(address.host, address.port).withPointer { connect(descriptor, $0, $1) }
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        return descriptor
    }

    func send(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int {
        Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// The next bytes, none at the end.
    func receiveSome(_ descriptor: Int32) async -> [UInt8] {
        var block = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &block, block.count, 0)
            if count < 0, errno == EAGAIN {
                await pause()
                continue
            }
            return Array(block[0..<max(0, count)])
        }
    }

    func pause() async {
        await withCheckedContinuation { done in LoopTimer.after(milliseconds: 1) { done.resume() } }
    }
}
