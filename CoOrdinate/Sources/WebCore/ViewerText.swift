/// The texts that are given out otherwise than they lie in the folder, so that browsers ask for all modules at once, and not
/// for each level of the graph after the one above, and may keep them for ever.
public struct ViewerText: Sendable {
    private let modules: [String: String]
    private let graph: ModuleGraph
    /// Where the files of this version are.
    private let base: String

    /// Of modules by path; `version` stands for the contents of all files.
    public init(_ modules: [String: String], version: String) {
        self.modules = modules
        graph = ModuleGraph(modules)
        base = "player/\(version)/"
    }

    /// A module as it is given out beside the folder of this version, at `/NAME`: with that folder in its own names, and
    /// everything it needs named in front. Nil when there is no such module.
    public func entry(_ name: String) -> String? {
        modules[name].map { text in
            graph.modules(neededBy: name).map { "import \"./\(base)\($0)\";\n" }.joined()
                + ModuleText(text).replacingHere(with: "./" + base)
        }
    }

    /// A page: with the folder of this version in place of `/player/`, and links to what the modules in it need at the end
    /// of its head.
    public func page(_ html: String) -> String {
        var links = ""
        var seen: Set<String> = []
        for start in html.ranges(of: "/player/").map(\.upperBound) {
            let name = html[start...].prefix { $0 != "\"" && $0 != "'" && $0 != ">" && !$0.isWhitespace }
            for module in graph.modules(neededBy: String(name)) where seen.insert(module).inserted {
                links += "<link rel=\"modulepreload\" href=\"/\(base)\(module)\">\n"
            }
        }
        var page = html.replacing("/player/", with: "/\(base)")
        if let end = page.firstRange(of: "</head>") { page.insert(contentsOf: links, at: end.lowerBound) }
        return page
    }
}
