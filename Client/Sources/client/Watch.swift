import ArgumentParser
import ClientService
import EventLoop
import HTTPServer
import ServiceKit

struct Watch: LoopCommand {
    static let configuration = CommandConfiguration(
        abstract: "Watch a stream.",
        discussion: """
            Plays the stream to a file, a pipe, or a local server for any player, or just checks it. Without any of \
            these it receives, verifies and measures. Every flag may also come from the environment: --buffer from \
            P2PLIVE_BUFFER.
            """)

    @Argument(help: ArgumentHelp("The stream, as http://coordinate:8080/NAME.", valueName: "url"))
    var url: StreamURL

    @Option(help: ArgumentHelp("Write fragmented MP4 to a file, or to stdout for -.", valueName: "file|-"))
    var output: String?

    @Option(
        help: ArgumentHelp(
            "Serve /live.mp4, /live.ts and /index.m3u8 to local players; port 0 chooses one.", valueName: "host:port"))
    var serve: ListenAddress?

    @Flag(help: "Decode every frame and count errors.")
    var verify = false

    @Option(help: "How much of the stream is kept in hand: the time from publication to the player.")
    var buffer = DurationArgument(milliseconds: 3_000)

    @Option(help: "End after this time (default: never).")
    var duration: DurationArgument?

    @Option(help: "How long to keep trying for a stream that is not there.")
    var wait = DurationArgument(milliseconds: 10_000)

    @Option(help: ArgumentHelp("Write statistics as JSON lines, one a second; - for stdout.", valueName: "file|-"))
    var stats: String?

    @OptionGroup var peers: PeerArguments

    @Option(help: ArgumentHelp("Trust these authorities (PEM) instead of the system's.", valueName: "file"))
    var tlsCa: String?

    @OptionGroup var log: LogOptions

    func validate() throws {
        guard (100...60_000).contains(buffer.milliseconds) else {
            throw ValidationError("--buffer must be 100ms to 60s")
        }
        try peers.check()
        guard output != "-" || serve == nil else {
            throw ValidationError("--output - and --serve cannot both write to stdout")
        }
        guard output != "-" || stats != "-" else {
            throw ValidationError("--output - and --stats - cannot both write to stdout")
        }
    }

    @LoopActor func run(_ signals: Signals) async throws {
        var configuration = WatchConfiguration(url: url)
        configuration.bufferMs = buffer.milliseconds
        configuration.durationMs = duration?.milliseconds
        configuration.waitMs = wait.milliseconds
        configuration.verifies = verify
        configuration.output = output
        configuration.statistics = stats
        configuration.serve = serve
        configuration.peers = peers.options
        configuration.certificateAuthorityFile = tlsCa
        let session = WatchSession(configuration)
        signals.onStop { session.stop() }
        try await session.run()
    }
}

extension StreamURL: ExpressibleByArgument {
    /// Parses an argument.
    public init?(argument: String) { self.init(argument) }
}
