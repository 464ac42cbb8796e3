/// What a JavaScript module of the viewer says about other modules.
///
/// No parser: it knows the house style, in which such a statement is whole on a line or ends on one (`} from "./X.js";`),
/// names in comments stand on lines that begin as comments, and every name is relative and in quotes.
public struct ModuleText: Sendable {
    /// How a module is named.
    public enum Use: Hashable, Sendable, CaseIterable {
        /// `import … from` and `export … from`: loaded before the module runs.
        case imported
        /// `new URL(…, import.meta.url)`: the entry of a worker, or a file.
        case referenced
        /// `import(…)`: loaded when it is wanted.
        case deferred
    }

    private static let openings: [(text: String, use: Use)] = [
        ("from ", .imported), ("import ", .imported), ("import(", .deferred), ("new URL(", .referenced),
    ]

    private let lines: [Substring]

    /// A module's text.
    public init(_ text: String) { lines = text.split(separator: "\n", omittingEmptySubsequences: false) }

    /// The relative names in the text, in their order.
    public var names: [(name: String, use: Use)] {
        lines.flatMap { line in Self.names(in: line).map { (String(line[$0.range]), $0.use) } }
    }

    /// The text with another beginning of the names that begin with "./", as `./player/0123456789abcdef/`.
    public func replacingHere(with base: String) -> String {
        lines.map { line in
            var line = line
            for found in Self.names(in: line).reversed() where line[found.range].hasPrefix("./") {
                line.replaceSubrange(found.range, with: base + line[found.range].dropFirst(2))
            }
            return line
        }.joined(separator: "\n")
    }

    private static func names(in line: Substring) -> [(range: Range<Substring.Index>, use: Use)] {
        let begin = line.drop { $0 == " " }
        guard !["*", "/*", "//"].contains(where: { begin.hasPrefix($0) }) else { return [] }
        var found: [(range: Range<Substring.Index>, use: Use)] = []
        for (text, use) in openings {
            for opening in line.ranges(of: text) {
                let rest = line[opening.upperBound...]
                guard let quote = rest.first, quote == "\"" || quote == "'" else { continue }
                let name = rest.dropFirst().prefix { $0 != quote }
                guard name.hasPrefix("./") || name.hasPrefix("../"), name.endIndex < line.endIndex else { continue }
                found.append((name.startIndex..<name.endIndex, use))
            }
        }
        return found.sorted { $0.range.lowerBound < $1.range.lowerBound }
    }
}
