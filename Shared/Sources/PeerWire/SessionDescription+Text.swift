import CoreTypes

extension SessionDescription {
    /// Reads an SDP. What does not concern data channels is ignored, and so are candidates that are malformed or of
    /// unknown kinds (RFC 8839, section 5.1 wants that). Throws `SessionDescriptionError`.
    public init(_ text: String) throws(SessionDescriptionError) {
        guard text.utf8.count <= Self.bytesMax else { throw .tooLong(bytes: text.utf8.count) }
        var fields = Fields()
        // By bytes: "\r\n" is one Character.
        var number = 0
        for part in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            let line = part.last == UInt8(ascii: "\r") ? part.dropLast() : part
            guard line.count <= Self.lineBytesMax else { throw .lineTooLong(line: number) }
            guard !line.isEmpty else { continue }
            guard line.count >= 2, line[line.index(after: line.startIndex)] == UInt8(ascii: "=") else {
                throw .malformedLine(line: number)
            }
            guard number > 1 || Substring(line) == "v=0" else { throw .notSDP }
            try fields.take(Substring(line))
        }
        guard number > 1 else { throw .notSDP }
        self = try fields.description()
    }

    /// The SDP, in lines that end in CR LF. `sessionID` must differ between sessions; at most 2^63 - 1 (RFC 9429, 5.2.1).
    public func text(sessionID: UInt64) -> String {
        var lines = [
            "v=0", "o=- \(sessionID & UInt64(Int64.max)) 1 IN IP4 127.0.0.1", "s=-", "t=0 0",
            "a=group:BUNDLE \(mediaID)", "m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "c=IN IP4 0.0.0.0",
        ]
        lines += candidates.map { "a=\($0.line)" }
        if isComplete { lines.append("a=end-of-candidates") }
        lines += [
            "a=ice-ufrag:\(userFragment)", "a=ice-pwd:\(password)", "a=ice-options:trickle",
            "a=fingerprint:sha-256 \(fingerprint)", "a=setup:\(setup.rawValue)", "a=mid:\(mediaID)",
            "a=sctp-port:\(sctpPort)", "a=max-message-size:\(messageBytesMax)", "",
        ]
        return lines.joined(separator: "\r\n")
    }
}

/// The attributes as they are met; those of the session hold unless the media section has its own.
private struct Fields {
    private enum Section { case session, dataChannels, rejected }
    private var section = Section.session
    private var isFound = false
    private var userFragment: String?
    private var password: String?
    private var fingerprint: CertificateFingerprint?
    private var setup: SessionDescription.Setup?
    private var mediaID: String?
    private var port = SessionDescription.defaultPort
    private var messageBytesMax = SessionDescription.defaultMessageBytesMax
    private var candidates: [ICECandidate] = []
    private var isComplete = false

    mutating func take(_ line: Substring) throws(SessionDescriptionError) {
        if line.hasPrefix("m=") { return try startMedia(line.dropFirst(2)) }
        guard line.hasPrefix("a="), section != .rejected else { return }
        let body = line.dropFirst(2)
        let colon = body.firstIndex(of: ":")
        let value = colon.map { body[body.index(after: $0)...] } ?? ""
        try set(String(colon.map { body[..<$0] } ?? body), value, body)
    }

    private mutating func startMedia(_ value: Substring) throws(SessionDescriptionError) {
        let words = value.split(separator: " ")
        // Port 0 rejects a section (RFC 3264, section 6).
        guard words.count >= 4, words[1] != "0" else { return section = .rejected }
        guard words[0] == "application", words[2].hasSuffix("DTLS/SCTP"), words[3] == "webrtc-datachannel", !isFound
        else { throw .otherMedia }
        section = .dataChannels
        isFound = true
    }

    private mutating func set(
        _ name: String, _ value: Substring, _ body: Substring
    ) throws(SessionDescriptionError) {
        switch name {
        case "ice-ufrag": userFragment = try Self.credential(value, 4...256, name)
        case "ice-pwd": password = try Self.credential(value, 22...256, name)
        case "fingerprint":
            let words = value.split(separator: " ")
            // Others may stand beside SHA-256 (RFC 8122, section 5).
            guard words.count == 2, words[0].lowercased() == "sha-256" else { return }
            guard let parsed = CertificateFingerprint(words[1]) else { throw .wrong(attribute: name) }
            fingerprint = parsed
        case "setup":
            guard let parsed = SessionDescription.Setup(rawValue: String(value)) else { throw .wrong(attribute: name) }
            setup = parsed
        case "mid":
            guard (1...32).contains(value.utf8.count), value.utf8.allSatisfy({ (33...126).contains($0) }) else {
                throw .wrong(attribute: name)
            }
            mediaID = String(value)
        case "sctp-port":
            guard let parsed = UInt16(value), parsed != 0 else { throw .wrong(attribute: name) }
            port = parsed
        case "max-message-size":
            guard let parsed = Int(value), parsed >= 0 else { throw .wrong(attribute: name) }
            messageBytesMax = parsed
        case "candidate":
            guard candidates.count < SessionDescription.candidatesMax else { throw .tooManyCandidates }
            if let candidate = try? ICECandidate(line: body) { candidates.append(candidate) }
        case "end-of-candidates": isComplete = true
        default: break
        }
    }

    private static func credential(
        _ value: Substring, _ counts: ClosedRange<Int>, _ name: String
    ) throws(SessionDescriptionError) -> String {
        // RFC 8839 allows letters, digits, + and /; some implementations write more, but never what would end a line.
        guard counts.contains(value.utf8.count), value.utf8.allSatisfy({ (33...126).contains($0) }) else {
            throw .wrong(attribute: name)
        }
        return String(value)
    }

    func description() throws(SessionDescriptionError) -> SessionDescription {
        guard isFound else { throw .noDataChannels }
        guard let userFragment else { throw .missing(attribute: "ice-ufrag") }
        guard let password else { throw .missing(attribute: "ice-pwd") }
        guard let fingerprint else { throw .missing(attribute: "fingerprint of SHA-256") }
        guard let setup else { throw .missing(attribute: "setup") }
        var made = SessionDescription(
            userFragment: userFragment, password: password, fingerprint: fingerprint, setup: setup,
            mediaID: mediaID ?? "0", messageBytesMax: messageBytesMax)
        made.sctpPort = port
        made.candidates = candidates
        made.isComplete = isComplete
        return made
    }
}
