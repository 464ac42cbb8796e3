import CoreTypes

/// An absolute http or https URL, taken apart: just what services need of RFC 3986.
public struct ServiceURL: Hashable, Sendable, CustomStringConvertible {
    /// "http" or "https".
    public var scheme: String
    /// A name or an address; IPv6 without its brackets.
    public var host: String
    /// The port, the scheme's own (80, 443) when none was written.
    public var port: UInt16
    /// Path and query as written, "" or beginning with "/".
    public var path: String

    /// Parses a URL; nil when it is not http or https, has user information, or a bad host or port.
    public init?(_ text: String) {
        guard text.utf8.count <= 2_048, let colon = text.firstIndex(of: ":") else { return nil }
        scheme = text[..<colon].lowercased()
        guard scheme == "http" || scheme == "https", text[colon...].hasPrefix("://") else { return nil }
        let rest = text[text.index(colon, offsetBy: 3)...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        path = String(rest[authority.endIndex...])
        if path.hasPrefix("?") || path.hasPrefix("#") { path = "/" + path }
        var portText: Substring?
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            host = String(authority[authority.index(after: authority.startIndex)..<end])
            guard let address = IPAddress(host), !address.isIPv4 else { return nil }
            let tail = authority[authority.index(after: end)...]
            guard tail.isEmpty || tail.hasPrefix(":") else { return nil }
            portText = tail.isEmpty ? nil : tail.dropFirst()
        } else {
            let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count <= 2, let name = parts.first, Self.isHost(name) else { return nil }
            host = String(name)
            portText = parts.count == 2 ? parts[1] : nil
        }
        if let portText {
            guard let number = UInt16(portText), number > 0 else { return nil }
            port = number
        } else {
            port = scheme == "http" ? 80 : 443
        }
    }

    /// `scheme://host:port` without a path.
    public var origin: String {
        let name = host.contains(":") ? "[\(host)]" : host
        let isStandard = port == (scheme == "http" ? 80 : 443)
        return "\(scheme)://\(name)" + (isStandard ? "" : ":\(port)")
    }

    /// The whole URL; a lone "/" is left out.
    public var description: String { origin + (path == "/" ? "" : path) }

    private static func isHost(_ name: Substring) -> Bool {
        !name.isEmpty && name.utf8.count <= 253
            && name.unicodeScalars.allSatisfy { scalar in
                scalar.isASCII
                    && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                        || "-._".unicodeScalars.contains(scalar))
            }
    }
}
