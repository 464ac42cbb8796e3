import CoreTypes
import Foundation
import Testing

@testable import ServiceAPI

/// What viewers and trackers say to each other, as the protocol writes it.
@Suite struct PeerDocumentTests {
    private let id = RandomID("000102030405060708090a0b0c0d0e0f")!
    private let other = RandomID("ffffffffffffffffffffffffffffffff")!

    private func text(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    private func read<Value: Decodable>(_ json: String, as type: Value.Type = Value.self) throws -> Value {
        try JSONDecoder().decode(type, from: Data(json.utf8))
    }

    @Test func `a parent is a viewer or a forward`() throws {
        let cases: [(ParentDescription, String)] = [
            (
                ParentDescription(stripe: 1, source: .peer(id, grandparent: other), depth: 3),
                #"{"depth":3,"grandparent":"\#(other)","peer":"\#(id)","stripe":1}"#
            ),
            (
                ParentDescription(stripe: 0, source: .peer(id, grandparent: nil), depth: 2),
                #"{"depth":2,"peer":"\#(id)","stripe":0}"#
            ),
            (
                ParentDescription(stripe: 0, source: .forward("any"), depth: 1),
                #"{"depth":1,"forward":"any","stripe":0}"#
            ),
        ]
        for (parent, json) in cases {
            #expect(try text(parent) == json)
            #expect(try read(json) == parent)
        }
        #expect(try read(#"{"stripe":0,"forward":"any"}"#, as: ParentDescription.self).depth == 0)
        for bad in [
            #"{"stripe":0,"depth":1}"#, #"{"stripe":0,"peer":"\#(id)","forward":"any"}"#, #"{"stripe":0,"peer":"1"}"#,
            #"{"peer":"\#(id)"}"#,
        ] {
            #expect(throws: DecodingError.self, "\(bad)") { try read(bad, as: ParentDescription.self) }
        }
    }

    @Test func `a parent event has the token beside the parent`() throws {
        let event = ParentEvent(
            parent: ParentDescription(stripe: 0, source: .forward("http://f"), depth: 1), token: "t", tokenExpiresAt: 9)
        let json = #"{"depth":1,"forward":"http://f","stripe":0,"token":"t","tokenExpiresAt":9}"#
        #expect(try text(event) == json)
        #expect(try read(json) == event)
    }

    @Test func `a signal is an SDP or a candidate`() throws {
        let offer = PeerSignal(to: id, signal: LinkSignal(link: "0123456789abcdef", kind: .offer, text: "v=0"))
        let json = #"{"link":"0123456789abcdef","sdp":"v=0","to":"\#(id)","type":"offer"}"#
        #expect(try text(offer) == json)
        #expect(try read(json) == offer)
        let last = SignalEvent(from: id, signal: LinkSignal(link: "0123456789abcdef", kind: .candidate, text: ""))
        let candidate = #"{"candidate":"","from":"\#(id)","link":"0123456789abcdef","type":"candidate"}"#
        #expect(try text(last) == candidate)
        #expect(try read(candidate) == last)
        #expect(last.signal.mistake == nil && offer.signal.mistake == nil)
        let wrong = [
            LinkSignal(link: "0123456789abcde", kind: .offer, text: "v=0"),
            LinkSignal(link: "0123456789abcdeg", kind: .offer, text: "v=0"),
            LinkSignal(link: "0123456789abcdef", kind: .answer, text: ""),
            LinkSignal(link: "0123456789abcdef", kind: .answer, text: String(repeating: "x", count: 16_385)),
            LinkSignal(link: "0123456789abcdef", kind: .candidate, text: String(repeating: "x", count: 513)),
        ]
        for signal in wrong { #expect(signal.mistake != nil) }
        #expect(throws: DecodingError.self) {
            try read(#"{"link":"0123456789abcdef","type":"offer","candidate":""}"#, as: LinkSignal.self)
        }
    }

    @Test func `a join need not say what is usual`() throws {
        let join = try read(#"{"stream":"live","capacity":2,"more":1}"#, as: PeerJoin.self)
        #expect(join.nat == .unknown && join.transports == ["webrtc"] && join.version == 1 && join.resume == nil)
        #expect(try read(#"{"stream":"live","capacity":2,"nat":"new kind"}"#, as: PeerJoin.self).nat == .unknown)
        let resume = PeerResume(
            id: id, token: "t", role: 1, depth: 2,
            parents: [ParentDescription(stripe: 0, source: .peer(other, grandparent: nil), depth: 2)],
            children: [ChildDescription(stripe: 1, peer: other)])
        #expect(join.agent == nil)
        #expect(try read(#"{"stream":"live","capacity":2,"agent":"toaster"}"#, as: PeerJoin.self).agent == nil)
        #expect(try read(#"{"stream":"live","capacity":2,"agent":"browser"}"#, as: PeerJoin.self).agent == .browser)
        let whole = PeerJoin(stream: "live", capacity: 0, nat: .cone, agent: .native, resume: resume)
        #expect(try read(text(whole), as: PeerJoin.self).agent == .native)
        #expect(try read(text(whole), as: PeerJoin.self).resume == resume)
        #expect(try text(PeerReport()) == "{}")
        #expect(
            try text(PeerReport(lost: [LostLink(stripe: 0, peer: nil, reason: .silent)]))
                == #"{"lost":[{"reason":"silent","stripe":0}]}"#)
    }
}

@Suite struct EventStreamParserTests {
    private let events = [
        ServerSentEvent(id: 1, name: "parent", data: #"{"stripe":0}"#),
        ServerSentEvent(name: "ping", data: #"{"now":1}"#), ServerSentEvent(id: 2, name: "bye", data: "ü"),
    ]

    @Test func `events come back, in whatever pieces they arrive`() throws {
        let bytes = events.flatMap(\.encoded)
        for size in 1...bytes.count {
            var parser = EventStreamParser()
            var received: [ServerSentEvent] = []
            for start in stride(from: 0, to: bytes.count, by: size) {
                received += try parser.receive(bytes[start..<min(start + size, bytes.count)])
            }
            #expect(received == events)
        }
    }

    @Test(arguments: [
        ("data: a\n\n", [ServerSentEvent(name: "message", data: "a")]),
        ("\u{feff}data:a\r\ndata: b\r\n\r\n", [ServerSentEvent(name: "message", data: "a\nb")]),
        (": comment\n\nevent: x\n\ndata\n\n", [ServerSentEvent(name: "message", data: "")]),
        ("id: 7\revent: x\rdata: 1\r\r", [ServerSentEvent(id: 7, name: "x", data: "1")]),
        ("id: x\nretry: 5\nfoo: bar\ndata: 1\n\ndata: unfinished\n", [ServerSentEvent(name: "message", data: "1")]),
    ])
    func `streams of other writers are read`(text: String, expected: [ServerSentEvent]) throws {
        var parser = EventStreamParser()
        #expect(try parser.receive(text.utf8) == expected)
    }

    @Test func `a message without end is an error, many short ones are not`() throws {
        var parser = EventStreamParser(bytesMax: 100)
        for _ in 0..<1_000 { #expect(try parser.receive("data: a\n\n".utf8).count == 1) }
        #expect(throws: EventStreamParser.Failure.tooLong) {
            try parser.receive(String(repeating: "x", count: 101).utf8)
        }
    }
}
