/// What a JavaScript module of the viewer says about other modules.
///
/// No parser: it knows the house style, in which such a statement is whole on a line or ends on one (`} from "./X.js";`),
/// names in comments stand on lines that begin as comments or behind a bracket (`{import("./X.js").X}`), and every name is
/// relative and in quotes.
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
        ("from ", .imported), ("import ", .imported), (" import(", .deferred), ("new URL(", .referenced),
    ]

    private let lines: [Substring]

    /// A module's text.
    public init(_ text: String) { lines = text.split(separator: "\n", omittingEmptySubsequences: false) }

    /// The relative names in the text, in their order.
    public var names: [(name: String, use: Use)] {
        lines.flatMap { line in Self.names(in: line).map { (String(line[$0.range]), $0.use) } }
    }

    /// The text as a part of several modules in one: without the statements that load others at once, and with what
    /// `path` makes of the names of those that it loads otherwise.
    public func part(naming path: (String) -> String) -> String {
        var kept: [String] = []
        var isStatement = false
        for line in lines {
            isStatement = isStatement || line.hasPrefix("import ") || line.hasPrefix("export * from ")
            if isStatement {
                isStatement = !line.contains(";")
                continue
            }
            var line = line
            for found in Self.names(in: line).reversed() where found.use != .imported {
                line.replaceSubrange(found.range, with: path(String(line[found.range])))
            }
            kept.append(String(line))
        }
        return kept.joined(separator: "\n")
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
