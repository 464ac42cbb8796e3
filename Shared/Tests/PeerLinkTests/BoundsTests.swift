import CoreTypes
import EventLoop
import PeerWire
import TestSupport
import Testing

@testable import PeerLink

/// What a peer may do, and what waits here, on real links.
@LoopActor
@Suite(.serialized)
struct BoundsTests {
    @Test func `a message above the limit ends the link of its receiver`() async throws {
        let pair = try LinkPair {
            $0.outboundMessageBytesMax = 100_000
            $0.inboundMessageBytesMax = 40_000
        }
        let channel = try pair.offerer.openChannel("pieces", ChannelOptions())
        let offer = try pair.offerer.makeOffer()
        var answer = try pair.answerer.makeAnswer(to: offer)
        // A peer that does not keep to what it was told.
        answer.messageBytesMax = 0
        try pair.offerer.accept(answer)
        #expect(channel.send([UInt8](repeating: 1, count: 40_000)) == .queued)
        try await eventually("the longest one arrives") { pair.answererEvents.messages.count == 1 }
        #expect(channel.send([UInt8](repeating: 1, count: 40_001)) == .queued)
        try await eventually("the receiver leaves") { pair.answererEvents.reason == .messageTooLong }
        try await eventually("the sender sees it") { pair.offererEvents.reason == .peer }
        #expect(pair.answererEvents.messages.count == 1)
    }

    @Test func `late messages are dropped before SCTP, and a full queue says so`() async throws {
        let pair = try LinkPair { $0.impairment = Impairment(delayMs: 100) }
        let channel = try pair.offerer.openChannel("pieces", ChannelOptions(queueBytesMax: 160_000))
        try pair.connect()
        try await eventually("it is open") { channel.state == .open }
        let message = [UInt8](repeating: 3, count: 16_000)
        // The first window lets two or three of them leave; the others wait for acknowledgements, 200 ms away.
        var queued = 0
        while channel.send(message, expires: Clock.now.advanced(byMilliseconds: 50)) == .queued { queued += 1 }
        #expect((10...13).contains(queued) && channel.send(message) == .full)
        try await eventually("nothing waits any more") { channel.bufferedAmount == 0 }
        let expired = pair.offerer.statistics.channels.counters.expired
        #expect(expired >= 8)
        try await eventually("the rest arrives") { pair.answererEvents.messages.count == queued - Int(expired) }
        try await pair.closeAndCheck()
    }

    @Test func `a peer opens four channels and no more`() async throws {
        let pair = try LinkPair()
        for number in 0..<4 { _ = try pair.offerer.openChannel("\(number)", ChannelOptions()) }
        try pair.connect()
        try await eventually("four are there") { pair.answererEvents.channels.count == 4 }
        #expect(pair.answerer.state == .open)
        _ = try pair.offerer.openChannel("too many", ChannelOptions())
        try await eventually("the fifth ends the link") { pair.answerer.state.isClosed }
        #expect(pair.answererEvents.reason == .misbehaviour("it opened more than 4 channels"))
    }

    @Test func `a label that is too long is refused here`() throws {
        let pair = try LinkPair()
        #expect(throws: LinkError.labelTooLong(bytesMax: 256)) {
            try pair.offerer.openChannel(String(repeating: "x", count: 257), ChannelOptions())
        }
        pair.close()
    }

    @Test func `candidates beyond the bound are ignored`() async throws {
        let pair = try LinkPair()
        let offer = try pair.offerer.makeOffer()
        _ = try pair.answerer.makeAnswer(to: offer)
        for port in UInt16(1_000)..<1_100 {
            let address = ICECandidate.Host.address(IPAddress("127.0.0.1")!)
            pair.answerer.add(ICECandidate(foundation: "\(port)", priority: 5, host: address, port: port))
        }
        #expect(pair.answerer.statistics.candidatesIgnored == 100 + offer.candidates.count - 64)
        try await pair.closeAndCheck()
    }
}
