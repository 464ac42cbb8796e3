import CoreTypes
import EventLoop
import TestSupport
import Testing

@testable import SCTPCore

/// One end that remembers, and whose packets wait for the test to carry them.
@LoopActor
final class End: SCTPEndpointDelegate {
    let endpoint: UsrsctpEndpoint
    var packets: [[UInt8]] = []
    var messages: [(stream: UInt16, bytes: [UInt8])] = []
    var resets: [UInt16] = []
    var isOpen = false
    var ends: [SCTPError] = []

    init(_ configuration: SCTPConfiguration = SCTPConfiguration()) throws {
        endpoint = try UsrsctpEndpoint(port: 5_000, remotePort: 5_000, configuration: configuration)
        endpoint.delegate = self
    }

    func endpoint(_ endpoint: any SCTPEndpoint, transmit packet: UnsafeRawBufferPointer) {
        packets.append(Array(packet))
    }
    func endpointDidOpen(_ endpoint: any SCTPEndpoint) { isOpen = true }
    func endpoint(_ endpoint: any SCTPEndpoint, received message: borrowing InboundMessage) {
        #expect(message.payloadProtocol == 53)
        messages.append((message.stream, Array(message.bytes)))
    }
    func endpointIsWritable(_ endpoint: any SCTPEndpoint) {}
    func endpoint(_ endpoint: any SCTPEndpoint, peerResetStream stream: UInt16) { resets.append(stream) }
    func endpoint(_ endpoint: any SCTPEndpoint, ended error: SCTPError) { ends.append(error) }
}

@LoopActor
@Suite(.serialized)
struct SCTPEndpointTests {
    /// Carries packets until there are none; `loses` says which are lost.
    private func settle(_ first: End, _ second: End, loses: () -> Bool = { false }) {
        while !first.packets.isEmpty || !second.packets.isEmpty {
            let (there, back) = (first.packets, second.packets)
            (first.packets, second.packets) = ([], [])
            for packet in there where !loses() { packet.withUnsafeBytes { second.endpoint.receive($0) } }
            for packet in back where !loses() { packet.withUnsafeBytes { first.endpoint.receive($0) } }
        }
    }

    private func connected(_ configuration: SCTPConfiguration = SCTPConfiguration()) async throws -> (End, End) {
        let (first, second) = (try End(configuration), try End(configuration))
        first.endpoint.connect()
        second.endpoint.connect()
        try await eventually("both are open") {
            settle(first, second)
            return first.isOpen && second.isOpen
        }
        return (first, second)
    }

    @Test func `messages arrive whole, through losses`() async throws {
        let (first, second) = try await connected()
        var generator = SeededGenerator(seed: 4)
        let sent = (0..<40).map { _ in randomBytes(.random(in: 1...16_384, using: &generator), using: &generator) }
        var next = 0
        try await eventually("all have arrived") {
            while next < sent.count {
                let outcome = sent[next].withUnsafeBytes {
                    first.endpoint.send($0, stream: 3, payloadProtocol: 53, isOrdered: true)
                }
                guard outcome == .taken else { break }
                next += 1
            }
            settle(first, second) { Int.random(in: 0..<50, using: &generator) == 0 }
            return second.messages.count == sent.count
        }
        #expect(second.messages.map(\.bytes) == sent && second.messages.allSatisfy { $0.stream == 3 })
        try await eventually("all are acknowledged") {
            settle(first, second)
            return first.endpoint.unacknowledgedBytes == 0
        }
        #expect(try #require(first.endpoint.path).congestionWindow > 0)
        first.endpoint.close()
        settle(first, second)
        #expect(second.ends == [.ended])
        second.endpoint.close()
    }

    @Test func `no packet is longer than the path takes, and a full buffer says so`() async throws {
        let (first, second) = try await connected()
        let message = [UInt8](repeating: 9, count: 16_384)
        var taken = 0
        while message.withUnsafeBytes({ first.endpoint.send($0, stream: 0, payloadProtocol: 53, isOrdered: false) })
            == .taken
        {
            taken += 1
        }
        #expect(taken == 8 && first.endpoint.unacknowledgedBytes == 8 * 16_384)
        let longest = first.packets.map(\.count).max() ?? 0
        #expect((1_101...SCTPConfiguration().packetBytesMax).contains(longest))
        for end in [first, second] { end.endpoint.close() }
    }

    @Test func `a stream that is reset is reset at the other end`() async throws {
        let (first, second) = try await connected()
        _ = [UInt8(1)].withUnsafeBytes { first.endpoint.send($0, stream: 5, payloadProtocol: 53, isOrdered: true) }
        settle(first, second)
        first.endpoint.reset(stream: 5)
        try await eventually("the other end sees it") {
            settle(first, second)
            return second.resets == [5]
        }
        for end in [first, second] { end.endpoint.close() }
    }

    @Test(arguments: 0..<20) func `junk does no harm`(seed: UInt64) async throws {
        let (first, second) = try await connected()
        var generator = SeededGenerator(seed: seed)
        [UInt8](repeating: 1, count: 2_000).withUnsafeBytes {
            _ = first.endpoint.send($0, stream: 0, payloadProtocol: 53, isOrdered: false)
        }
        // Changed packets fail their checksum, short ones have none.
        for packet in first.packets {
            var changed = packet
            changed[.random(in: 0..<changed.count, using: &generator)] ^= 1 << Int.random(in: 0..<8, using: &generator)
            changed.withUnsafeBytes { second.endpoint.receive($0) }
            Array(packet.prefix(.random(in: 0..<packet.count, using: &generator))).withUnsafeBytes {
                second.endpoint.receive($0)
            }
        }
        randomBytes(100, using: &generator).withUnsafeBytes { second.endpoint.receive($0) }
        #expect(second.messages.isEmpty && second.ends.isEmpty, "seed \(seed)")
        settle(first, second)
        #expect(second.messages.count == 1, "seed \(seed)")
        for end in [first, second] { end.endpoint.close() }
    }
}

@Suite struct MessageJoinerTests {
    private func take(_ joiner: inout MessageJoiner, _ bytes: [UInt8], _ stream: UInt16, ends: Bool)
        -> MessageJoiner.Outcome
    {
        bytes.withUnsafeBytes { joiner.take($0, stream: stream, endsMessage: ends) }
    }

    @Test func `parts of several streams are kept apart, and bounded together`() {
        var joiner = MessageJoiner(messageBytesMax: 6)
        var outcomes = [take(&joiner, [1, 2], 0, ends: false), take(&joiner, [7], 1, ends: false)]
        outcomes += [take(&joiner, [3], 0, ends: true), take(&joiner, [8, 9], 1, ends: true)]
        #expect(outcomes == [.unfinished, .unfinished, .whole([1, 2, 3]), .whole([7, 8, 9])])
        outcomes = [take(&joiner, [1, 2, 3, 4], 0, ends: false), take(&joiner, [1, 2, 3], 1, ends: false)]
        #expect(outcomes == [.unfinished, .tooLong] && !joiner.holds(0))
    }
}
