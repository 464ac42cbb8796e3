import CoreTypes
import HTTPServer
import ServiceAPI
import ServiceKit

/// What decodes comes back, and what is encoded decodes to itself.
@Sendable func fuzzPercent(_ input: [UInt8]) throws {
    let text = String(decoding: input, as: UTF8.self)
    if !input.contains(0) { precondition(percentDecoded(percentEncoded(text)) == text, "a text comes back") }
    if let decoded = percentDecoded(text) {
        precondition(percentDecoded(percentEncoded(decoded)) == decoded, "a decoded text comes back")
    }
}

/// The text of what parses as a URL or a place to listen parses to the same.
@Sendable func fuzzURL(_ input: [UInt8]) throws {
    let text = String(decoding: input, as: UTF8.self)
    if let url = ServiceURL(text) {
        precondition(ServiceURL(url.description)?.origin == url.origin, "an origin has one text")
        precondition(ServiceURL(url.origin) != nil, "an origin is a URL")
    }
    if let advertised = AdvertisedURL(argument: text) {
        precondition(ServiceURL(advertised.url) != nil, "what is advertised is a URL")
        if let loopback = IPAddress("127.0.0.1") { _ = [advertised].resolved(with: loopback) }
    }
    if let address = ListenAddress(text) {
        precondition(ListenAddress(address.description) == address, "a place to listen has one text")
    }
}

/// Nobody but a trusted proxy says who the client is, and the answer is always an address that was named.
@Sendable func fuzzForwarded(_ input: [UInt8]) throws {
    guard let peer = IPAddress("10.0.0.1"), let trusted = IPNetwork("10.0.0.0/8"),
        let stranger = IPAddress("192.0.2.1")
    else { return }
    let lines = input.split(separator: 10).map { String(decoding: $0, as: UTF8.self) }
    let headers = lines.map { (name: "X-Forwarded-For", value: $0) }
    precondition(clientAddress(stranger, headers, trusted: [trusted]) == stranger, "a stranger cannot choose")
    let client = clientAddress(peer, headers, trusted: [trusted])
    guard client != peer else { return }
    let hops = lines.flatMap { $0.split(separator: ",") }
    precondition(
        hops.contains { IPAddress($0.drop { $0 == " " }.prefix { $0 != " " }) == client }, "the client was named")
}

/// A tag in front of a list is found, whatever follows, and one that is not in the text is not; a coding that is refused
/// in front stays refused.
@Sendable func fuzzNegotiation(_ input: [UInt8]) throws {
    let text = String(decoding: input, as: UTF8.self)
    precondition(entityTags("W/\"own\"," + text, contain: "\"own\""), "the first tag is seen")
    if entityTags(text, contain: "\"own\"") {
        let isThere =
            input.count >= 5 && input.indices.dropLast(4).contains { input[$0...].starts(with: "\"own\"".utf8) }
        precondition(isThere || input.contains(UInt8(ascii: "*")), "a tag is found where it is")
    }
    _ = codings(text, allow: "gzip")
    precondition(!codings("gzip;q=0," + text, allow: "gzip"), "the first word on a coding counts")
    precondition(codings("gzip," + text, allow: "gzip"), "the first word on a coding counts")
}

/// The text of what parses as a length of time or a rate parses to the same.
@Sendable func fuzzQuantity(_ input: [UInt8]) throws {
    let text = String(decoding: input, as: UTF8.self)
    if let duration = DurationArgument(argument: text) {
        precondition(DurationArgument(argument: duration.description) == duration, "a duration has one text")
    }
    if let rate = RateArgument(argument: text) {
        precondition(RateArgument(argument: rate.description) == rate, "a rate has one text")
    }
}

/// Every document that services take from each other; what is taken can be written and taken again.
@Sendable func fuzzJSON(_ input: [UInt8]) throws {
    func tried<Document: Codable>(_ type: Document.Type) {
        guard let document = try? decodeJSON(type, from: input) else { return }
        let bytes = encodeJSON(document)
        precondition((try? decodeJSON(type, from: bytes)) != nil, "a document can be read again")
    }
    tried(TrackerRegistration.self)
    tried(ForwardRegistration.self)
    tried(TrackerAssignment.self)
    tried(StreamList.self)
    tried(RelayHello.self)
    tried(TimeReport.self)
}

/// Every document that viewers and trackers take from each other, and the stream that carries events.
@Sendable func fuzzPeer(_ input: [UInt8]) throws {
    func tried<Document: Codable>(_ type: Document.Type) {
        guard let document = try? decodeJSON(type, from: input) else { return }
        precondition((try? decodeJSON(type, from: encodeJSON(document))) != nil, "a document can be read again")
    }
    tried(PeerJoin.self)
    tried(PeerPlace.self)
    tried(PeerSignal.self)
    tried(SignalEvent.self)
    tried(PeerReport.self)
    tried(PeerLease.self)
    tried(ParentEvent.self)
    tried(ChildDescription.self)
    tried(ForwardsEvent.self)
    tried(ByeEvent.self)
    tried(ForwardRegistrationAnswer.self)
    if let signal = try? decodeJSON(PeerSignal.self, from: input), signal.signal.mistake == nil {
        precondition(signal.signal.text.utf8.count <= LinkSignal.sdpBytesMax, "what is passed on is bounded")
    }
    var whole = EventStreamParser(bytesMax: 1_024)
    var inPieces = EventStreamParser(bytesMax: 1_024)
    let events = try whole.receive(input)
    var others: [ServerSentEvent] = []
    for byte in input { others += try inPieces.receive([byte]) }
    precondition(events == others, "pieces make no difference")
    for event in events where !event.data.contains(where: \.isNewline) && !event.name.contains(where: \.isNewline) {
        var again = EventStreamParser(bytesMax: 4_096)
        let back = try again.receive(event.encoded)
        precondition(back == [event], "an event comes back")
    }
}
