import CoreTypes

extension ICECandidate {
    /// Why a line is no candidate.
    public enum ParseError: Error, Hashable, Sendable, CustomStringConvertible {
        /// More than `bytesMax` bytes.
        case tooLong
        /// It does not begin with `candidate:`, or fields are missing.
        case notACandidate
        /// A field with a value that it cannot have.
        case wrongField(String)

        /// What is wrong.
        public var description: String {
            switch self {
            case .tooLong: "a candidate has more than \(bytesMax) bytes"
            case .notACandidate:
                "a candidate is written as candidate:FOUNDATION COMPONENT udp PRIORITY ADDRESS PORT typ TYPE"
            case .wrongField(let name): "the candidate's \(name) is wrong"
            }
        }
    }

    /// Reads `candidate:…`, with or without `a=` before it; extensions at its end are ignored. Throws `ParseError`.
    public init(line: some StringProtocol) throws(ParseError) {
        guard line.utf8.count <= Self.bytesMax else { throw .tooLong }
        var text = Substring(line)
        if text.hasPrefix("a=") { text = text.dropFirst(2) }
        let fields = text.split(separator: " ", omittingEmptySubsequences: false)
        guard fields.count >= 8, fields[0].hasPrefix("candidate:"), fields[6] == "typ" else { throw .notACandidate }
        let foundation = fields[0].dropFirst("candidate:".count)
        guard (1...32).contains(foundation.utf8.count), foundation.utf8.allSatisfy(Self.isIceCharacter) else {
            throw .wrongField("foundation")
        }
        guard let component = Self.number(fields[1], UInt16.self), (1...256).contains(component) else {
            throw .wrongField("component")
        }
        let transport = fields[2].lowercased()
        guard (1...16).contains(transport.utf8.count), transport.utf8.allSatisfy(Self.isNameCharacter) else {
            throw .wrongField("transport")
        }
        guard let priority = Self.number(fields[3], UInt32.self), priority > 0 else { throw .wrongField("priority") }
        guard let host = Host(fields[4]) else { throw .wrongField("address") }
        guard let port = Self.number(fields[5], UInt16.self) else { throw .wrongField("port") }
        guard let kind = Kind(rawValue: String(fields[7])) else { throw .wrongField("type") }
        self.init(foundation: String(foundation), priority: priority, host: host, port: port, kind: kind)
        self.component = component
        self.transport = transport
        related = try Self.related(in: fields[8...])
    }

    /// The line without `a=`.
    public var line: String {
        var text = "candidate:\(foundation) \(component) \(transport) \(priority) \(host) \(port) typ \(kind.rawValue)"
        if let related { text += " raddr \(related.address) rport \(related.port)" }
        return text
    }

    private static func related(in fields: ArraySlice<Substring>) throws(ParseError) -> SocketAddress? {
        guard fields.count >= 4, fields[fields.startIndex] == "raddr", fields[fields.startIndex + 2] == "rport" else {
            return nil
        }
        guard let port = number(fields[fields.startIndex + 3], UInt16.self) else { throw .wrongField("related port") }
        // A browser that hides its addresses writes 0.0.0.0 or a name here.
        return IPAddress(fields[fields.startIndex + 1]).map { SocketAddress($0, port) }
    }

    private static func number<Number: FixedWidthInteger>(_ text: Substring, _ type: Number.Type) -> Number? {
        guard (1...10).contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Number(text)
    }

    static func isIceCharacter(_ byte: UInt8) -> Bool { isLetterOrDigit(byte) || byte == 43 || byte == 47 }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }

    fileprivate static func isNameCharacter(_ byte: UInt8) -> Bool {
        isLetterOrDigit(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
    }
}

extension ICECandidate.Host {
    /// An address, or a host name of letters, digits, hyphens and dots; nil for anything else.
    public init?(_ text: some StringProtocol) {
        if let address = IPAddress(text) {
            self = .address(address)
        } else {
            guard (1...253).contains(text.utf8.count), text.utf8.allSatisfy(ICECandidate.isNameCharacter),
                text.utf8.contains(where: { (65...90).contains($0) || (97...122).contains($0) })
            else { return nil }
            self = .name(String(text))
        }
    }
}
