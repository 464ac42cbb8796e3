import ArgumentParser
import ClientService
import EventLoop
import ServiceKit

struct Swarm: LoopCommand {
    static let configuration = CommandConfiguration(
        abstract: "Watch a stream with many viewers in one process.",
        discussion: """
            Viewers arrive, feed each other, and leave, as people would; a JSON summary comes at the end. For trying a \
            cluster out, and for lending it upload.
            """)

    @OptionGroup var viewing: ViewingArguments

    @Option(help: "Viewers.")
    var peers = 10

    @Option(help: ArgumentHelp("How fast they arrive, as 10/s.", valueName: "n/s"))
    var arrive = "10/s"

    @Option(
        help: ArgumentHelp(
            "How long a viewer stays on average (exponential); another takes its place. Half of them leave without a word.",
            valueName: "lifetime"))
    var churn: DurationArgument?

    @Option(help: "Makes chance repeatable.")
    var seed: UInt64 = 1

    var log: LogOptions { viewing.log }

    func validate() throws {
        guard (1...10_000).contains(peers) else { throw ValidationError("--peers must be 1 to 10000") }
        guard rate != nil else { throw ValidationError("--arrive takes a rate as 10/s") }
        guard churn.map({ $0.milliseconds >= 1_000 }) ?? true else {
            throw ValidationError("--churn must be 1s or more")
        }
    }

    private var rate: Double? {
        let text = arrive.hasSuffix("/s") ? String(arrive.dropLast(2)) : arrive
        return Double(text).flatMap { $0 > 0 && $0 <= 100_000 ? $0 : nil }
    }

    @LoopActor func run(_ signals: Signals) async throws {
        var configuration = SwarmConfiguration(url: viewing.url)
        configuration.peers = peers
        configuration.arrivalsPerSecond = rate ?? 10
        configuration.lifetimeMs = churn?.milliseconds
        configuration.seed = seed
        configuration.bufferMs = viewing.buffer.milliseconds
        configuration.durationMs = viewing.duration?.milliseconds
        configuration.waitMs = viewing.wait.milliseconds
        configuration.verifies = viewing.verify
        configuration.statistics = viewing.stats
        configuration.options = viewing.peers.options
        configuration.certificateAuthorityFile = viewing.tlsCa
        configuration.localAddress = viewing.bind?.description
        let session = SwarmSession(configuration)
        signals.onStop { session.stop() }
        try await session.run()
    }
}
