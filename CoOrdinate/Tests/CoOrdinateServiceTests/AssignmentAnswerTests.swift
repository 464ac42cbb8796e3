import CoreTypes
import EventLoop
import ServiceAPI
import Testing

@testable import CoOrdinateService

@LoopActor
@Suite struct AssignmentAnswerTests {
    private let source = IPAddress("192.0.2.7")!
    private let viewer = IPAddress("10.1.0.1")!

    private func makeRegister(_ trackers: [TrackerRegistration], _ forwards: [ForwardRegistration] = []) throws
        -> Register
    {
        let register = try withFile(#"{"10.1.0.0/16": "berlin", "10.2.0.0/16": "paris"}"#) { file in
            var configuration = CoOrdinateConfiguration()
            configuration.regionsFile = file.path
            return try Register(configuration, log: quietLogger())
        }
        register.stop()
        for tracker in trackers { _ = register.put(tracker, from: source) }
        for forward in forwards { _ = register.put(forward, from: source) }
        return register
    }

    @Test func `the tracker of the viewer's region, with all that a viewer needs`() throws {
        let berlin = tracker("b", region: "berlin", stun: "0.0.0.0:3478", peers: 99)
        let register = try makeRegister([berlin, tracker("p", region: "paris")])
        let answer = register.assign(viewer, scheme: "http")
        #expect(answer.region == "berlin" && answer.tracker?.name == "b" && answer.tracker?.region == "berlin")
        #expect(answer.tracker?.url == "http://b.example:9090" && answer.tracker?.stun == "192.0.2.7:3478")
        #expect(register.assign(IPAddress("10.2.9.9")!, scheme: "http").tracker?.name == "p")
    }

    @Test func `forwards of the tracker come first, then those of its region, each by load and name`() throws {
        let own = [forward("own busy", viewers: 90), forward("own", viewers: 10)]
        let register = try makeRegister(
            [tracker("b", region: "berlin", forwards: own), tracker("p", region: "paris", forwards: [forward("far")])],
            [
                forward("z idle", region: "paris"), forward("near busy", region: "berlin", viewers: 50),
                forward("near b", region: "berlin", viewers: 5), forward("near a", region: "berlin", viewers: 5),
            ])
        let names = ["own", "own busy", "near a", "near b", "near busy", "far", "z idle"]
        let expected = names.map { "http://\($0).example:9998" }
        #expect(register.assign(viewer, scheme: "http").forwards == expected)
    }

    @Test func `a forward known from several sides is told once, a full one never`() throws {
        let register = try makeRegister(
            [
                tracker("b", forwards: [forward("f"), forward("full", viewers: 100)]),
                tracker("p", forwards: [forward("f")]),
            ],
            [forward("f"), forward("over", viewers: 101)])
        #expect(register.assign(viewer, scheme: "http").forwards == ["http://f.example:9998"])
    }

    @Test func `without a tracker there are still region and forwards`() throws {
        let register = try makeRegister(
            [], [forward("far", region: "paris"), forward("near", region: "berlin", viewers: 9)])
        let answer = register.assign(viewer, scheme: "http")
        #expect(answer.tracker == nil && answer.region == "berlin")
        #expect(answer.forwards == ["http://near.example:9998", "http://far.example:9998"])
        #expect(register.assign(source, scheme: "http").region == "")
    }

    @Test func `each viewer is told the URL for its own network, of its own scheme`() throws {
        let urls = [
            AdvertisedURL(url: "http://public:1"), AdvertisedURL(network: "10.0.0.0/8", url: "http://ten:1"),
            AdvertisedURL(network: "10.1.0.0/16", url: "http://campus:1"), AdvertisedURL(url: "https://secure:1"),
        ]
        let register = try makeRegister([tracker("t", urls: urls)], [forward("f", urls: urls)])
        for (client, scheme, url) in [
            ("10.1.0.1", "http", "http://campus:1"), ("10.2.0.1", "http", "http://ten:1"),
            ("203.0.113.1", "http", "http://public:1"), ("2001:db8::1", "http", "http://public:1"),
            ("10.1.0.1", "https", "https://secure:1"),
        ] {
            let answer = register.assign(try #require(IPAddress(client)), scheme: scheme)
            #expect(answer.tracker?.url == url && answer.forwards == [url], "\(client) \(scheme)")
        }
    }

    @Test func `who cannot be reached over the viewer's scheme or from its network is not told`() throws {
        let inner = [AdvertisedURL(network: "10.2.0.0/16", url: "http://inner:1")]
        let register = try makeRegister(
            [tracker("inner", region: "berlin", urls: inner), tracker("plain", region: "paris")],
            [forward("inner", urls: inner), forward("plain")])
        let answer = register.assign(viewer, scheme: "http")
        #expect(answer.tracker?.name == "plain" && answer.forwards == ["http://plain.example:9998"])
        let secure = register.assign(viewer, scheme: "https")
        #expect(secure.tracker == nil && secure.forwards.isEmpty)
    }

    @Test(arguments: ["HTTP://T.example:9090", "http://T.example:9090/", "Http://T.example:9090/"])
    func `however an origin is spelt, viewers are told one that paths can follow`(url: String) throws {
        let register = try makeRegister([tracker("t", urls: [AdvertisedURL(url: url)])])
        #expect(register.assign(viewer, scheme: "http").tracker?.url == "http://T.example:9090")
    }
}
