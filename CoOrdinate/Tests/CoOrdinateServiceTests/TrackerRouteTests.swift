import CoreTypes
import Cryptography
import EventLoop
import HTTPClient
import ServiceAPI
import Testing

@testable import CoOrdinateService

@LoopActor
@Suite(.serialized) struct TrackerRouteTests {
    private let source = IPAddress("192.0.2.7")!

    @Test func `a viewer is told tracker, forwards and a token that opens this stream for a minute`() async throws {
        let coordinate = try RunningCoordinate()
        try coordinate.stream("match")
        _ = coordinate.service.register.put(tracker("t", region: "north"), from: source)
        _ = coordinate.service.register.put(forward("f"), from: source)
        let before = Clock.wall
        let response = try await coordinate.get("/tracker?stream=match")
        #expect(response.status == 200 && response.header("Access-Control-Allow-Origin") == "*")
        let answer = try response.json(TrackerAssignment.self)
        #expect(answer.tracker?.url == "http://t.example:9090" && answer.forwards == ["http://f.example:9998"])
        #expect((before...Clock.wall).contains(answer.tokenExpiresAt - 60_000))
        let authority = TokenAuthority(secret: RunningCoordinate.secret)
        let token = try authority.verify(answer.token, for: try StreamName("match"), now: before)
        #expect(token.kind == .direct && token.expiresAt == answer.tokenExpiresAt)
        let again = try await coordinate.get("/tracker?stream=match").json(TrackerAssignment.self)
        #expect(try authority.verify(again.token, now: before).peer != token.peer)
        #expect(coordinate.service.assignments == 2)
        await coordinate.stop()
    }

    @Test func `without a stream's name it is live, and what is not there is said`() async throws {
        let coordinate = try RunningCoordinate()
        let unknown = try await coordinate.get("/tracker")
        #expect(unknown.status == 404 && unknown.problem == "unknown-stream")
        try coordinate.stream("live")
        _ = coordinate.service.register.put(tracker("t"), from: source)
        #expect(try await coordinate.get("/tracker").status == 200)
        #expect(try await coordinate.get("/tracker?stream=other").problem == "unknown-stream")
        for name in ["..", "", "a%2Fb", "stream", String(repeating: "x", count: 65)] {
            let answer = try await coordinate.get("/tracker?stream=" + name)
            #expect(answer.status == 400 && answer.problem == "bad-name", "\(name)")
        }
        await coordinate.stop()
    }

    @Test func `when no tracker is alive a viewer still gets forwards and a token`() async throws {
        let coordinate = try RunningCoordinate()
        try coordinate.stream("live")
        _ = coordinate.service.register.put(forward("f"), from: source)
        let response = try await coordinate.get("/tracker")
        #expect(response.status == 503 && response.header("Retry-After") == "2")
        let answer = try response.json(TrackerAssignment.self)
        #expect(answer.tracker == nil && answer.forwards == ["http://f.example:9998"])
        let authority = TokenAuthority(secret: RunningCoordinate.secret)
        #expect(throws: Never.self) { try authority.verify(answer.token, for: .standard, now: Clock.wall) }
        let text = try await coordinate.get("/tracker", ("Accept", "text/plain"))
        #expect(text.status == 503 && text.problem == "no-tracker" && text.header("Retry-After") != nil)
        await coordinate.stop()
    }

    @Test(arguments: [
        ("http://t.example:9090", "t.example:9090"), ("http://t.example", "t.example:80"),
        ("http://[2001:db8::1]:9090", "[2001:db8::1]:9090"), ("http://[2001:db8::1]", "[2001:db8::1]:80"),
    ])
    func `as text it is host and port`(url: String, text: String) async throws {
        let coordinate = try RunningCoordinate()
        try coordinate.stream("live")
        _ = coordinate.service.register.put(tracker("t", urls: [AdvertisedURL(url: url)]), from: source)
        let answer = try await coordinate.get("/tracker", ("Accept", "text/plain"))
        #expect(answer.status == 200 && answer.text.filter { $0 != "\n" } == text)
        #expect(answer.header("Content-Type")?.hasPrefix("text/plain") == true)
        await coordinate.stop()
    }

    /// A viewer at 203.0.113.9 whose connection a proxy made.
    private let proxied: [(name: String, value: String)] = [
        ("X-Forwarded-For", "203.0.113.9"), ("X-Forwarded-Proto", "https"),
    ]
    private let both = [AdvertisedURL(url: "http://plain:1"), AdvertisedURL(url: "https://secure:1")]

    @Test(arguments: ["/tracker", "/topology/live"])
    func `URLs have the scheme that the viewer used before the trusted proxy`(path: String) async throws {
        let coordinate = try RunningCoordinate(trustedProxies: ["127.0.0.0/8"])
        try coordinate.stream("live")
        _ = coordinate.service.register.put(tracker("t", urls: both), from: source)
        _ = coordinate.service.register.put(forward("f", urls: both), from: source)
        let far = try await coordinate.send("GET", path, headers: proxied)
        #expect(far.text.contains("https://secure:1") && !far.text.contains("http://plain:1"))
        let near = try await coordinate.get(path)
        #expect(near.text.contains("http://plain:1") && !near.text.contains("https://secure:1"))
        await coordinate.stop()
    }

    @Test(arguments: ["127.0.0.1", "junk", nil])
    func `a trusted proxy says the scheme also for a viewer of its own host`(
        forwardedFor: String?
    ) async throws {
        let coordinate = try RunningCoordinate(trustedProxies: ["127.0.0.0/8"])
        try coordinate.stream("live")
        _ = coordinate.service.register.put(tracker("t", urls: both), from: source)
        for (word, url) in [("https", "https://secure:1"), ("HTTPS", "https://secure:1"), ("ftp", "http://plain:1")] {
            let headers =
                [(name: "X-Forwarded-Proto", value: word)] + (forwardedFor.map { [("X-Forwarded-For", $0)] } ?? [])
            let answer = try await coordinate.send("GET", "/tracker", headers: headers)
            #expect(try answer.json(TrackerAssignment.self).tracker?.url == url, "\(word)")
        }
        await coordinate.stop()
    }

    @Test func `anybody else says what they like`() async throws {
        let coordinate = try RunningCoordinate(trustedProxies: ["198.51.100.0/24"])
        try coordinate.stream("live")
        _ = coordinate.service.register.put(tracker("t", urls: both), from: source)
        let answer = try await coordinate.send("GET", "/tracker", headers: proxied)
        #expect(try answer.json(TrackerAssignment.self).tracker?.url == "http://plain:1")
        await coordinate.stop()
    }
}
