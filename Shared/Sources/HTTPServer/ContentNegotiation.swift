/// What a request says about the answers it takes: in which coding, and which it has already.
extension HTTPRequest {
    /// Whether the header `Accept-Encoding` names a content coding with a weight above 0 (RFC 9110 §12.5.3). A wildcard
    /// counts for one that is not named.
    public func acceptsEncoding(_ coding: String) -> Bool {
        list("Accept-Encoding").map { codings($0, allow: coding) } ?? false
    }

    /// Whether the header `If-None-Match` holds an entity tag (with its quotes) or is `*`, so that 304 is the answer
    /// (RFC 9110 §13.1.2).
    public func hasCurrent(entityTag: String) -> Bool {
        list("If-None-Match").map { entityTags($0, contain: entityTag) } ?? false
    }

    /// The values of a header that is a list, those of all its lines (RFC 9110 §5.3); nil when there is none.
    private func list(_ name: String) -> String? {
        let values = headers.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
        return values.isEmpty ? nil : values.joined(separator: ",")
    }
}

/// Whether a list of content codings with weights allows one of them, which is in small letters.
public func codings(_ list: String, allow coding: String) -> Bool {
    var isAllowedByWildcard = false
    // Bytes, for to characters a comma with an accent upon it is no comma.
    let bytes = list.utf8.filter { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }
    for entry in bytes.split(separator: UInt8(ascii: ",")) {
        let parts = entry.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self).lowercased() }
        guard let name = parts.first, name == coding || name == "*" else { continue }
        let weight = parts.dropFirst().first { $0.hasPrefix("q=") }
        // A weight that cannot be read is none.
        let isAllowed = weight.map { (Double($0.dropFirst(2)) ?? 1) > 0 } ?? true
        guard name == "*" else { return isAllowed }
        isAllowedByWildcard = isAllowed
    }
    return isAllowedByWildcard
}

/// Whether a list of entity tags holds a tag, compared without regard to weakness (RFC 9110 §8.8.3.2), or is `*`. What
/// follows something that is no tag does not count.
public func entityTags(_ list: String, contain tag: String) -> Bool {
    let (quote, wanted) = (UInt8(ascii: "\""), Array(tag.utf8))
    func isBetween(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == 9 || byte == UInt8(ascii: ",") }
    var rest = Array(list.utf8).drop(while: isBetween)
    if rest.elementsEqual("*".utf8) { return true }
    while !rest.isEmpty {
        let quoted = rest.starts(with: "W/".utf8) ? rest.dropFirst(2) : rest
        guard quoted.first == quote, let end = quoted.dropFirst().firstIndex(of: quote) else { return false }
        if quoted[...end].elementsEqual(wanted) { return true }
        rest = quoted[(end + 1)...].drop(while: isBetween)
    }
    return false
}
