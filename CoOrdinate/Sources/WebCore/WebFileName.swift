/// Which files of the viewer's folder are given out, and as what.
public enum WebFileName {
    private static let types = [
        "js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8", "html": "text/html; charset=utf-8",
        "svg": "image/svg+xml", "png": "image/png", "ico": "image/x-icon",
    ]
    /// For those who develop: tests, and what their tools read.
    private static let folders: Set<String> = ["Tests", "node_modules"]

    /// The media type of a file; nil for one that is not given out. `path` is relative to the folder.
    public static func type(of path: String) -> String? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard let name = parts.last,
            !parts.contains(where: { $0.isEmpty || $0.hasPrefix(".") || folders.contains(String($0)) }),
            let dot = name.lastIndex(of: ".")
        else { return nil }
        return types[String(name[name.index(after: dot)...])]
    }

    /// Whether a folder may hold files that are given out.
    public static func mayHoldFiles(_ name: String) -> Bool { !name.hasPrefix(".") && !folders.contains(name) }

    /// Whether a file is worth compressing.
    public static func isText(_ path: String) -> Bool {
        [".js", ".css", ".html", ".svg"].contains { path.hasSuffix($0) }
    }
}
