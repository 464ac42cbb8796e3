import CoreTypes
import TestSupport
import Testing

@testable import PeerWire

@Suite struct SessionDescriptionTests {
    private static let fingerprint = (0..<32).map { String($0 + 160, radix: 16).uppercased() }.joined(separator: ":")
    /// As browsers write it: a name in place of the address, a TCP candidate, lines of no concern here.
    private static let browser = [
        "v=0", "o=- 4611731400430051336 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0", "a=extmap-allow-mixed",
        "a=msid-semantic: WMS", "m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "c=IN IP4 0.0.0.0",
        "a=candidate:2 1 udp 2113937151 6d2f0b9e-1b1c-4f9e-9d0a-0c9a1f0e8a11.local 51234 typ host generation 0 network-cost 999",
        "a=candidate:3 1 tcp 1518157055 192.0.2.7 9 typ host tcptype active generation 0",
        "a=candidate:4 1 udp 1677729535 203.0.113.9 51234 typ srflx raddr 0.0.0.0 rport 0 generation 0",
        "a=ice-ufrag:EsAw", "a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1", "a=ice-options:trickle",
        "a=fingerprint:sha-256 \(fingerprint)", "a=setup:actpass", "a=mid:0", "a=sctp-port:5000",
        "a=max-message-size:262144", "",
    ].joined(separator: "\r\n")

    private func refused(
        _ text: String, as error: SessionDescriptionError, _ location: SourceLocation = #_sourceLocation
    ) {
        #expect(throws: error, sourceLocation: location) { try SessionDescription(text) }
    }

    @Test func `what a browser writes is read`() throws {
        let read = try SessionDescription(Self.browser)
        #expect(read.userFragment == "EsAw" && read.password == "P2uYro0UCOQ4zxjKXaWCBui1" && read.setup == .either)
        #expect(read.fingerprint.bytes == Array(160..<192) && read.fingerprint.description == Self.fingerprint)
        #expect(read.sctpPort == 5_000 && read.messageBytesMax == 262_144 && read.mediaID == "0" && !read.isComplete)
        #expect(read.candidates.count == 3)
        #expect(read.candidates.map(\.usableAddress) == [nil, nil, SocketAddress(IPAddress("203.0.113.9")!, 51_234)])
    }

    @Test func `attributes of the session hold for its media section, and lines may end in LF alone`() throws {
        let lines = [
            "v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0", "a=fingerprint:sha-1 AA",
            "a=fingerprint:SHA-256 \(Self.fingerprint.lowercased())",
            "a=ice-ufrag:abcd", "a=ice-pwd:0123456789012345678901", "a=setup:active",
            "m=audio 0 UDP/TLS/RTP/SAVPF 111", "a=ice-ufrag:zzzz", "m=application 9 DTLS/SCTP webrtc-datachannel",
            "a=end-of-candidates",
        ]
        let read = try SessionDescription(lines.joined(separator: "\n"))
        #expect(read.userFragment == "abcd" && read.setup == .active && read.isComplete)
        #expect(read.sctpPort == 5_000 && read.messageBytesMax == 65_536)
    }

    @Test func `what is wrong is said`() {
        let without = { (name: String) in
            Self.browser.split(separator: "\r\n").filter { !$0.hasPrefix(name) }.joined(separator: "\r\n")
        }
        let with = { (line: String) in Self.browser + line + "\r\n" }
        refused("", as: .notSDP)
        refused("v=1", as: .notSDP)
        refused("a=v", as: .notSDP)
        refused(with("no line"), as: .malformedLine(line: 21))
        refused(with("a=" + String(repeating: "x", count: 1_023)), as: .lineTooLong(line: 21))
        refused(
            with("a=b\r\n") + String(repeating: "a=\(String(repeating: "x", count: 900))\r\n", count: 20),
            as: .tooLong(bytes: Self.browser.utf8.count + 7 + 20 * 904))
        refused(without("m="), as: .noDataChannels)
        refused(without("a=ice-ufrag"), as: .missing(attribute: "ice-ufrag"))
        refused(without("a=ice-pwd"), as: .missing(attribute: "ice-pwd"))
        refused(without("a=fingerprint"), as: .missing(attribute: "fingerprint of SHA-256"))
        refused(without("a=setup"), as: .missing(attribute: "setup"))
        refused(with("m=video 9 UDP/TLS/RTP/SAVPF 96"), as: .otherMedia)
        refused(with("a=fingerprint:sha-256 AB:CD"), as: .wrong(attribute: "fingerprint"))
        refused(with("a=setup:holdconn"), as: .wrong(attribute: "setup"))
        refused(with("a=ice-pwd:short"), as: .wrong(attribute: "ice-pwd"))
        refused(with("a=ice-ufrag:a b c d"), as: .wrong(attribute: "ice-ufrag"))
        refused(with("a=sctp-port:0"), as: .wrong(attribute: "sctp-port"))
        refused(with("a=max-message-size:-1"), as: .wrong(attribute: "max-message-size"))
        refused(with("a=mid:"), as: .wrong(attribute: "mid"))
        refused(
            with(String(repeating: "a=candidate:1 1 udp 5 192.0.2.1 7 typ host\r\n", count: 62)), as: .tooManyCandidates
        )
        #expect("\(SessionDescriptionError.missing(attribute: "setup"))" == "the SDP has no setup")
    }

    @Test(arguments: 0..<100) func `whatever is written is read`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/")
        let word = { (count: Int, generator: inout SeededGenerator) in
            String((0..<count).map { _ in letters.randomElement(using: &generator)! })
        }
        var made = SessionDescription(
            userFragment: word(.random(in: 4...256, using: &generator), &generator),
            password: word(.random(in: 22...256, using: &generator), &generator),
            fingerprint: CertificateFingerprint(bytes: randomBytes(32, using: &generator))!,
            setup: SessionDescription.Setup.allCases.randomElement(using: &generator)!,
            mediaID: word(.random(in: 1...32, using: &generator), &generator),
            messageBytesMax: .random(in: 0...1_000_000, using: &generator))
        made.sctpPort = .random(in: 1...65_535, using: &generator)
        made.isComplete = Bool.random(using: &generator)
        made.candidates = (0..<Int.random(in: 0...64, using: &generator)).map { _ in randomCandidate(&generator) }
        #expect(try SessionDescription(made.text(sessionID: generator.next())) == made, "seed \(seed)")
    }
}
