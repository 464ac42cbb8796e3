import EventLoop
import HTTPClient
import ServiceAPI
import ServiceKit
import Testing

@testable import CoOrdinateService

@LoopActor
@Suite(.serialized) struct RegisterRouteTests {
    nonisolated static let paths = ["/tracker", "/forward"]

    private func body(
        _ path: String, _ name: String = "n", urls: [AdvertisedURL] = [AdvertisedURL(url: "http://h:1")]
    ) -> [UInt8] {
        path == "/tracker" ? encodeJSON(tracker(name, urls: urls)) : encodeJSON(forward(name, urls: urls))
    }

    private func isRegistered(_ path: String, _ name: String, at service: CoOrdinateService) -> Bool {
        path == "/tracker" ? service.register.knows(tracker: name) : service.register.knows(forward: name)
    }

    @Test(arguments: paths) func `register, heartbeat, leave`(path: String) async throws {
        let coordinate = try RunningCoordinate()
        let unknown = try await coordinate.send("PUT", path, body(path), secret: true)
        #expect(unknown.status == 404 && unknown.problem == "unknown-" + path.dropFirst())
        #expect(try await coordinate.send("POST", path, body(path), secret: true).status == 201)
        #expect(isRegistered(path, "n", at: coordinate.service))
        #expect(try await coordinate.send("PUT", path, body(path), secret: true).status == 200)
        // A service that restarted registers again while its old lease runs.
        #expect(try await coordinate.send("POST", path, body(path), secret: true).status == 201)
        #expect(try await coordinate.send("DELETE", path, body(path), secret: true).status == 204)
        #expect(!isRegistered(path, "n", at: coordinate.service))
        #expect(try await coordinate.send("PUT", path, body(path), secret: true).status == 404)
        await coordinate.stop()
    }

    @Test(arguments: paths) func `without the secret nothing changes`(path: String) async throws {
        let coordinate = try RunningCoordinate()
        for token in [nil, "", "wrong", RunningCoordinate.secret + "x", String(RunningCoordinate.secret.dropLast())] {
            let headers = token.map { [(name: "Authorization", value: "Bearer " + $0)] } ?? []
            let answer = try await coordinate.send("POST", path, body(path), headers: headers)
            #expect(answer.status == 401 && answer.problem == "bad-secret")
            #expect(!isRegistered(path, "n", at: coordinate.service))
        }
        _ = try await coordinate.send("POST", path, body(path), secret: true)
        #expect(try await coordinate.send("DELETE", path, body(path)).status == 401)
        #expect(isRegistered(path, "n", at: coordinate.service))
        await coordinate.stop()
    }

    @Test(arguments: paths) func `a name has 1 to 128 bytes`(path: String) async throws {
        let coordinate = try RunningCoordinate()
        for (name, status) in [("", 400), ("x", 201), (String(repeating: "ü", count: 64), 201)] {
            #expect(try await coordinate.send("POST", path, body(path, name), secret: true).status == status)
        }
        let long = String(repeating: "ü", count: 64) + "x"
        let answer = try await coordinate.send("POST", path, body(path, long), secret: true)
        #expect(answer.status == 400 && answer.problem == "bad-name")
        #expect(!isRegistered(path, long, at: coordinate.service))
        await coordinate.stop()
    }

    @Test(arguments: paths) func `1 to 16 absolute URLs are needed`(path: String) async throws {
        let coordinate = try RunningCoordinate()
        func status(_ urls: [String]) async throws -> (Int, String?) {
            let urls = urls.map { AdvertisedURL(url: $0) }
            let answer = try await coordinate.send("POST", path, body(path, urls: urls), secret: true)
            return (answer.status, answer.problem)
        }
        for urls in [["http://h"], ["https://h:1"], ["http://[::]:1"], Array(repeating: "http://h:1", count: 16)] {
            #expect(try await status(urls) == (201, nil))
        }
        for urls in [
            [], Array(repeating: "http://h:1", count: 17), ["http://h:1", "h:1"], ["/h"], ["ftp://h"], ["http://"],
            ["http://h:0"], ["http://h:65536"], ["http://a@h"], ["http://::1"], ["http://h h"],
        ] {
            #expect(try await status(urls) == (400, "bad-url"), "\(urls)")
        }
        await coordinate.stop()
    }

    @Test(arguments: paths) func `unknown fields are ignored, wrong ones are named`(path: String) async throws {
        let coordinate = try RunningCoordinate()
        let good = String(decoding: body(path), as: UTF8.self)
        let more = good.replacing("{\"", with: "{\"future\":[1],\"", maxReplacements: 1)
        #expect(try await coordinate.send("POST", path, Array(more.utf8), secret: true).status == 201)
        for (old, new, field) in [("\"n\"", "5", "name"), ("\"region\":\"\"", "\"region\":null", "region")] {
            let bad = good.replacing(old, with: new)
            #expect(bad != good)
            let answer = try await coordinate.send("POST", path, Array(bad.utf8), secret: true)
            #expect(answer.problem == "malformed-json" && answer.text.contains(field))
        }
        await coordinate.stop()
    }

    @Test(arguments: paths) func `a full register says so`(path: String) async throws {
        let coordinate = try RunningCoordinate()
        for number in 0..<10_000 {
            if path == "/tracker" {
                _ = coordinate.service.register.put(tracker("\(number)"), from: .init("192.0.2.1")!)
            }
            if path == "/forward" {
                _ = coordinate.service.register.put(forward("\(number)"), from: .init("192.0.2.1")!)
            }
        }
        let answer = try await coordinate.send("POST", path, body(path), secret: true)
        #expect(answer.status == 507 && answer.problem == "register-full")
        await coordinate.stop()
    }

    @Test func `an unspecified host becomes the address the heartbeat came from`() async throws {
        let coordinate = try RunningCoordinate(trustedProxies: ["127.0.0.0/8"])
        let open = tracker("t", urls: [AdvertisedURL(url: "http://0.0.0.0:9090")], stun: "0.0.0.0:3478")
        _ = try await coordinate.send("POST", "/tracker", encodeJSON(open), secret: true)
        let told = try #require(coordinate.service.register.trackers["t"]).registration
        #expect(told.urls.map(\.url) == ["http://127.0.0.1:9090"] && told.stun == "127.0.0.1:3478")
        await coordinate.stop()
    }
}
