/// Which modules of the viewer need which.
public struct ModuleGraph: Sendable {
    private let uses: [String: [(name: String, use: ModuleText.Use)]]

    /// The graph of modules by path, as "wire/Manifest.js". Names that lead to none of them are left out.
    public init(_ modules: [String: String]) {
        uses = modules.reduce(into: [:]) { uses, module in
            uses[module.key] = ModuleText(module.value).names.compactMap { found in
                guard let path = Self.path(of: found.name, from: module.key), modules[path] != nil else { return nil }
                return (path, found.use)
            }
        }
    }

    /// Every module that `entry` needs before it can run, and then what its workers need, without their entries, which
    /// must not run in a page. What is only wanted later is not among them.
    ///
    /// In the order in which a depth-first walk meets them: loaded in that order they run as they would without a list,
    /// also where modules need each other in a circle (ECMA-262 §16.2.1.5.3).
    public func modules(neededBy entry: String) -> [String] {
        var met: [String] = []
        var seen: Set<String> = [entry]
        var workers: [String] = []
        func walk(_ module: String) {
            for (path, use) in uses[module] ?? [] {
                if use == .referenced, !workers.contains(path) { workers.append(path) }
                guard use == .imported, seen.insert(path).inserted else { continue }
                met.append(path)
                walk(path)
            }
        }
        walk(entry)
        // Walks may find more of them.
        var next = 0
        while next < workers.count {
            walk(workers[next])
            next += 1
        }
        return met.filter { !workers.contains($0) }
    }

    /// The path that a relative name leads to from a module; nil when it leads out.
    static func path(of name: String, from module: String) -> String? {
        var parts = module.split(separator: "/").dropLast().map(String.init)
        for part in name.split(separator: "/") {
            switch part {
            case ".": break
            case "..": if parts.popLast() == nil { return nil }
            default: parts.append(String(part))
            }
        }
        return parts.joined(separator: "/")
    }
}
