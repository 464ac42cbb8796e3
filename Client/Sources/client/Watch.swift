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

    @OptionGroup var viewing: ViewingArguments

    @Option(help: ArgumentHelp("Write fragmented MP4 to a file, or to stdout for -.", valueName: "file|-"))
    var output: String?

    @Option(
        help: ArgumentHelp(
            "Serve /live.mp4, /live.ts and /index.m3u8 to local players; port 0 chooses one.", valueName: "host:port"))
    var serve: ListenAddress?

    var log: LogOptions { viewing.log }

    func validate() throws {
        guard output != "-" || serve == nil else {
            throw ValidationError("--output - and --serve cannot both write to stdout")
        }
        guard output != "-" || viewing.stats != "-" else {
            throw ValidationError("--output - and --stats - cannot both write to stdout")
        }
    }

    @LoopActor func run(_ signals: Signals) async throws {
        var configuration = WatchConfiguration(url: viewing.url)
        configuration.bufferMs = viewing.buffer.milliseconds
        configuration.durationMs = viewing.duration?.milliseconds
        configuration.waitMs = viewing.wait.milliseconds
        configuration.verifies = viewing.verify
        configuration.output = output
        configuration.statistics = viewing.stats
        configuration.serve = serve
        configuration.peers = viewing.peers.options
        configuration.certificateAuthorityFile = viewing.tlsCa
        configuration.localAddress = viewing.bind?.description
        let session = WatchSession(configuration)
        signals.onStop { session.stop() }
        try await session.run()
    }
}
