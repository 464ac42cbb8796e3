import CoreTypes
import EventLoop
import Glibc
import PeerLink
import PeerWire

/// A link and its one channel. Message n is n in four bytes, then `pattern` from byte 7 n mod 1,024.
@LoopActor
final class ProbeLink: PeerLinkDelegate {
    let number: Int
    private(set) var link: any PeerLink
    private(set) var channel: DataChannel?
    private let made = Clock.now
    private var expected = 0
    private var received = 0
    private var wrong = 0
    private var receivedBytes = 0
    private var seen: [Bool] = []
    private var sending = Sending()
    private var timer: LoopTimer?

    private struct Sending {
        var count = 0
        var size = 0
        var next = 0
        var isTold = true
    }

    private static let pattern = (0..<(1 << 18)).map { UInt8(truncatingIfNeeded: 31 * $0 + $0 / 256) }

    init(_ number: Int, host: PeerLinkHost) throws {
        self.number = number
        link = try host.makeLink(delegate: nil)
        link.delegate = self
    }

    func openChannel(isOrdered: Bool) throws {
        adopt(try link.openChannel("pieces", ChannelOptions(isOrdered: isOrdered)))
    }

    private func adopt(_ channel: DataChannel) {
        self.channel = channel
        channel.lowThreshold = 128 * 1024
        channel.onMessage = { [weak self] bytes, _ in self?.receive(bytes) }
        channel.onOpen = { [weak self] in self?.tell("open") }
        channel.onClose = { [weak self] in self?.tell("channelClosed") }
        channel.onLow = { [weak self] in self?.fill() }
    }

    private func tell(_ event: String, _ more: [String: Any] = [:]) {
        let milliseconds = Double(Clock.now.nanoseconds - made.nanoseconds) / 1_000_000
        emit(more.merging(["event": event, "link": number, "ms": milliseconds]) { left, _ in left })
    }

    // MARK: Traffic

    func expect(_ count: Int) {
        (expected, received, wrong, receivedBytes) = (count, 0, 0, 0)
        seen = [Bool](repeating: false, count: count)
        tell("expecting")
    }

    private func receive(_ bytes: UnsafeRawBufferPointer) {
        receivedBytes += bytes.count
        received += 1
        if let number = Self.number(of: bytes), number < seen.count, !seen[number] {
            seen[number] = true
        } else {
            wrong += 1
        }
        guard received == expected else { return }
        tell("received", ["count": received, "wrong": wrong, "bytes": receivedBytes])
    }

    private static func message(_ number: Int, size: Int) -> [UInt8] {
        let start = number * 7 % 1_024
        return withUnsafeBytes(of: UInt32(number).bigEndian) { Array($0) } + pattern[start..<(start + size - 4)]
    }

    private static func number(of bytes: UnsafeRawBufferPointer) -> Int? {
        guard let start = bytes.baseAddress, bytes.count >= 4 else { return nil }
        let number = Int(UInt32(bigEndian: bytes.loadUnaligned(as: UInt32.self)))
        let isRight = pattern.withUnsafeBytes {
            memcmp($0.baseAddress! + number * 7 % 1_024, start + 4, bytes.count - 4) == 0
        }
        return isRight ? number : nil
    }

    /// As fast as the channel takes them, or so many bits per second.
    func send(count: Int, size: Int, bitsPerSecond: Double?) {
        sending = Sending(count: count, size: size, next: 0, isTold: false)
        timer?.cancel()
        timer = nil
        guard let bitsPerSecond else { return fill() }
        let start = Clock.now
        timer = LoopTimer.every(milliseconds: 20) { [weak self] in
            guard let self else { return }
            let seconds = Double(Clock.now.nanoseconds - start.nanoseconds) / 1_000_000_000
            let due = min(count, Int(seconds * bitsPerSecond / 8 / Double(size)))
            while sending.next < due, put() {}
            if sending.next == count { endOfSending() }
        }
    }

    private func put() -> Bool {
        guard channel?.send(Self.message(sending.next, size: sending.size)) == .queued else { return false }
        sending.next += 1
        return true
    }

    private func fill() {
        guard timer == nil else { return }
        while sending.next < sending.count, put() {}
        if sending.next == sending.count { endOfSending() }
    }

    private func endOfSending() {
        timer?.cancel()
        timer = nil
        guard !sending.isTold else { return }
        sending.isTold = true
        let figures = link.statistics
        tell(
            "sent",
            [
                "count": sending.next, "window": figures.channels.path?.congestionWindow ?? 0,
                "roundTripMs": figures.roundTripMs ?? 0, "pair": figures.selectedPair?.description ?? "",
            ])
    }

    func tellStatistics() {
        let figures = link.statistics
        let counters = figures.channels.counters
        tell(
            "statistics",
            [
                "messagesIn": counters.messagesIn, "messagesOut": counters.messagesOut, "stray": counters.stray,
                "expired": counters.expired, "refused": counters.refused, "datagramsIn": figures.datagramsIn,
                "datagramsOut": figures.datagramsOut, "datagramsDropped": figures.datagramsDropped,
                "buffered": figures.channels.bufferedBytes, "wrong": wrong, "received": received,
            ])
    }

    // MARK: Delegate

    func link(_ link: any PeerLink, changedTo state: LinkState) {
        switch state {
        case .new: break
        case .connecting: tell("connecting")
        case .open: tell("linkOpen")
        case .closed(let reason):
            timer?.cancel()
            tell("closed", ["reason": "\(reason)"])
        }
    }

    func link(_ link: any PeerLink, found candidate: ICECandidate?) {
        tell("candidate", candidate.map { ["candidate": $0.line] } ?? [:])
    }

    func link(_ link: any PeerLink, peerOpened channel: DataChannel) {
        adopt(channel)
        tell("channel", ["label": channel.label, "ordered": channel.options.isOrdered])
    }
}
