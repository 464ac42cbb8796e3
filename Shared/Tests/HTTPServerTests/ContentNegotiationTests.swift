import CoreTypes
import EventLoop
import HTTPClient
import TestSupport
import Testing

@testable import HTTPServer

@Suite struct ContentNegotiationTests {
    @Test(arguments: [
        ("gzip", true), ("GZIP", true), ("deflate, gzip, br", true), ("gzip;q=0.001", true), ("*", true),
        ("br, *;q=0.1", true), ("gzip ; q=1", true), ("gzip;q=x", true),
        ("", false), ("br", false), ("gzip;q=0", false), ("gzip; q=0.000", false), ("*;q=0", false),
        ("*, gzip;q=0", false), ("xgzip", false), ("gzipped", false), (",,;q=1,", false),
    ])
    func `a coding is allowed by name, or by a wildcard when it is not named`(list: String, isAllowed: Bool) {
        #expect(codings(list, allow: "gzip") == isAllowed)
    }

    @Test(arguments: [
        ("\"a\"", true), ("W/\"a\"", true), ("\"b\", \"a\"", true), ("\"b\",W/\"a\"", true), (" * ", false),
        ("*", true), ("\"b,c\", \"a\"", true), ("\"x\"\"a\"", true),
        ("", false), ("a", false), ("\"A\"", false), ("\"b\"", false), ("\"a", false), ("w/\"a\"", false),
        ("b, \"a\"", false), ("\"a\"b", true), ("\"b\" * \"a\"", false),
    ])
    func `entity tags are compared weakly, one by one`(list: String, isFound: Bool) {
        #expect(entityTags(list, contain: "\"a\"") == isFound)
    }

    @Test func `a tag among others is always found`() {
        var random = SeededGenerator(seed: 3)
        for _ in 0..<500 {
            let others = (0..<Int.random(in: 0...6, using: &random)).map { _ in
                (Bool.random(using: &random) ? "W/" : "") + "\"\(UInt16.random(in: 0...9_999, using: &random)),\""
            }
            #expect(!entityTags(others.joined(separator: ","), contain: "\"own\""))
            let all = (others + ["W/\"own\""]).shuffled(using: &random)
            #expect(entityTags(all.joined(separator: ", "), contain: "\"own\""), "\(all)")
        }
    }
}

@LoopActor
@Suite(.serialized) struct CrossOriginTests {
    let router = Router()
    let client = HTTPClient()

    private func withServer(_ body: (HTTPServer, String) async throws -> Void) async throws {
        let server = HTTPServer(
            HTTPServer.Configuration(listen: [try #require(ListenAddress("127.0.0.1:0"))]), router: router)
        try server.start()
        try await body(server, "http://\(server.addresses[0])")
        await server.stop(drainMs: 100)
    }

    @Test func `a preflight says what a page of another origin may send, and for how long that holds`() async throws {
        router.on([.post], "/peers") { _ in .now(.noContent) }
        try await withServer { _, url in
            let asked = HTTPClientRequest(
                "OPTIONS", url + "/peers",
                headers: [
                    ("Origin", "http://elsewhere"), ("Access-Control-Request-Method", "POST"),
                    ("Access-Control-Request-Headers", "authorization, content-type, last-event-id"),
                ])
            let plain = try await client.send(asked)
            #expect(plain.status == 204 && plain.header("Access-Control-Allow-Origin") == "*")
            let allowed = plain.header("Access-Control-Allow-Headers")?.lowercased().split(separator: ", ") ?? []
            #expect(Set(["authorization", "content-type", "last-event-id"]).isSubset(of: allowed.map(String.init)))
            #expect(plain.header("Access-Control-Allow-Methods")?.contains("DELETE") == true)
            #expect(plain.header("Access-Control-Max-Age") == "7200")
            #expect(plain.header("Access-Control-Allow-Private-Network") == nil)
            var nearer = asked
            nearer.headers.append(("Access-Control-Request-Private-Network", "true"))
            let answer = try await client.send(nearer)
            #expect(answer.header("Access-Control-Allow-Private-Network") == "true")
        }
    }

    @Test func `pages may read entity tags and when to come again`() async throws {
        router.get("/x") { _ in .now(.text("x")) }
        try await withServer { _, url in
            let answer = try await client.send(HTTPClientRequest("GET", url + "/x"))
            let exposed = answer.header("Access-Control-Expose-Headers")?.split(separator: ", ") ?? []
            #expect(Set(["ETag", "Retry-After"]).isSubset(of: exposed))
            #expect(answer.header("Access-Control-Max-Age") == nil)
        }
    }

    @Test func `a rest of a path is one parameter, and never empty`() async throws {
        router.get("/files/*path") { .now(.text($0.parameters["path"] ?? "none")) }
        try await withServer { (_, url) async throws in
            func text(_ path: String) async throws -> String {
                let answer = try await client.send(HTTPClientRequest("GET", url + path))
                return answer.status == 200 ? String(decoding: answer.body, as: UTF8.self) : "\(answer.status)"
            }
            #expect(try await text("/files/a") == "a")
            #expect(try await text("/files/a/b%2Fc/d.js") == "a/b/c/d.js")
            #expect(try await text("/files/a//") == "a//")
            #expect(try await text("/files") == "404")
            #expect(try await text("/file/a") == "404")
        }
    }
}
