import PeerWire

/// A description that is read is written, and read again as the same; whatever the text, it stays within its bounds.
@Sendable func fuzzSessionDescription(_ input: [UInt8]) throws {
    let description = try SessionDescription(String(decoding: input, as: UTF8.self))
    precondition(description.candidates.count <= SessionDescription.candidatesMax, "candidates are bounded")
    // What was ignored may have made the text shorter, never longer than the bound with all its candidates.
    guard let again = try? SessionDescription(description.text(sessionID: 1)) else {
        precondition(
            description.text(sessionID: 1).utf8.count > SessionDescription.bytesMax, "a description comes back")
        return
    }
    precondition(again == description, "a description comes back")
}

/// A candidate that is read is written, and read again as the same.
@Sendable func fuzzCandidate(_ input: [UInt8]) throws {
    let candidate = try ICECandidate(line: String(decoding: input, as: UTF8.self))
    precondition((try? ICECandidate(line: candidate.line)) == candidate, "a candidate comes back")
}

/// A message that is read is written as the same bytes.
@Sendable func fuzzDCEP(_ input: [UInt8]) throws {
    let message = try DCEPMessage(input)
    precondition((try? DCEPMessage(message.encoded)) == message, "a message comes back")
}
