import CoreTypes
import EventLoop
import PeerWire
import TestSupport
import Testing

@testable import PeerLink

@LoopActor
@Suite(.serialized)
struct LoopbackTests {
    @Test func `two links exchange messages`() async throws {
        let pair = try LinkPair()
        try pair.connect()
        let channel = try pair.offerer.openChannel("pieces", ChannelOptions())
        #expect(channel.send(Array("hello".utf8)) == .queued)
        try await eventually("the message arrives") { pair.answererEvents.messages.count == 1 }
        #expect(pair.answererEvents.messages == [Array("hello".utf8)])
        pair.close()
        try await eventually("both are closed") { pair.host.statistics.links == 0 }
    }
}
