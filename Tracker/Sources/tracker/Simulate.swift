import ArgumentParser
import CoreTypes
import FoundationEssentials
import ServiceKit
import SwarmSimulation

struct Simulate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Simulate a swarm on a virtual clock.",
        discussion: """
            Runs this tracker's overlay and the decisions of real viewers, with a network that follows from the seed: the \
            same seed gives the same run. Up to some thousand viewers every piece is simulated (--grain pieces), beyond \
            that chunks of stripes are.
            """)

    @Option(help: "Viewers.")
    var peers = 100

    @Option(help: ArgumentHelp("How long it lasts.", valueName: "time"))
    var duration = DurationArgument(milliseconds: 60_000)

    @Option(help: ArgumentHelp("Over how long the first viewers arrive.", valueName: "time"))
    var arrive = DurationArgument(milliseconds: 10_000)

    @Option(help: ArgumentHelp("Mean time that a viewer stays; who left is replaced at once.", valueName: "time"))
    var churn: DurationArgument?

    @Option(help: "Of those who leave, the share that says so.")
    var graceful = ShareArgument(0)

    @Option(help: "The share of the viewers that is gone all at once.")
    var fail = ShareArgument(0)

    @Option(name: .customLong("break"), help: "The share of the links between viewers that breaks all at once.")
    var breaking = ShareArgument(0)

    @Option(help: ArgumentHelp("When --fail, --break, --outage and --forward-outage happen.", valueName: "time"))
    var at = DurationArgument(milliseconds: 30_000)

    @Option(help: ArgumentHelp("How long the tracker is gone; it comes back without memory.", valueName: "time"))
    var outage = DurationArgument(milliseconds: 0)

    @Option(help: ArgumentHelp("How long the forwards are gone.", valueName: "time"))
    var forwardOutage = DurationArgument(milliseconds: 0)

    @Option(help: ArgumentHelp("Children that viewers can feed: full, mixed, or as 0:20,2:80.", valueName: "mix"))
    var capacities = CapacityMix.full

    @Option(help: ArgumentHelp("From publication to release.", valueName: "time"))
    var buffer = DurationArgument(milliseconds: 3_000)

    @Option(help: "Bits a second of the stream.")
    var bitrate = 500_000

    @Option(help: "Decides everything that is left to chance.")
    var seed: UInt64 = 1

    @Option(help: "Regions that viewers are spread over, 1 to 64.")
    var regions = 1

    @Option(help: "The share of the pairs of viewers that cannot connect.")
    var natFailures = ShareArgument(0)

    @Option(help: ArgumentHelp("internet (10 to 40 ms, limited upload) or loopback.", valueName: "name"))
    var network = Network.internet

    @Option(help: "Upload beyond what the declared children take.")
    var headroom = ShareArgument(0.25)

    @Option(help: "pieces or chunks; chunks from 5,001 viewers on when it is not given.")
    var grain: Scenario.Grain?

    @Option(help: ArgumentHelp("Write figures and samples as JSON; - for standard output.", valueName: "file"))
    var json: String?

    @Option(help: ArgumentHelp("Draw how it went.", valueName: "file"))
    var svg: String?

    @Option(help: ArgumentHelp("Write what happened, line by line; - for standard output.", valueName: "file"))
    var trace: String?

    @Flag(help: "Nothing on the terminal while it runs.")
    var quiet = false

    enum Network: String, ExpressibleByArgument, CaseIterable { case internet, loopback }

    /// What the flags come to.
    var scenario: Scenario {
        var scenario = Scenario()
        scenario.grain = grain ?? (peers > 5_000 ? .chunks : .pieces)
        scenario.seed = seed
        scenario.peers = peers
        scenario.durationMs = duration.milliseconds
        scenario.arriveMs = arrive.milliseconds
        scenario.meanLifeMs = churn?.milliseconds
        scenario.gracefulShare = graceful.value
        scenario.failShare = fail.value
        scenario.breakShare = breaking.value
        scenario.failAtMs = at.milliseconds
        scenario.outageAtMs = at.milliseconds
        scenario.outageMs = outage.milliseconds
        scenario.forwardOutageMs = forwardOutage.milliseconds
        scenario.capacities = capacities
        scenario.bufferMs = buffer.milliseconds
        scenario.bitrate = bitrate
        scenario.regions = regions
        scenario.network = network == .internet ? .internet : .loopback
        scenario.network.natFailures = natFailures.value
        scenario.headroom = headroom.value
        return scenario
    }

    func validate() throws {
        guard (1...2_000_000).contains(peers) else { throw ValidationError("--peers must be 1 to 2000000") }
        guard (1_000...86_400_000).contains(duration.milliseconds) else {
            throw ValidationError("--duration must be 1s to 24h")
        }
        guard (200...60_000).contains(buffer.milliseconds) else {
            throw ValidationError("--buffer must be 200ms to 60s")
        }
        guard (10_000...100_000_000).contains(bitrate) else {
            throw ValidationError("--bitrate must be 10000 to 100000000")
        }
        guard (1...64).contains(regions) else { throw ValidationError("--regions must be 1 to 64") }
        if let churn, churn.milliseconds < 1_000 { throw ValidationError("--churn must be at least 1s") }
        let isTroubled =
            fail.value > 0 || breaking.value > 0 || outage.milliseconds > 0 || forwardOutage.milliseconds > 0
        guard !isTroubled || (1..<duration.milliseconds).contains(at.milliseconds) else {
            throw ValidationError("--at must be before the end of --duration")
        }
        guard json != "-" || trace != "-" else { throw ValidationError("--json - and --trace - cannot both be given") }
    }

    func run() throws {
        let lines = try trace.map { try LineFile($0) }
        let began = ProcessInfo.processInfo.systemUptime
        let result = Simulation.run(scenario, trace: lines.map { lines in Trace { lines.write($0) } } ?? Trace()) {
            guard !quiet else { return }
            StandardStream.error.write("\r\($0.second) s, \($0.viewers) viewers")
        }
        if !quiet { StandardStream.error.write("\r\u{1b}[K") }
        guard let result else { throw ValidationError("there is nothing to simulate") }
        let tookMs = Int((ProcessInfo.processInfo.systemUptime - began) * 1_000)
        if let json { try write(SimulationReport(result, tookMs: tookMs).encoded, to: json) }
        if let svg { try write(Array(SimulationPlot(result).svg.utf8), to: svg) }
        if json != "-", trace != "-" { print(SimulationReport(result, tookMs: tookMs).table) }
    }

    private func write(_ bytes: [UInt8], to path: String) throws {
        try LineFile(path).write(bytes)
    }
}

extension CapacityMix: ExpressibleByArgument {
    /// Parses an argument.
    public init?(argument: String) { self.init(argument) }

    /// As it is written.
    public var defaultValueDescription: String { description }
}

extension Scenario.Grain: ExpressibleByArgument {}
