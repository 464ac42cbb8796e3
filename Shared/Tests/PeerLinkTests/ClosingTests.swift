import CoreTypes
import EventLoop
import Foundation
import PeerWire
import TestSupport
import Testing

@testable import PeerLink

@LoopActor
@Suite(.serialized)
struct ClosingTests {
    private static var descriptorCount: Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
    }

    @Test func `a link that is closed is closed at the other side, once, for that reason`() async throws {
        let pair = try LinkPair()
        let channel = try pair.offerer.openChannel("pieces", ChannelOptions())
        var isToldOfChannel = false
        channel.onClose = { isToldOfChannel = true }
        try pair.connect()
        try await eventually("both are open") { pair.offerer.state == .open && pair.answerer.state == .open }
        pair.offerer.close(.local("enough"))
        pair.offerer.close(.local("again"))
        #expect(pair.offererEvents.states == [.connecting, .open, .closed(.local("enough"))])
        #expect(isToldOfChannel && channel.state == .closed && channel.send([1]) == .closed)
        try await eventually("the other side sees it") { pair.answerer.state.isClosed }
        try await eventually("nothing is left") { pair.host.statistics.links == 0 }
        #expect(pair.answererEvents.states == [.connecting, .open, .closed(.peer)])
        #expect(throws: LinkError.wrongState) { try pair.offerer.openChannel("late", ChannelOptions()) }
        #expect(throws: LinkError.wrongState) { try pair.offerer.makeOffer() }
    }

    @Test func `a link may be closed from within everything that it tells`() async throws {
        for moment in 0..<4 {
            let pair = try LinkPair()
            let channel = try pair.offerer.openChannel("pieces", ChannelOptions())
            channel.send([1, 2, 3])
            // Not the pair: it holds the events that hold this.
            let close = { [unowned answerer = pair.answerer] in answerer.close(.local("within")) }
            pair.answererEvents.onChannel = { channel in
                if moment == 0 { close() }
                channel.onMessage = { _, _ in if moment == 1 { close() } }
            }
            channel.onOpen = { if moment == 2 { close() } }
            channel.onClose = { if moment == 3 { close() } }
            try pair.connect()
            if moment == 3 {
                try await eventually("it is open") { pair.offerer.state == .open }
                pair.offerer.close(.local("first"))
            }
            try await eventually("moment \(moment)") { pair.host.statistics.links == 0 }
            #expect(pair.offererEvents.states.count { $0.isClosed } == 1)
            #expect(pair.answererEvents.states.count { $0.isClosed } == 1)
        }
    }

    @Test func `a certificate that the description does not name is refused`() async throws {
        let pair = try LinkPair()
        let offer = try pair.offerer.makeOffer()
        var tampered = offer
        tampered.fingerprint = CertificateFingerprint(bytes: offer.fingerprint.bytes.map { $0 ^ 1 })!
        try pair.offerer.accept(try pair.answerer.makeAnswer(to: tampered))
        try await eventually("the answerer refuses") { pair.answererEvents.reason == .wrongFingerprint }
        try await eventually("the offerer sees the end of it") { pair.offerer.state.isClosed }
        #expect(!pair.answererEvents.states.contains(.open))
    }

    @Test func `fifty links open and close, and leave no descriptor behind`() async throws {
        var configuration = HostConfiguration()
        configuration.ice.localAddresses = [IPAddress("127.0.0.1")!]
        let host = try PeerLinkHost(configuration)
        let base = Self.descriptorCount
        for _ in 0..<2 {
            let pairs = try (0..<25).map { _ in try LinkPair(host) }
            for pair in pairs { try pair.connect() }
            try await eventually("all are open") {
                pairs.allSatisfy { $0.offerer.state == .open && $0.answerer.state == .open }
            }
            #expect(Self.descriptorCount >= base + 50)
            host.close()
            try await eventually("all are gone") { host.statistics.links == 0 }
            #expect(Self.descriptorCount == base)
        }
        #expect(host.statistics.made == 100 && host.statistics.opened == 100)
    }

    @Test func `an offer that nobody answers is closed in time`() async throws {
        let pair = try LinkPair { $0.setUpTimeoutMs = 50 }
        _ = try pair.offerer.makeOffer()
        try await eventually("it gives up") { pair.offererEvents.reason == .setUpTimedOut }
        try await pair.closeAndCheck()
    }

    @Test func `a link without an address to bind says so, and leaves nothing behind`() async throws {
        let base = Self.descriptorCount
        let pair = try LinkPair(address: "192.0.2.77")
        #expect { try pair.offerer.makeOffer() } throws: { "\($0)".contains("no local address can be bound") }
        #expect(pair.offererEvents.states.count == 1 && pair.offerer.state.isClosed)
        try await eventually("it is gone") { pair.host.statistics.links == 1 }
        #expect(Self.descriptorCount == base)
        pair.close()
    }

    @Test func `a host makes as many links as it may`() throws {
        var configuration = HostConfiguration()
        configuration.linksMax = 2
        let host = try PeerLinkHost(configuration)
        _ = try (host.makeLink(delegate: nil), host.makeLink(delegate: nil))
        #expect(throws: LinkError.tooManyLinks(max: 2)) { try host.makeLink(delegate: nil) }
        #expect(host.statistics.refused == 1)
        host.close()
    }

    @Test func `calls out of turn are refused`() async throws {
        let pair = try LinkPair()
        let offer = try pair.offerer.makeOffer()
        #expect(throws: LinkError.wrongState) { try pair.offerer.makeOffer() }
        #expect(throws: LinkError.notAnAnswer) { try pair.offerer.accept(offer) }
        let answer = try pair.answerer.makeAnswer(to: offer)
        #expect(throws: LinkError.wrongState) { try pair.answerer.accept(answer) }
        try pair.offerer.accept(answer)
        #expect(throws: LinkError.wrongState) { try pair.offerer.accept(answer) }
        try await eventually("it opens all the same") { pair.offerer.state == .open }
        try await pair.closeAndCheck()
    }
}
