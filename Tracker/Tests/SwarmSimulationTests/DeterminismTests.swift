import SwarmSimulation
import Testing

@Suite struct DeterminismTests {
    @Test func sameSeedSameDigest() throws {
        var scenario = Scenario()
        scenario.peers = 40
        scenario.durationMs = 20_000
        scenario.meanLifeMs = 20_000
        let first = try #require(Simulation.run(scenario))
        let second = try #require(Simulation.run(scenario))
        #expect(first.digest == second.digest)
        scenario.seed = 2
        #expect(try #require(Simulation.run(scenario)).digest != first.digest)
    }
}
