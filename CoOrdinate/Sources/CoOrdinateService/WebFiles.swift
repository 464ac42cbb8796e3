import CoreTypes
import Cryptography
import HTTPServer
import WebCore

/// The viewer for browsers: all its files, read and prepared at the start. No request reaches the file system.
struct WebFiles: Sendable {
    /// The pages and the module that other pages load.
    static let needed = ["player.js", "pages/home.html", "pages/watch.html", "pages/topology.html"]
    private static let icons = ["pages/favicon.ico", "pages/favicon.svg", "pages/favicon.png"]

    /// 16 hexadecimal digits of a hash of all files: the name of this version.
    let version: String
    /// Those of `needed` that are not there.
    let missing: [String]
    /// Modules, styles and pictures, by path.
    private let files: [String: WebAnswer]
    /// Modules with all that they need, by path.
    private let joined: [String: WebAnswer]
    private let pages: [Page: WebAnswer]
    /// What `/player.js` answers.
    let player: WebAnswer?
    /// What `/favicon.ico` answers.
    let icon: WebAnswer?

    /// The contents of files by path in the folder.
    init(_ contents: [String: [UInt8]]) {
        version = Self.version(of: contents)
        missing = Self.needed.filter { contents[$0] == nil }
        let shared = [("Cross-Origin-Resource-Policy", "cross-origin")]
        var files: [String: WebAnswer] = [:]
        var modules: [String: String] = [:]
        for (path, bytes) in contents {
            guard let type = WebFileName.type(of: path), !path.hasSuffix(".html") else { continue }
            files[path] = WebAnswer(bytes, type: type, isText: WebFileName.isText(path), headers: shared)
            if path.hasSuffix(".js") { modules[path] = String(decoding: bytes, as: UTF8.self) }
        }
        self.files = files
        icon = Self.icons.lazy.compactMap { [files] in files[$0] }.first
        let html = contents.compactMap { $0.key.hasSuffix(".html") ? String(decoding: $0.value, as: UTF8.self) : nil }
        let texts = ViewerText(modules, pages: html, version: version)
        func answer(_ text: String, as path: String, _ headers: [(name: String, value: String)]) -> WebAnswer? {
            WebFileName.type(of: path).map { WebAnswer(Array(text.utf8), type: $0, isText: true, headers: headers) }
        }
        joined = texts.joined.reduce(into: [:]) { $0[$1.key] = answer($1.value, as: $1.key, shared) }
        player = texts.entry("player.js").flatMap { answer($0, as: "player.js", shared) }
        pages = Page.allCases.reduce(into: [:]) { pages, page in
            guard let bytes = contents[page.path] else { return }
            pages[page] = answer(texts.page(String(decoding: bytes, as: UTF8.self)), as: page.path, page.headers)
        }
    }

    /// A file by its path in the folder.
    subscript(path: String) -> WebAnswer? { files[path] }

    /// A file as this version's pages load it: a module that others begin with comes with all that it needs.
    func whole(_ path: String) -> WebAnswer? { joined[path] ?? files[path] }

    /// A page.
    subscript(page: Page) -> WebAnswer? { pages[page] }

    private static func version(of contents: [String: [UInt8]]) -> String {
        var hashes: [UInt8] = []
        for (path, bytes) in contents.sorted(by: { $0.key < $1.key }) {
            hashes += SHA256.hash(Array(path.utf8)) + SHA256.hash(bytes)
        }
        return hexadecimal(SHA256.hash(hashes).prefix(8))
    }
}
