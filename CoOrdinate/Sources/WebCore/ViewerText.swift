/// The texts that are given out otherwise than they lie in the folder: each page loads its modules as one, so that a
/// browser asks once and not a hundred times, and may keep that for ever.
///
/// That modules can be joined is a rule of the house: none declares a name that another one declares, and none gives a name
/// another name when it imports it.
public struct ViewerText: Sendable {
    /// Modules that are given out with all that they need, by path.
    public let joined: [String: String]

    private let graph: ModuleGraph
    /// Where the files of this version are.
    private let base: String

    /// Of modules by path and the pages that load them; `version` stands for the contents of all files.
    public init(_ modules: [String: String], pages: [String], version: String) {
        let graph = ModuleGraph(modules)
        self.graph = graph
        base = "player/\(version)/"
        joined = graph.entries(from: ["player.js"] + pages.flatMap(Self.names)).reduce(into: [:]) { joined, entry in
            joined[entry] = Self.join(entry, modules, graph)
        }
    }

    /// A module as it is given out beside the folder of this version, at `/NAME`. Nil when there is no such module.
    public func entry(_ name: String) -> String? {
        joined[name].map { _ in "export * from \"./\(base)\(name)\";\n" }
    }

    /// A page: with the folder of this version in place of `/player/`, and a hint at the workers that its modules start
    /// at the end of its head.
    public func page(_ html: String) -> String {
        var workers: [String] = []
        for name in Self.names(in: html) {
            for worker in graph.loaded(by: name, as: .referenced) where !workers.contains(worker) {
                workers.append(worker)
            }
        }
        let hints = workers.map { "<link rel=\"modulepreload\" href=\"/\(base)\($0)\">\n" }.joined()
        var page = html.replacing("/player/", with: "/\(base)")
        if let end = page.firstRange(of: "</head>") { page.insert(contentsOf: hints, at: end.lowerBound) }
        return page
    }

    /// The files of the folder that a page names.
    private static func names(in html: String) -> [String] {
        html.ranges(of: "/player/").map { found in
            String(html[found.upperBound...].prefix { $0 != "\"" && $0 != "'" && $0 != ">" && !$0.isWhitespace })
        }
    }

    private static func join(_ entry: String, _ modules: [String: String], _ graph: ModuleGraph) -> String {
        graph.modules(of: entry).map { module in
            let text = ModuleText(modules[module] ?? "").part { name in
                ModuleGraph.path(of: name, from: module).map { ModuleGraph.name(of: $0, from: entry) } ?? name
            }
            return "// \(module)\n\(text)"
        }.joined(separator: "\n")
    }
}
