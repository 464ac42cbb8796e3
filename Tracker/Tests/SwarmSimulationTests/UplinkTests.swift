import Testing

@testable import SwarmSimulation

@Suite struct UplinkTests {
    @Test("two links share an upload, and a third takes its part")
    func sharing() {
        var scenario = Scenario()
        scenario.bitrate = 800_000
        scenario.headroom = 0
        var uplink = Uplink(scenario, capacity: 2)
        // 2 stripes of 400 kbit/s and 6 % for what is no media: 106,000 bytes a second.
        #expect(uplink.send(10_600, to: 1, now: 0) == 100)
        #expect(uplink.send(10_600, to: 2, now: 0) == 200)
        #expect(uplink.send(10_600, to: 3, now: 1_000) == 1_100)
    }

    @Test("without a limit everything leaves at once")
    func unlimited() {
        var scenario = Scenario()
        scenario.network = .loopback
        var uplink = Uplink(scenario, capacity: 0)
        #expect(uplink.send(1 << 30, to: 1, now: 5) == 5)
    }
}
