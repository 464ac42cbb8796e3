import CoreTypes
import TestSupport
import Testing

@testable import PeerWire

func randomCandidate(_ generator: inout SeededGenerator) -> ICECandidate {
    let address = { (generator: inout SeededGenerator) in
        IPAddress(bytes: randomBytes(Bool.random(using: &generator) ? 4 : 16, using: &generator))!
    }
    let host: ICECandidate.Host =
        Int.random(in: 0..<4, using: &generator) == 0
        ? .name("a-\(UInt32.random(in: 0...99, using: &generator)).local") : .address(address(&generator))
    var made = ICECandidate(
        foundation: "\(UInt32.random(in: 0...UInt32.max, using: &generator))",
        priority: .random(in: 1...UInt32.max, using: &generator),
        host: host, port: .random(in: 0...65_535, using: &generator),
        kind: ICECandidate.Kind.allCases.randomElement(using: &generator)!,
        related: Bool.random(using: &generator)
            ? SocketAddress(address(&generator), .random(in: 0...65_535, using: &generator)) : nil)
    made.component = .random(in: 1...256, using: &generator)
    if Bool.random(using: &generator) { made.transport = "tcp" }
    return made
}

@Suite struct ICECandidateTests {
    @Test func `lines of RFC 8839 are read`() throws {
        // Section 5.1, the second with the line of its example joined.
        let host = try ICECandidate(line: "a=candidate:1 1 UDP 2130706431 203.0.113.141 8998 typ host")
        #expect(
            host.usableAddress?.description == "203.0.113.141:8998" && host.kind == .host
                && host.priority == 2_130_706_431)
        let reflexive = try ICECandidate(
            line: "candidate:2 1 UDP 1694498815 192.0.2.3 45664 typ srflx raddr 203.0.113.141 rport 8998")
        #expect(reflexive.kind == .serverReflexive && reflexive.related?.description == "203.0.113.141:8998")
        #expect(
            reflexive.line == "candidate:2 1 udp 1694498815 192.0.2.3 45664 typ srflx raddr 203.0.113.141 rport 8998")
    }

    @Test(arguments: [
        ("candidate:1 1 udp 5 host.local 7 typ host", true),
        ("candidate:1 1 tcp 5 192.0.2.1 7 typ host tcptype active", true),
        ("candidate:1 2 udp 5 192.0.2.1 7 typ host", true), ("candidate:1 1 udp 5 192.0.2.1 0 typ host", true),
        ("candidate:1 1 udp 5 0.0.0.0 7 typ host", true),
        ("candidate:1 1 udp 5 2001:db8::1 7 typ relay foo bar", false),
    ])
    func `only addresses for UDP can be used`(line: String, isUseless: Bool) throws {
        #expect((try ICECandidate(line: line).usableAddress == nil) == isUseless)
    }

    @Test(arguments: [
        ("", ICECandidate.ParseError.notACandidate), ("candidate:1 1 udp 5 192.0.2.1 7", .notACandidate),
        ("candidate: 1 udp 5 192.0.2.1 7 typ host", .wrongField("foundation")),
        ("candidate:1 0 udp 5 192.0.2.1 7 typ host", .wrongField("component")),
        ("candidate:1 1 u\u{e9}p 5 192.0.2.1 7 typ host", .wrongField("transport")),
        ("candidate:1 1 udp 0 192.0.2.1 7 typ host", .wrongField("priority")),
        ("candidate:1 1 udp +5 192.0.2.1 7 typ host", .wrongField("priority")),
        ("candidate:1 1 udp 5 192.0.2.999 7 typ host", .wrongField("address")),
        ("candidate:1 1 udp 5 a/b.local 7 typ host", .wrongField("address")),
        ("candidate:1 1 udp 5 192.0.2.1 65536 typ host", .wrongField("port")),
        ("candidate:1 1 udp 5 192.0.2.1 7 typ hosts", .wrongField("type")),
        ("candidate:1 1 udp 5 192.0.2.1 7 typ srflx raddr 192.0.2.2 rport x", .wrongField("related port")),
        ("candidate:1 1 udp 5 192.0.2.1 7 typ host " + String(repeating: "x", count: 500), .tooLong),
    ])
    func `what is wrong is said`(line: String, error: ICECandidate.ParseError) {
        #expect(throws: error) { try ICECandidate(line: line) }
    }

    @Test(arguments: 0..<200) func `whatever is written is read`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let made = randomCandidate(&generator)
        #expect(try ICECandidate(line: made.line) == made, "seed \(seed): \(made.line)")
    }
}
