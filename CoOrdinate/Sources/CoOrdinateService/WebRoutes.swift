import CoreTypes
import EventLoop
import HTTPServer

/// The pages, and the viewer that they and other sites' pages load.
@LoopActor
struct WebRoutes {
    let files: WebFiles?

    private static let isKept = "public, max-age=31536000, immutable"
    private static let isAskedFor = "no-cache"
    private static let robots = "User-agent: *\nAllow: /$\nDisallow: /\n"

    func add(to router: Router) {
        router.get("/player.js") { answer($0, files?.player) }
        router.get("/player/*path", file)
        router.get("/favicon.ico") { request in
            guard let icon = files?.icon else { return .now(.noContent) }
            return .now(icon.response(to: request, caching: "public, max-age=86400"))
        }
        router.get("/robots.txt") { _ in .now(.text(Self.robots, headers: [("Cache-Control", "max-age=86400")])) }
        router.get("/topology") { answer($0, files?[.topology]) }
        router.get("/") { answer($0, files?[.home]) }
        router.get("/watch/:name", watch)
        router.get("/:name", watch)
    }

    /// A file, kept for ever under the name of this version.
    private func file(_ request: HTTPRequest) -> HTTPReply {
        let path = request.parameters["path"] ?? ""
        guard let files else { return Self.noFiles }
        if path.hasPrefix(files.version + "/"), let file = files.whole(String(path.dropFirst(files.version.count + 1)))
        {
            return .now(file.response(to: request, caching: Self.isKept))
        }
        // Pages that were open when the files changed go on with what there is now.
        if let old = Self.pathOfOtherVersion(path), let file = files.whole(old) {
            return .now(file.response(to: request, caching: Self.isAskedFor))
        }
        guard let file = files[path] else {
            return Problem(404, "not-found", "the viewer has no file of this name").reply
        }
        return .now(file.response(to: request, caching: Self.isAskedFor))
    }

    /// What follows the name of some version, which is 16 hexadecimal digits.
    private static func pathOfOtherVersion(_ path: String) -> String? {
        let parts = path.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].count == 16, parts[0].allSatisfy({ $0.isASCII && $0.isHexDigit }) else {
            return nil
        }
        return String(parts[1])
    }

    /// The page of a stream, be it live or not: people come early.
    private func watch(_ request: HTTPRequest) -> HTTPReply {
        do { _ = try StreamName(request.parameters["name"] ?? "") } catch {
            let type = if case .reserved = error { "reserved-name" } else { "bad-name" }
            return Problem(404, type, "\(error)").reply
        }
        return answer(request, files?[.watch])
    }

    private func answer(_ request: HTTPRequest, _ found: WebAnswer?) -> HTTPReply {
        found.map { .now($0.response(to: request, caching: Self.isAskedFor)) } ?? Self.noFiles
    }

    private static var noFiles: HTTPReply {
        Problem(503, "no-web-files", "this coordinate runs without the files of the viewer: start it with --web DIR")
            .reply
    }
}
