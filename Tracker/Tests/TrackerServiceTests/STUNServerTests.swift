import CoreTypes
import EventLoop
import HTTPServer
import STUNCore
import TestSupport
import Testing

@testable import TrackerService

/// The STUN server over real sockets.
@Suite(.serialized) struct STUNServerTests {
    private let request = STUNMessage(.request, transaction: Array(1...12)).encoded

    @Test @LoopActor func `it is counted what was answered and what was not`() async throws {
        let server = try STUNServer([try #require(ListenAddress("127.0.0.1:0"))])
        var heard: [STUNMessage] = []
        // A server is a client as well as any: its datagrams are answers here.
        let client = try UDPSocket(SocketAddress(try #require(IPAddress("127.0.0.1")), 0), bytesMax: 1_500) {
            bytes, _ in
            if let message = try? STUNMessage(bytes) { heard.append(message) }
        }
        for datagram in [request, [1, 2, 3], request] { client.send(datagram, to: server.addresses[0]) }
        try await eventually("both requests are answered") { heard.count == 2 && server.discarded == 1 }
        #expect(server.answered == 2 && server.unsent == 0)
        #expect(heard.allSatisfy { $0.mappedAddress == client.address })
        server.stop()
        client.close()
        #expect(server.addresses.isEmpty)
    }

    @Test @LoopActor func `an address in use is a clear error`() throws {
        let server = try STUNServer([try #require(ListenAddress("127.0.0.1:0"))])
        let taken = try #require(ListenAddress(server.addresses[0].description))
        #expect { try STUNServer([taken]) } throws: { "\($0)".contains("choose another --stun address") }
        server.stop()
    }

    @Test @LoopActor func `two hosts give four places, two ports of one host just two`() throws {
        let hosts = try ["127.0.0.1:0", "127.0.0.2:0"].map { try #require(ListenAddress($0)) }
        let server = try STUNServer(hosts)
        #expect(server.addresses.count == 4 && Set(server.addresses).count == 4)
        server.stop()
        let plain = try STUNServer([hosts[0], hosts[0]])
        #expect(plain.addresses.count == 2)
        plain.stop()
    }
}
