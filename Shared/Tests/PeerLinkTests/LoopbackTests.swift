import CoreTypes
import EventLoop
import PeerWire
import STUNCore
import TestSupport
import Testing

@testable import PeerLink

/// Two real links of one process, over the kernel's loopback.
@LoopActor
@Suite(.serialized)
struct LoopbackTests {
    @Test(arguments: ["127.0.0.1", "::1"])
    func `thousands of messages cross in both directions at once`(address: String) async throws {
        let pair = try LinkPair(address: address)
        let messages = NumberedMessages(size: 16_384)
        let (there, back) = (Receiver(messages), Receiver(messages))
        pair.answererEvents.onChannel = { there.attach(to: $0) }
        let channel = try pair.offerer.openChannel("pieces", ChannelOptions())
        back.attach(to: channel)
        try pair.connect()
        let outward = Sender(channel, messages, count: 2_000)
        try await eventually("the channel is announced") { !pair.answererEvents.channels.isEmpty }
        let homeward = Sender(pair.answererEvents.channels[0], messages, count: 2_000)
        try await eventually("all have arrived") { there.numbers.count == 2_000 && back.numbers.count == 2_000 }
        #expect(there.wrong == 0 && back.wrong == 0)
        #expect(there.numbers.sorted() == Array(0..<2_000) && back.numbers.sorted() == Array(0..<2_000))
        #expect(outward.next == 2_000 && homeward.next == 2_000)
        let figures = pair.offerer.statistics
        #expect(figures.selectedPair?.remote.address.address == IPAddress(address))
        #expect(figures.channels.counters.bytesOut == 2_000 * 16_384)
        #expect(figures.channels.counters.bytesIn == 2_000 * 16_384)
        #expect(figures.opened.map { $0 >= figures.made } == true && figures.lastReceived != nil)
        #expect(figures.channels.path.map { $0.congestionWindow > 10_000 } == true)
        try await pair.closeAndCheck()
    }

    @Test func `an ordered channel keeps the order, beside one that does not`() async throws {
        let pair = try LinkPair()
        let messages = NumberedMessages(size: 3_000)
        let (first, second) = (Receiver(messages), Receiver(messages))
        pair.answererEvents.onChannel = { ($0.options.isOrdered ? first : second).attach(to: $0) }
        let ordered = try pair.offerer.openChannel("ordered", ChannelOptions(isOrdered: true, priority: .high))
        let unordered = try pair.offerer.openChannel("unordered", ChannelOptions())
        try pair.connect()
        let senders = [Sender(ordered, messages, count: 1_000), Sender(unordered, messages, count: 1_000)]
        try await eventually("all have arrived") { first.numbers.count == 1_000 && second.numbers.count == 1_000 }
        #expect(first.numbers == Array(0..<1_000))
        #expect(second.numbers.sorted() == Array(0..<1_000))
        #expect(senders.allSatisfy { $0.next == 1_000 })
        #expect(Set(pair.answererEvents.channels.map(\.label)) == ["ordered", "unordered"])
        #expect(pair.answererEvents.channels.first { $0.label == "ordered" }?.options.priority == .high)
        try await pair.closeAndCheck()
    }

    @Test func `empty messages and texts arrive as what they are`() async throws {
        let pair = try LinkPair()
        let channel = try pair.offerer.openChannel("mixed", ChannelOptions(isOrdered: true))
        let sent: [([UInt8], MessageKind)] = [
            ([], .binary), ([], .text), (Array("grün".utf8), .text), ([0], .binary),
            ([UInt8](repeating: 7, count: 17_408), .binary),
        ]
        for (bytes, kind) in sent { #expect(channel.send(bytes, as: kind) == .queued) }
        #expect(channel.send([UInt8](repeating: 7, count: 17_409)) == .tooLong)
        try pair.connect()
        try await eventually("all have arrived") { pair.answererEvents.messages.count == sent.count }
        #expect(pair.answererEvents.messages == sent.map(\.0))
        #expect(pair.answererEvents.kinds == sent.map(\.1))
        try await pair.closeAndCheck()
    }

    @Test func `a link opens while one in fifty datagrams is lost, and everything arrives after 20 ms each way`()
        async throws
    {
        let pair = try LinkPair { $0.impairment = Impairment(delayMs: 20, loss: 0.02, seed: 7) }
        let messages = NumberedMessages(size: 16_384)
        let there = Receiver(messages)
        pair.answererEvents.onChannel = { there.attach(to: $0) }
        let channel = try pair.offerer.openChannel("pieces", ChannelOptions())
        try pair.connect()
        let sender = Sender(channel, messages, count: 100)
        try await eventually("all have arrived") { there.numbers.count == 100 }
        #expect(there.wrong == 0 && there.numbers.sorted() == Array(0..<100) && sender.next == 100)
        #expect(try #require(pair.offerer.statistics.roundTripMs) >= 40)
        try await pair.closeAndCheck()
    }

    @Test func `candidates that come after the descriptions are enough`() async throws {
        let pair = try LinkPair()
        var offer = try pair.offerer.makeOffer()
        let late = offer.candidates
        #expect(!late.isEmpty)
        (offer.candidates, offer.isComplete) = ([], false)
        var answer = try pair.answerer.makeAnswer(to: offer)
        (answer.candidates, answer.isComplete) = ([], false)
        try pair.offerer.accept(answer)
        let name = ICECandidate(foundation: "1", priority: 9, host: .name("0a-1b.local"), port: 9)
        pair.answerer.add(name)
        for candidate in late { pair.answerer.add(candidate) }
        pair.answerer.add(nil)
        try await eventually("both are open") { pair.offerer.state == .open && pair.answerer.state == .open }
        #expect(pair.answerer.statistics.candidatesIgnored == 1)
        try await pair.closeAndCheck()
    }

    @Test func `a channel closes alone, after what it was given`() async throws {
        let pair = try LinkPair()
        let channel = try pair.offerer.openChannel("short", ChannelOptions())
        var closed: [String] = []
        pair.answererEvents.onChannel = { $0.onClose = { closed.append("theirs") } }
        channel.onClose = { closed.append("ours") }
        try pair.connect()
        try await eventually("it is open") { channel.state == .open }
        for number in 0..<50 { channel.send([UInt8](repeating: UInt8(number), count: 1_000)) }
        channel.close()
        #expect(channel.send([1]) == .closed)
        try await eventually("both ends are closed") { closed.count == 2 }
        #expect(Set(closed) == ["ours", "theirs"] && pair.answererEvents.messages.count == 50)
        #expect(pair.offerer.state == .open)
        let again = try pair.answerer.openChannel("again", ChannelOptions())
        try await eventually("another one opens") { again.state == .open }
        try await pair.closeAndCheck()
    }

    @Test func `candidates may overtake the answer`() async throws {
        let pair = try LinkPair()
        var answer = try pair.answerer.makeAnswer(to: try pair.offerer.makeOffer())
        for candidate in answer.candidates { pair.offerer.add(candidate) }
        pair.offerer.add(nil)
        // The answerer learns of the offerer by its checks alone.
        (answer.candidates, answer.isComplete) = ([], false)
        try pair.offerer.accept(answer)
        try await eventually("both are open") { pair.offerer.state == .open && pair.answerer.state == .open }
        try await pair.closeAndCheck()
    }

    @Test func `the STUN server's answer comes as a candidate after the offer`() async throws {
        // What a client behind a NAT would be told: an address that none of its interfaces has.
        let outside = SocketAddress(IPAddress("203.0.113.9")!, 40_000)
        let slot = STUNSlot()
        let server = try UDPSocket(SocketAddress(IPAddress("127.0.0.1")!, 0), bytesMax: STUNMessage.bytesMax) {
            slot.answer($0, $1, as: outside)
        }
        slot.server = server
        defer { server.close() }
        let pair = try LinkPair { $0.ice.stunServer = server.address }
        let offer = try pair.offerer.makeOffer()
        #expect(offer.candidates.allSatisfy { $0.kind == .host } && !offer.candidates.isEmpty && !offer.isComplete)
        try await eventually("the server's word is told") {
            pair.offererEvents.candidates.contains { $0?.kind == .serverReflexive && $0?.usableAddress == outside }
        }
        try await eventually("there are no more candidates") { pair.offererEvents.candidates.last == .some(nil) }
        #expect(pair.offerer.localDescription?.isComplete == true)
        #expect(pair.offerer.localDescription?.candidates.contains { $0.kind == .serverReflexive } == true)
        try await pair.closeAndCheck()
    }
}

/// Answers like the tracker, from a socket that exists only after its handler.
@LoopActor
private final class STUNSlot {
    var server: UDPSocket?

    func answer(_ bytes: [UInt8], _ origin: UDPSocket.Origin, as mapped: SocketAddress) {
        guard let server else { return }
        let answer = STUNResponder(primary: server.address).answer(bytes, from: mapped, to: server.address)
        if let answer { server.send(answer.bytes, answering: origin) }
    }
}
