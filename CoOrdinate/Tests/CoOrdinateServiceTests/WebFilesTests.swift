import CoreTypes
import EventLoop
import Foundation
import HTTPClient
import ServiceKit
import Testing

@testable import CoOrdinateService

/// A folder with a small viewer, gone with the object.
final class ViewerFolder: Sendable {
    static let player = """
        export * from "./element/Element.js";

        """
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("web-\(UUID().uuidString)").path

    init(_ more: [String: String] = [:]) throws {
        var files = [
            "player.js": Self.player,
            "element/Element.js": "import { Manifest } from \"../wire/Manifest.js\";\nexport class Element {}\n",
            "wire/Manifest.js": String(repeating: "export class Manifest {}\n", count: 40),
            "pages/home.html":
                "<!doctype html><title>home</title><script type=module src=/player/pages/home.js></script>",
            "pages/home.js": "import \"../wire/Manifest.js\";\n",
            "pages/watch.html": "<!doctype html><title>watch</title><script type=module src=/player.js></script>",
            "pages/topology.html": "<!doctype html><title>topology</title>", "pages/style.css": "body {}\n",
            "Tests/a.test.js": "test", "package.json": "{}", "jsconfig.json": "{}", ".secret.js": "no",
            "notes.md": "no",
        ]
        files.merge(more) { $1 }
        for (name, text) in files { try write(name, Array(text.utf8)) }
    }

    func write(_ name: String, _ bytes: [UInt8]) throws {
        let file = URL(filePath: path).appending(path: name)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: file)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

@LoopActor
@Suite(.serialized) struct WebFilesTests {
    private func withPages(
        _ more: [String: String] = [:], _ body: (RunningCoordinate, String) async throws -> Void
    ) async throws {
        let folder = try ViewerFolder(more)
        let coordinate = try RunningCoordinate { $0.webFolder = folder.path }
        try await body(coordinate, try #require(coordinate.service.webFiles).version)
        await coordinate.stop()
    }

    @Test func `the entry leads to all modules as one, under the name of this version`() async throws {
        try await withPages { coordinate, version in
            #expect(version.count == 16 && version.allSatisfy(\.isHexDigit))
            let entry = try await coordinate.get("/player.js")
            #expect(entry.status == 200 && entry.header("Content-Type") == "text/javascript; charset=utf-8")
            #expect(entry.text == "export * from \"./player/\(version)/player.js\";\n")
            let whole = try await coordinate.get("/player/\(version)/player.js")
            #expect(whole.text.contains("class Element {}") && whole.text.contains("class Manifest {}"))
            #expect(!whole.text.contains("import "))
            #expect(whole.header("Cache-Control") == "public, max-age=31536000, immutable")
            // A page from before an upgrade goes on with what there is.
            let old = try await coordinate.get("/player/0123456789abcdef/player.js")
            #expect(old.text == whole.text && old.header("Cache-Control") == "no-cache")
            #expect(entry.header("Cache-Control") == "no-cache")
            #expect(entry.header("Cross-Origin-Resource-Policy") == "cross-origin")
            #expect(entry.header("Access-Control-Allow-Origin") == "*")
            #expect(entry.header("X-Content-Type-Options") == "nosniff")
        }
    }

    @Test func `a file may be kept for ever under the name of its version, and is asked for again without it`()
        async throws
    {
        try await withPages { coordinate, version in
            for path in ["/player/wire/Manifest.js", "/player/\(version)/wire/Manifest.js"] {
                let answer = try await coordinate.get(path)
                #expect(answer.status == 200 && answer.text.hasPrefix("export class Manifest"))
                #expect(answer.header("Vary") == "Accept-Encoding" && answer.header("Content-Encoding") == nil)
                let caching = path.contains(version) ? "public, max-age=31536000, immutable" : "no-cache"
                #expect(answer.header("Cache-Control") == caching)
            }
            #expect(
                try await coordinate.get("/player/pages/style.css").header("Content-Type") == "text/css; charset=utf-8")
        }
    }

    @Test func `another file makes another version`() async throws {
        try await withPages { _, version in
            try await withPages(["pages/style.css": "body { color: red }"]) { _, other in #expect(other != version) }
            try await withPages { _, same in #expect(same == version) }
        }
    }

    @Test func `who has a file already gets 304, in each coding for itself`() async throws {
        try await withPages { (coordinate, _) async throws in
            for path in ["/player.js", "/player/wire/Manifest.js", "/", "/live"] {
                var tags: Set<String> = []
                for coding in ["identity", "gzip"] {
                    let answer = try await coordinate.get(path, ("Accept-Encoding", coding))
                    let tag = try #require(answer.header("ETag"))
                    tags.insert(tag)
                    for known in [tag, "W/\(tag)", "\"x\", \(tag)", "*"] {
                        let again = try await coordinate.get(
                            path, ("Accept-Encoding", coding), ("If-None-Match", known))
                        #expect(again.status == 304 && again.body.isEmpty && again.header("ETag") == tag, "\(known)")
                        #expect(
                            again.header("Cache-Control") == "no-cache" && again.header("Vary") == "Accept-Encoding")
                    }
                    let other = try await coordinate.get(path, ("Accept-Encoding", coding), ("If-None-Match", "\"x\""))
                    #expect(other.status == 200 && !other.body.isEmpty)
                }
                #expect(path != "/player/wire/Manifest.js" || tags.count == 2)
            }
        }
    }

    @Test func `text is compressed for who takes it`() async throws {
        try await withPages { (coordinate, _) async throws in
            let plain = try await coordinate.get("/player/wire/Manifest.js")
            let small = try await coordinate.get("/player/wire/Manifest.js", ("Accept-Encoding", "br, gzip"))
            #expect(small.header("Content-Encoding") == "gzip" && small.body.count * 4 < plain.body.count)
            #expect(small.body.starts(with: [0x1f, 0x8b]))
            // It would save nothing.
            let tiny = try await coordinate.get("/player/pages/style.css", ("Accept-Encoding", "gzip"))
            #expect(tiny.header("Content-Encoding") == nil && tiny.text == "body {}\n")
        }
    }

    @Test func `pages are what they are, whatever the name of the stream`() async throws {
        try await withPages { coordinate, version in
            let home = try await coordinate.get("/")
            #expect(home.text.contains("src=/player/\(version)/pages/home.js"))
            for path in ["/live", "/watch/live", "/never-published", "/watch/%6cive"] {
                let page = try await coordinate.get(path)
                #expect(page.status == 200 && page.text.contains("<title>watch</title>"), "\(path)")
                let policy = try #require(page.header("Content-Security-Policy"))
                #expect(policy.hasPrefix("default-src 'none'; script-src 'self'; style-src 'self'"))
                #expect(!policy.contains("unsafe") && !policy.contains("frame-ancestors"))
                #expect(page.header("Content-Type") == "text/html; charset=utf-8")
            }
            for path in ["/", "/topology"] {
                let page = try await coordinate.get(path)
                #expect(page.header("Content-Security-Policy")?.contains("frame-ancestors 'none'") == true)
                #expect(page.header("Referrer-Policy") == "no-referrer" && page.header("Permissions-Policy") != nil)
                #expect(
                    page.header("X-Content-Type-Options") == "nosniff" && page.header("Cache-Control") == "no-cache")
            }
            #expect(try await coordinate.get("/player.js").text.contains("home") == false)
        }
    }

    @Test(arguments: [
        "/stream", "/streams/", "/debug", "/watch/streams", "/watch/", "/watch/a/b", "/a%2fb", "/a%00",
        "/sp%20ace", "/<script>", "/watch/player.js",
    ])
    func `what can be no stream has no page`(path: String) async throws {
        try await withPages { (coordinate, _) async throws in
            let answer = try await coordinate.get(path)
            #expect((400...405).contains(answer.status) && answer.problem != nil, "\(answer.status)")
        }
    }

    @Test(arguments: [
        "/player/Tests/a.test.js", "/player/package.json", "/player/jsconfig.json", "/player/.secret.js",
        "/player/notes.md", "/player/pages/home.html", "/player/%2e%2e/player.js",
        "/player//etc/passwd", "/player/wire%2f..%2f..%2f..%2fetc%2fpasswd",
        "/player/wire/Manifest.js%00.css", "/player/wire/", "/player/", "/player",
        "/player/0123456789abcdef/nothing.js",
        "/player/0123456789abcdeg/player.js",
        "/player/wire/manifest.js",
    ])
    func `nothing else is given out`(path: String) async throws {
        try await withPages { (coordinate, _) async throws in
            let answer = try await coordinate.get(path)
            #expect(answer.status == 400 || answer.status == 404, "\(path): \(answer.status)")
        }
    }

    @Test func `icons and robots have an answer`() async throws {
        try await withPages { (coordinate, _) async throws in
            #expect(try await coordinate.get("/favicon.ico").status == 204)
            #expect(try await coordinate.get("/robots.txt").text.hasPrefix("User-agent: *"))
        }
        try await withPages(["pages/favicon.svg": "<svg/>"]) { (coordinate, _) async throws in
            #expect(try await coordinate.get("/favicon.ico").header("Content-Type") == "image/svg+xml")
        }
    }

    @Test func `without its files a coordinate says so, and does the rest`() async throws {
        let coordinate = try RunningCoordinate()
        for path in ["/", "/live", "/topology", "/player.js", "/player/wire/Manifest.js"] {
            let answer = try await coordinate.get(path)
            #expect(answer.status == 503 && answer.problem == "no-web-files", "\(path)")
        }
        #expect(try await coordinate.get("/favicon.ico").status == 204)
        #expect(try await coordinate.get("/streams").status == 200)
        await coordinate.stop()
    }

    @Test func `a folder that cannot be the viewer's is refused`() throws {
        let folder = try ViewerFolder()
        #expect(try WebFolder.read(folder.path).count == 8)
        #expect(throws: UsageError.self) { try WebFolder.read(folder.path + "/none") }
        #expect(throws: UsageError.self) { try WebFolder.read(folder.path + "/player.js") }
        try folder.write("big.js", [UInt8](repeating: 32, count: WebFolder.fileBytesMax + 1))
        #expect(throws: UsageError.self) { try WebFolder.read(folder.path) }
        try folder.write("big.js", [])
        for number in 0..<9 { try folder.write("f\(number).js", [UInt8](repeating: 32, count: WebFolder.fileBytesMax)) }
        #expect(throws: UsageError.self) { try WebFolder.read(folder.path) }
    }

    @Test func `links lead to the folder, and nowhere from within it`() throws {
        let folder = try ViewerFolder(), link = folder.path + "-link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: folder.path)
        defer { try? FileManager.default.removeItem(atPath: link) }
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/out.js", withDestinationPath: "/etc/passwd")
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/etc", withDestinationPath: "/etc")
        #expect(try WebFolder.read(link).count == 8)
        #expect(WebFolder.found(among: ["/nowhere", folder.path + "/player.js", link]) == link)
    }
}
