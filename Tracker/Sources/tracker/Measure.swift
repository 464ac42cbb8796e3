import ArgumentParser
import FoundationEssentials
import OverlayMeasure
import ServiceKit

struct Measure: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure the overlay of a swarm of many viewers.",
        discussion: "In memory, without a network: what joins, departures and background work take and change.",
        shouldDisplay: false)

    @Option(help: "Viewers.")
    var peers = 100_000

    @Option(help: ArgumentHelp("How many children viewers can serve: full (two each), mixed or slack."))
    var capacities = Capacities.full

    @Option(help: "The same seed gives the same overlay.")
    var seed: UInt64 = 1

    @Option(help: "Viewers per stripe that forwards serve.")
    var roots = 8

    @Option(help: "Stripes, 1 to 4.")
    var stripes = 2

    @Option(help: "Pairs of a departure and an arrival (default: four for each viewer, 20,000 to 1,500,000).")
    var pairs: Int?

    @Flag(help: "Print everything as one line of JSON.")
    var json = false

    func validate() throws {
        guard (1...10_000_000).contains(peers) else { throw ValidationError("--peers must be 1 to 10000000") }
        guard (1...4).contains(stripes) else { throw ValidationError("--stripes must be 1 to 4") }
        guard roots > 0 else { throw ValidationError("--roots must be at least 1") }
        guard pairs.map({ $0 > 0 }) ?? true else { throw ValidationError("--pairs must be at least 1") }
    }

    func run() throws {
        var measurement = OverlayMeasurement(peers: peers, capacities: capacities, seed: seed)
        measurement.rootLimit = roots
        measurement.stripeCount = stripes
        if let pairs { measurement.pairs = pairs }
        let figures = measurement.run()
        guard json else { return print(figures) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        print(String(decoding: try encoder.encode(figures), as: UTF8.self))
    }
}

extension Capacities: ExpressibleByArgument {}
