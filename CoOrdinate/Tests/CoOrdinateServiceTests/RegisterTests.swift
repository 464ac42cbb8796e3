import CoreTypes
import EventLoop
import ServiceAPI
import ServiceKit
import Testing

@testable import CoOrdinateService

@LoopActor
@Suite struct RegisterTests {
    private let source = IPAddress("192.0.2.7")!

    private func makeRegister(_ change: (inout CoOrdinateConfiguration) -> Void = { _ in }) throws -> Register {
        var configuration = CoOrdinateConfiguration()
        change(&configuration)
        let register = try Register(configuration, log: quietLogger())
        // Leases are judged here by copies of the tables, at times of the test's own.
        register.stop()
        return register
    }

    @Test func `who has not been heard of for 6 s is forgotten`() throws {
        let register = try makeRegister()
        let before = Clock.now
        #expect(
            register.put(tracker("t"), from: source) == .added && register.put(forward("f"), from: source) == .added)
        let after = Clock.now
        var (trackers, forwards) = (register.trackers, register.forwards)
        #expect(trackers.expire(now: before.advanced(byMilliseconds: 5_999)).isEmpty)
        #expect(forwards.expire(now: before.advanced(byMilliseconds: 5_999)).isEmpty)
        #expect(trackers.expire(now: after.advanced(byMilliseconds: 6_000)).map(\.key) == ["t"])
        #expect(forwards.expire(now: after.advanced(byMilliseconds: 6_000)).map(\.key) == ["f"])
    }

    @Test func `a heartbeat renews, replaces what was told, and one name is one service`() throws {
        let register = try makeRegister()
        _ = register.put(tracker("t", region: "berlin", peers: 1), from: source)
        #expect(register.put(tracker("t", region: "paris", peers: 2), from: source) == .renewed)
        #expect(register.trackers.values.map(\.registration.region) == ["paris"])
        #expect(register.trackers.values.map(\.registration.peers) == [2])
        _ = register.put(forward("f", viewers: 1), from: source)
        #expect(register.put(forward("f", viewers: 2), from: source) == .renewed)
        #expect(register.forwards.values.map(\.load.viewers) == [2])
    }

    @Test func `who leaves is gone at once, alone, and may leave twice`() throws {
        let register = try makeRegister()
        for name in ["a", "b"] {
            _ = register.put(tracker(name), from: source)
            _ = register.put(forward(name), from: source)
        }
        for _ in 0..<2 {
            register.removeTracker("a")
            register.removeForward("b")
        }
        #expect(!register.knows(tracker: "a") && register.knows(tracker: "b"))
        #expect(register.knows(forward: "a") && !register.knows(forward: "b"))
    }

    @Test(arguments: [("192.0.2.7", "192.0.2.7"), ("2001:db8::7", "[2001:db8::7]")])
    func `unspecified hosts are the connection's address, others stay`(source: String, host: String) throws {
        let register = try makeRegister()
        let urls = [
            AdvertisedURL(url: "http://0.0.0.0:9090"), AdvertisedURL(network: "10.0.0.0/8", url: "https://[::]:9091"),
            AdvertisedURL(url: "http://name.example:1"), AdvertisedURL(url: "http://127.0.0.1:2"),
        ]
        let expected = ["http://\(host):9090", "https://\(host):9091", "http://name.example:1", "http://127.0.0.1:2"]
        let address = try #require(IPAddress(source))
        _ = register.put(
            tracker("t", urls: urls, stun: "[::]:3478", forwards: [forward("n", urls: urls)]), from: address)
        _ = register.put(forward("f", urls: urls), from: address)
        let told = try #require(register.trackers["t"]).registration
        for list in [told.urls, told.forwards[0].urls, try #require(register.forwards["f"]).urls] {
            #expect(list.map(\.url) == expected && list.map(\.network) == [nil, "10.0.0.0/8", nil, nil])
        }
        #expect(told.stun == "\(host):3478")
        _ = register.put(tracker("t", stun: "stun.example:3478"), from: address)
        #expect(register.trackers["t"]?.registration.stun == "stun.example:3478")
    }

    @Test func `10,000 of each kind are the most, and the full register renews its members`() throws {
        let register = try makeRegister()
        for number in 0..<10_000 {
            #expect(register.put(tracker("t\(number)"), from: source) == .added)
            #expect(register.put(forward("f\(number)"), from: source) == .added)
        }
        #expect(register.put(tracker("one more"), from: source) == .full && !register.knows(tracker: "one more"))
        #expect(register.put(forward("one more"), from: source) == .full && !register.knows(forward: "one more"))
        #expect(register.put(tracker("t77"), from: source) == .renewed)
        register.removeTracker("t77")
        #expect(register.put(tracker("one more"), from: source) == .added)
    }

    @Test func `viewers are those of trackers and forwards, of this stream alone`() throws {
        let register = try makeRegister()
        let swarms = [
            SwarmReport(stream: "live", peers: 5, bytesFromPeers: 300, bytesFromForwards: 100),
            SwarmReport(stream: "other", peers: 70, bytesFromPeers: 0, bytesFromForwards: 1),
        ]
        #expect(register.viewers(of: "live") == 0 && register.offload(of: "live") == nil)
        _ = register.put(tracker("a", swarms: swarms), from: source)
        _ = register.put(forward("f", streams: [StreamLoad(stream: "live", viewers: 3)]), from: source)
        #expect(register.viewers(of: "live") == 8 && register.offload(of: "live") == 0.75)
        #expect(register.viewers(of: "other") == 70 && register.offload(of: "other") == 0)
        _ = register.put(tracker("b", swarms: [swarms[0]]), from: source)
        #expect(register.viewers(of: "live") == 13 && register.offload(of: "live") == 0.75)
    }

    @Test func `a root is a viewer of its swarm and of a forward, and counted once`() throws {
        let register = try makeRegister()
        func swarm(_ roots: Int?) -> [SwarmReport] {
            [SwarmReport(stream: "live", peers: 10, roots: roots, bytesFromPeers: 0, bytesFromForwards: 0)]
        }
        _ = register.put(forward("f", streams: [StreamLoad(stream: "live", viewers: 6)]), from: source)
        for (roots, viewers) in [(nil, 16), (4, 12), (6, 10), (9, 10), (-3, 16), (.max, 10)] as [(Int?, Int)] {
            _ = register.put(tracker("a", swarms: swarm(roots)), from: source)
            #expect(register.viewers(of: "live") == viewers)
        }
    }

    @Test func `offload is that of the last heartbeats, not of the last one alone`() throws {
        let register = try makeRegister()
        func put(_ peers: UInt64, _ forwards: UInt64) {
            let swarm = SwarmReport(stream: "live", peers: 5, bytesFromPeers: peers, bytesFromForwards: forwards)
            _ = register.put(tracker("a", swarms: [swarm]), from: source)
        }
        put(0, 1_000)
        #expect(register.offload(of: "live") == 0)
        put(0, 0)
        #expect(register.offload(of: "live") == 0)
        put(1_000, 0)
        let halfWay = try #require(register.offload(of: "live"))
        #expect(halfWay > 0.5 && halfWay < 0.6)
        for _ in 0..<60 { put(1_000, 0) }
        #expect(try #require(register.offload(of: "live")) > 0.99)
        _ = register.put(tracker("a", swarms: []), from: source)
        #expect(register.offload(of: "live") == nil)
    }

    @Test func `a swarm that has not received anything yet has no offload`() throws {
        let register = try makeRegister()
        let quiet = SwarmReport(stream: "live", peers: 5, bytesFromPeers: 0, bytesFromForwards: 0)
        _ = register.put(tracker("a", swarms: [quiet]), from: source)
        #expect(register.offload(of: "live") == nil)
    }

    @Test func `a changed regions file is read again, a broken one changes nothing`() throws {
        try withFile(#"{"192.0.2.0/24": "old"}"#) { file in
            let register = try makeRegister { $0.regionsFile = file.path }
            file.write(Array(#"{"192.0.2.0/24": "new"}"#.utf8))
            try register.reload()
            #expect(register.regions.region(of: source) == "new")
            file.write(Array(#"{"192.0.2.0/24": 5}"#.utf8))
            #expect(throws: UsageError.self) { try register.reload() }
            #expect(register.regions.region(of: source) == "new")
        }
    }

    @Test func `a database that is none is a mistake of the configuration`() {
        withFile("no database") { file in
            for path in [file.path, file.path + ".missing"] {
                #expect { try makeRegister { $0.geoFile = path } } throws: {
                    $0 is UsageError && "\($0)".hasPrefix("--geo: ") && "\($0)".contains(path)
                }
            }
        }
    }
}
