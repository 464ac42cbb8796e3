/// Which modules of the viewer need which.
public struct ModuleGraph: Sendable {
    private let uses: [String: [(path: String, use: ModuleText.Use)]]

    /// The graph of modules by path, as "wire/Manifest.js". Names that lead to none of them are left out.
    public init(_ modules: [String: String]) {
        uses = modules.reduce(into: [:]) { uses, module in
            uses[module.key] = ModuleText(module.value).names.compactMap { found in
                guard let path = Self.path(of: found.name, from: module.key), modules[path] != nil else { return nil }
                return (path, found.use)
            }
        }
    }

    /// Every module that `entry` needs before it can run, and itself, in the order in which they run: each after those
    /// that it imports, as far as they do not import each other in a circle (ECMA-262 §16.2.1.5.3).
    public func modules(of entry: String) -> [String] {
        var found: [String] = []
        var seen: Set<String> = []
        func walk(_ module: String) {
            guard seen.insert(module).inserted else { return }
            for (path, use) in uses[module] ?? [] where use == .imported { walk(path) }
            found.append(module)
        }
        walk(entry)
        return found
    }

    /// What a module and all that it needs load by address: workers (`referenced`), and what is only wanted later
    /// (`deferred`).
    public func loaded(by entry: String, as use: ModuleText.Use) -> [String] {
        var found: [String] = []
        for module in modules(of: entry) {
            for each in uses[module] ?? [] where each.use == use && !found.contains(each.path) {
                found.append(each.path)
            }
        }
        return found
    }

    /// Modules that are loaded by address from `entries` on, and these: each is a whole of its own.
    public func entries(from entries: [String]) -> [String] {
        var found: [String] = []
        var waiting = entries.filter { uses[$0] != nil }
        while let entry = waiting.popLast() {
            guard !found.contains(entry) else { continue }
            found.append(entry)
            waiting += loaded(by: entry, as: .referenced) + loaded(by: entry, as: .deferred)
        }
        return found.sorted()
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
    /// The relative name under which a module finds another one.
    static func name(of path: String, from module: String) -> String {
        var here = module.split(separator: "/").dropLast()[...]
        var there = path.split(separator: "/")[...]
        while let first = here.first, first == there.first, there.count > 1 {
            here.removeFirst()
            there.removeFirst()
        }
        return (here.isEmpty ? "./" : String(repeating: "../", count: here.count)) + there.joined(separator: "/")
    }
}
