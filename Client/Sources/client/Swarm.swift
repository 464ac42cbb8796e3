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

    @Argument(help: ArgumentHelp("The stream, as http://coordinate:8080/NAME.", valueName: "url"))
    var url: StreamURL

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

    @Flag(help: "Decode every frame of every viewer and count errors.")
    var verify = false

    @Option(help: "How much of the stream is kept in hand: the time from publication to the player.")
    var buffer = DurationArgument(milliseconds: 3_000)

    @Option(help: "End after this time (default: never).")
    var duration: DurationArgument?

    @Option(help: "How long to keep trying for a stream that is not there.")
    var wait = DurationArgument(milliseconds: 10_000)

    @Option(help: ArgumentHelp("Write statistics as JSON lines, one a second; - for stdout.", valueName: "file|-"))
    var stats: String?

    @OptionGroup var options: PeerArguments

    @Option(help: ArgumentHelp("Trust these authorities (PEM) instead of the system's.", valueName: "file"))
    var tlsCa: String?

    @OptionGroup var log: LogOptions

    func validate() throws {
        guard (1...10_000).contains(peers) else { throw ValidationError("--peers must be 1 to 10000") }
        guard rate != nil else { throw ValidationError("--arrive takes a rate as 10/s") }
        guard (100...60_000).contains(buffer.milliseconds) else {
            throw ValidationError("--buffer must be 100ms to 60s")
        }
        guard churn.map({ $0.milliseconds >= 1_000 }) ?? true else {
            throw ValidationError("--churn must be 1s or more")
        }
        try options.check()
    }

    private var rate: Double? {
        let text = arrive.hasSuffix("/s") ? String(arrive.dropLast(2)) : arrive
        return Double(text).flatMap { $0 > 0 && $0 <= 100_000 ? $0 : nil }
    }

    @LoopActor func run(_ signals: Signals) async throws {
        var configuration = SwarmConfiguration(url: url)
        configuration.peers = peers
        configuration.arrivalsPerSecond = rate ?? 10
        configuration.lifetimeMs = churn?.milliseconds
        configuration.seed = seed
        configuration.bufferMs = buffer.milliseconds
        configuration.durationMs = duration?.milliseconds
        configuration.waitMs = wait.milliseconds
        configuration.verifies = verify
        configuration.statistics = stats
        configuration.options = options.options
        configuration.certificateAuthorityFile = tlsCa
        let session = SwarmSession(configuration)
        signals.onStop { session.stop() }
        try await session.run()
    }
}
