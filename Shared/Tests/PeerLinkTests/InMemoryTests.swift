import CoreTypes
import EventLoop
import PeerLinkTesting
import PeerWire
import TestSupport
import Testing

@testable import PeerLink

@LoopActor
@Suite struct InMemoryTests {
    /// What a run of a seed delivered, when.
    private func run(seed: UInt64, _ conditions: PathConditions) throws -> (arrivals: [String], figures: LinkStatistics)
    {
        let clock = VirtualClock()
        let network = InMemoryNetwork(clock: clock, seed: seed, conditions: conditions)
        let (first, second) = (network.makeHost(), network.makeHost())
        let pair = try LinkPair(from: first, to: second)
        let messages = NumberedMessages(size: 4_000)
        var arrivals: [String] = []
        pair.answererEvents.onChannel = { channel in
            channel.onMessage = { bytes, _ in
                arrivals.append("\(messages.number(of: bytes) ?? -1) \(clock.now.nanoseconds)")
            }
        }
        let channel = try pair.offerer.openChannel("pieces", ChannelOptions())
        try pair.connect()
        let sender = Sender(channel, messages, count: 300)
        clock.advance(byMilliseconds: 60_000)
        #expect(sender.next == 300)
        let figures = pair.offerer.statistics
        pair.close()
        clock.advance(byMilliseconds: 1_000)
        #expect(first.statistics.links == 0 && second.statistics.links == 0)
        return (arrivals, figures)
    }

    @Test(arguments: 0..<20) func `a run follows from its seed`(seed: UInt64) throws {
        let conditions = PathConditions(delayMs: 20, jitterMs: 10, loss: 0.02, bitsPerSecond: 4_000_000)
        let (first, second) = (try run(seed: seed, conditions), try run(seed: seed, conditions))
        #expect(first.arrivals == second.arrivals, "seed \(seed)")
        let numbers = first.arrivals.compactMap { Int($0.split(separator: " ")[0]) }
        #expect(numbers.sorted() == Array(0..<300), "seed \(seed)")
        #expect(numbers != Array(0..<300), "jitter and loss change the order, seed \(seed)")
        #expect(first.figures.roundTripMs == 40)
    }

    @Test func `a cut path delivers nothing, and ends the links after nine seconds`() throws {
        let clock = VirtualClock()
        let network = InMemoryNetwork(clock: clock, seed: 1)
        let (first, second) = (network.makeHost(), network.makeHost())
        let pair = try LinkPair(from: first, to: second)
        let channel = try pair.offerer.openChannel("pieces", ChannelOptions())
        try pair.connect()
        clock.advance(byMilliseconds: 100)
        #expect(pair.offerer.state == .open && pair.answerer.state == .open)
        network.cut(between: first, and: second)
        channel.send([1])
        clock.advance(byMilliseconds: 5_000)
        #expect(pair.answererEvents.messages.isEmpty && pair.offerer.state == .open)
        network.heal(between: first, and: second)
        clock.advance(byMilliseconds: 5_000)
        #expect(pair.answererEvents.messages == [[1]] && pair.offerer.state == .open)
        network.cut(between: first, and: second)
        clock.advance(byMilliseconds: 9_001)
        #expect(pair.offererEvents.reason == .noPath && pair.answererEvents.reason == .noPath)
    }

    @Test func `what is late never leaves the queue, and a full queue says so`() throws {
        let clock = VirtualClock()
        let network = InMemoryNetwork(clock: clock, seed: 1, conditions: PathConditions(bitsPerSecond: 1_000_000))
        let pair = try LinkPair(from: network.makeHost(), to: network.makeHost())
        let channel = try pair.offerer.openChannel("pieces", ChannelOptions(queueBytesMax: 100_000))
        try pair.connect()
        clock.advance(byMilliseconds: 100)
        let message = [UInt8](repeating: 5, count: 10_000)
        let expires = clock.now.advanced(byMilliseconds: 500)
        var queued = 0
        while channel.send(message, expires: expires) == .queued { queued += 1 }
        #expect(channel.send(message) == .full)
        #expect((13...15).contains(queued), "the queue, and what SCTP is given beyond it")
        clock.advance(byMilliseconds: 10_000)
        // One megabit per second carries six or seven messages in half a second; what SCTP had by then arrives as well.
        let arrived = pair.answererEvents.messages.count
        #expect((6...12).contains(arrived))
        #expect(pair.offerer.statistics.channels.counters.expired == UInt64(queued - arrived))
        #expect(channel.bufferedAmount == 0)
        #expect(channel.send(message) == .queued)
        pair.close()
        clock.advance(byMilliseconds: 1_000)
    }

    @Test func `control goes before what waits on other channels`() throws {
        let clock = VirtualClock()
        let network = InMemoryNetwork(clock: clock, seed: 1, conditions: PathConditions(bitsPerSecond: 1_000_000))
        let pair = try LinkPair(from: network.makeHost(), to: network.makeHost())
        let pieces = try pair.offerer.openChannel("pieces", ChannelOptions())
        let control = try pair.offerer.openChannel("control", ChannelOptions(priority: .extraHigh))
        try pair.connect()
        clock.advance(byMilliseconds: 100)
        while pieces.send([UInt8](repeating: 5, count: 16_000)) == .queued {}
        control.send(Array("now".utf8))
        clock.advance(byMilliseconds: 600)
        #expect(pair.answererEvents.messages.contains(Array("now".utf8)))
        #expect(pieces.queuedBytes > 150_000)
        pair.close()
        clock.advance(byMilliseconds: 1_000)
    }

    @Test func `with the loop's own time it is a network for whole programs`() async throws {
        let network = InMemoryNetwork(clock: RealClock(), seed: 3, conditions: PathConditions(delayMs: 2))
        let pair = try LinkPair(from: network.makeHost(), to: network.makeHost())
        let channel = try pair.answerer.openChannel("back", ChannelOptions())
        channel.send(Array("hello".utf8))
        try pair.connect()
        try await eventually("the message arrives") { pair.offererEvents.messages == [Array("hello".utf8)] }
        try await pair.closeAndCheck()
    }

    @Test func `peers that break the rules are left`() throws {
        let clock = VirtualClock()
        let network = InMemoryNetwork(clock: clock, seed: 1)
        var wide = HostConfiguration()
        wide.outboundMessageBytesMax = 100_000
        var narrow = HostConfiguration()
        narrow.inboundMessageBytesMax = 1_000
        // Too many channels.
        var pair = try LinkPair(from: network.makeHost(), to: network.makeHost())
        for number in 0..<5 { _ = try pair.offerer.openChannel("\(number)", ChannelOptions()) }
        try pair.connect()
        clock.advance(byMilliseconds: 1_000)
        #expect(pair.answererEvents.reason == .misbehaviour("it opened more than 4 channels"))
        #expect(pair.offererEvents.reason == .peer)
        // This side keeps to what the peer takes.
        pair = try LinkPair(from: network.makeHost(wide), to: network.makeHost(narrow))
        let channel = try pair.offerer.openChannel("pieces", ChannelOptions())
        try pair.connect()
        clock.advance(byMilliseconds: 1_000)
        #expect(channel.send([UInt8](repeating: 1, count: 1_001)) == .tooLong)
        #expect(channel.send([UInt8](repeating: 1, count: 1_000)) == .queued)
        #expect(throws: LinkError.tooManyChannels(max: 8)) {
            for number in 0..<8 { _ = try pair.offerer.openChannel("\(number)", ChannelOptions()) }
        }
        pair.close()
        clock.advance(byMilliseconds: 1_000)
    }
}
