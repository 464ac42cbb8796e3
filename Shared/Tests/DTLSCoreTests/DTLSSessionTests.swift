import CoreTypes
import EventLoop
import PeerWire
import TestSupport
import Testing

@testable import DTLSCore

/// Two sessions, and the datagrams between them in the hands of the test.
@LoopActor
final class SessionPair {
    let client: DTLSSession
    let server: DTLSSession
    var toServer: [[UInt8]] = []
    var toClient: [[UInt8]] = []
    var received: [[UInt8]] = []
    var opened = 0
    var ends: [DTLSError] = []
    /// Says which datagrams are lost.
    var loses: @LoopActor () -> Bool = { false }

    init(expecting: CertificateFingerprint? = nil) throws {
        let (first, second) = (try DTLSIdentity(), try DTLSIdentity())
        client = try DTLSSession(identity: first, isClient: true, expecting: expecting ?? second.fingerprint)
        server = try DTLSSession(identity: second, isClient: false, expecting: first.fingerprint)
        client.onDatagram = { [unowned self] in if !loses() { toServer.append(Array($0)) } }
        server.onDatagram = { [unowned self] in if !loses() { toClient.append(Array($0)) } }
        for session in [client, server] {
            session.onOpen = { [unowned self] in opened += 1 }
            session.onEnd = { [unowned self] in ends.append($0) }
            session.onData = { [unowned self] in received.append(Array($0)) }
        }
    }

    /// Carries datagrams until there are none.
    func settle() {
        while !toServer.isEmpty || !toClient.isEmpty {
            let (there, back) = (toServer, toClient)
            (toServer, toClient) = ([], [])
            for datagram in there { datagram.withUnsafeBytes { server.receive($0) } }
            for datagram in back { datagram.withUnsafeBytes { client.receive($0) } }
        }
    }
}

@LoopActor
@Suite struct DTLSSessionTests {
    @Test func `data crosses after the handshake, in datagrams that fit any path`() throws {
        let pair = try SessionPair()
        var longest = 0
        let before = pair.server.onDatagram
        pair.server.onDatagram = {
            longest = max(longest, $0.count)
            before($0)
        }
        pair.client.start()
        pair.server.start()
        pair.settle()
        #expect(pair.opened == 2 && pair.client.state == .open && pair.server.state == .open)
        #expect(longest <= DatagramBIO.mtu)
        let plaintext = pattern(1_184)
        #expect(plaintext.withUnsafeBytes { pair.client.send($0) })
        #expect(pair.toServer.map(\.count) == [1_184 + DTLSSession.overheadBytes])
        pair.settle()
        #expect(pair.received == [plaintext])
        pair.client.close()
        pair.settle()
        #expect(pair.ends == [.closedByPeer] && pair.server.state == .closed)
        #expect(!plaintext.withUnsafeBytes { pair.server.send($0) })
    }

    @Test func `another certificate is refused, and the other side told`() throws {
        let pair = try SessionPair(expecting: try DTLSIdentity().fingerprint)
        pair.client.start()
        pair.settle()
        #expect(pair.client.state == .closed && pair.ends.contains(.wrongFingerprint))
        #expect(pair.server.state == .closed && pair.ends.contains(.closedByPeer))
    }

    @Test(arguments: 0..<5) func `a handshake gets through losses`(seed: UInt64) async throws {
        let pair = try SessionPair()
        var generator = SeededGenerator(seed: seed)
        pair.loses = { Int.random(in: 0..<4, using: &generator) == 0 }
        pair.client.start()
        try await eventually("both are open, seed \(seed)") {
            pair.settle()
            return pair.opened == 2
        }
        #expect(pair.ends.isEmpty)
    }

    @Test(arguments: 0..<20) func `junk ends a session or nothing, before and after the handshake`(seed: UInt64) throws
    {
        let pair = try SessionPair()
        var generator = SeededGenerator(seed: seed)
        let junk = { () -> [UInt8] in
            var bytes = randomBytes(.random(in: 0...300, using: &generator), using: &generator)
            if bytes.count > 13 {
                let header: [UInt8] = [[20, 21, 22, 23].randomElement(using: &generator)!, 254, 253]
                bytes.replaceSubrange(0..<3, with: header)
            }
            return bytes
        }
        for _ in 0..<20 { junk().withUnsafeBytes { pair.server.receive($0) } }
        guard pair.server.state != .closed else { return }
        pair.client.start()
        pair.settle()
        guard pair.opened == 2 else { return }
        for _ in 0..<50 { junk().withUnsafeBytes { pair.server.receive($0) } }
        #expect(pair.server.state == .open, "records that are not authentic are dropped, seed \(seed)")
        #expect(pair.received.isEmpty)
    }
}
