import SwarmSimulation
import Testing

/// Whole swarms, small enough for a debug build.
@Suite struct SimulationTests {
    private func calm(_ grain: Scenario.Grain, peers: Int = 40, seed: UInt64 = 1) -> Scenario {
        var scenario = Scenario()
        scenario.grain = grain
        scenario.peers = peers
        scenario.seed = seed
        scenario.durationMs = 20_000
        scenario.arriveMs = 8_000
        return scenario
    }

    private func run(_ scenario: Scenario) throws -> SimulationResult { try #require(Simulation.run(scenario)) }

    @Test("the same seed gives the same run, and another one another", arguments: Scenario.Grain.allCases)
    func sameSeed(_ grain: Scenario.Grain) throws {
        var scenario = calm(grain)
        scenario.meanLifeMs = 20_000
        let first = try run(scenario)
        #expect(try run(scenario).digest == first.digest)
        scenario.seed = 2
        #expect(try run(scenario).digest != first.digest)
    }

    @Test(
        "a calm swarm at its limit plays all, and the forward sends what its roots need",
        arguments: Scenario.Grain.allCases)
    func calmSwarm(_ grain: Scenario.Grain) throws {
        let result = try run(calm(grain))
        #expect(result.continuity == 1)
        #expect(result.accusations == 0 && result.bans == 0)
        #expect(result.samples.last?.forwardUnits == result.rootUnits)
        #expect(result.depthMax <= result.depthBound)
        #expect(result.twoParents > 0.99)
    }

    @Test("half of the viewers die at once, and the others play on", arguments: Scenario.Grain.allCases)
    func massDeparture(_ grain: Scenario.Grain) throws {
        var scenario = calm(grain)
        scenario.durationMs = 35_000
        scenario.failAtMs = 20_000
        scenario.failShare = 0.5
        let result = try run(scenario)
        #expect(result.departures > 8)
        #expect(result.continuity > 0.99, "seed \(scenario.seed)")
        #expect(result.repairMsP50 != nil)
        #expect(result.samples.last?.continuity == 1)
    }

    @Test("a tracker that loses its memory gets its swarm back", arguments: Scenario.Grain.allCases)
    func outage(_ grain: Scenario.Grain) throws {
        var scenario = calm(grain)
        scenario.durationMs = 45_000
        scenario.outageAtMs = 15_000
        scenario.outageMs = 5_000
        let result = try run(scenario)
        #expect(result.continuity == 1)
        #expect(result.samples.last?.viewers == scenario.peers)
        #expect(result.samples.last.map { $0.depthMax <= $0.depthBound + 1 } ?? false)
    }

    @Test("without forwards nothing new comes, and with them it goes on")
    func forwardOutage() throws {
        var scenario = calm(.pieces)
        scenario.durationMs = 40_000
        scenario.failAtMs = 15_000
        scenario.forwardOutageMs = 6_000
        let result = try run(scenario)
        // The buffer bridges half of it.
        #expect(result.continuityWorstSecond < 0.5)
        #expect(result.samples.last?.continuity == 1)
        #expect(result.bans == 0)
    }

    @Test("pieces and chunks agree")
    func grainsAgree() throws {
        var scenario = calm(.pieces, peers: 60)
        scenario.meanLifeMs = 120_000
        scenario.durationMs = 40_000
        let pieces = try run(scenario)
        scenario.grain = .chunks
        let chunks = try run(scenario)
        #expect(abs(pieces.continuity - chunks.continuity) < 0.005)
        #expect(abs(pieces.depthMean - chunks.depthMean) < 0.6)
        #expect(abs(pieces.forwardUnitsMean - chunks.forwardUnitsMean) < 4)
    }

    @Test("viewers that cannot connect to some others find others")
    func natFailures() throws {
        var scenario = calm(.pieces)
        scenario.network.natFailures = 0.2
        scenario.durationMs = 30_000
        let result = try run(scenario)
        #expect(result.continuity > 0.995)
        #expect(result.accusations == 0)
    }

    @Test("in regions, parents are near")
    func regions() throws {
        var scenario = calm(.chunks, peers: 200)
        scenario.regions = 4
        let result = try run(scenario)
        #expect(result.continuity == 1)
        #expect(result.depthMax <= result.depthBound + 1)
    }

    @Test("a capacity mix is read, or refused")
    func mixes() {
        #expect(CapacityMix("full") == .full)
        #expect(CapacityMix("mixed") == .mixed)
        #expect(CapacityMix("0:20,2:80")?.shares.count == 2)
        for bad in ["", "2", "9:1", "2:0", "2:-1", "2:x", "2:1,,", "2:1:1", "2:inf"] {
            #expect(CapacityMix(bad) == nil, "\(bad)")
        }
    }

    @Test("a stream without chunks cannot be simulated")
    func nothingToSimulate() {
        var scenario = Scenario()
        scenario.chunkMs = 0
        #expect(Simulation.run(scenario) == nil)
    }
}
