import CoreTypes
import EventLoop
import Glibc
import TestSupport

@testable import PeerLink

/// Messages whose content follows from their number: four bytes of number, then a run of a random block that begins where
/// the number says.
struct NumberedMessages: Sendable {
    let size: Int
    private let block: [UInt8]

    init(size: Int, seed: UInt64 = 1) {
        self.size = size
        var generator = SeededGenerator(seed: seed)
        block = randomBytes(size + 1_024, using: &generator)
    }

    subscript(number: Int) -> [UInt8] {
        let start = number * 7 % 1_024
        return withUnsafeBytes(of: UInt32(number).bigEndian) { Array($0) } + block[start..<(start + size - 4)]
    }

    /// The number of a message whose bytes are right.
    func number(of bytes: UnsafeRawBufferPointer) -> Int? {
        guard bytes.count == size else { return nil }
        let number = Int(UInt32(bigEndian: bytes.loadUnaligned(as: UInt32.self)))
        let start = number * 7 % 1_024
        let isRight = block.withUnsafeBytes {
            memcmp($0.baseAddress! + start, bytes.baseAddress! + 4, size - 4) == 0
        }
        return isRight ? number : nil
    }
}

/// Sends numbered messages as fast as the channel takes them.
@LoopActor
final class Sender {
    let channel: DataChannel
    let messages: NumberedMessages
    let count: Int
    private(set) var next = 0

    init(_ channel: DataChannel, _ messages: NumberedMessages, count: Int) {
        self.channel = channel
        self.messages = messages
        self.count = count
        channel.lowThreshold = 128 * 1024
        channel.onLow = { [unowned self] in fill() }
        fill()
    }

    private func fill() {
        while next < count, channel.send(messages[next]) == .queued { next += 1 }
    }
}

/// Counts what arrives.
@LoopActor
final class Receiver {
    private let messages: NumberedMessages
    private(set) var numbers: [Int] = []
    private(set) var wrong = 0

    init(_ messages: NumberedMessages) { self.messages = messages }

    func attach(to channel: DataChannel) {
        channel.onMessage = { [unowned self] bytes, _ in
            if let number = messages.number(of: bytes) { numbers.append(number) } else { wrong += 1 }
        }
    }
}
