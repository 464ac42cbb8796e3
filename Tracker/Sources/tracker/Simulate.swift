import ArgumentParser
import Foundation
import SwarmSimulation

struct Simulate: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Simulate a swarm on a virtual clock.")
    @Option var peers = 100
    @Option var duration = 60
    @Option var churn: Int?
    @Option var seed: UInt64 = 1
    func run() throws {
        var scenario = Scenario()
        scenario.peers = peers
        scenario.durationMs = Int64(duration) * 1000
        scenario.meanLifeMs = churn.map { Int64($0) * 1000 }
        scenario.seed = seed
        let began = Date()
        let result = Simulation.run(scenario, trace: Trace { print($0) })!
        for x in result.samples { print("S", x.second, x.viewers, x.continuity, x.forwardUnits, x.depthMax, x.depthMean, x.repairs) }
        var r = result; r.samples = []
        dump(r)
        print(Date().timeIntervalSince(began))
    }
}
