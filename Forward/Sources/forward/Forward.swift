import ArgumentParser
import CoreTypes
import EventLoop
import ForwardService
import FoundationEssentials
import HTTPServer
import ServiceAPI
import ServiceKit

@main
struct Forward: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forward",
        abstract: "Pulls streams from a coordinate or another forward and gives them to viewers.",
        version: productVersion, subcommands: [Serve.self])

    static func main() { ProgramMain.run(Forward.self) }
}

struct Serve: LoopCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a forward.",
        discussion: "Every flag may also come from the environment: --max-viewers from P2PLIVE_MAX_VIEWERS.")

    @Option(help: ArgumentHelp("Where viewers connect. May be repeated.", valueName: "host:port"))
    var listen: [ListenAddress] = []

    @Option(help: ArgumentHelp("Where publishers may push, to be passed on to the coordinate.", valueName: "host:port"))
    var ingest: [ListenAddress] = []

    @Option(
        help: ArgumentHelp("Coordinate or forward to pull from; repeat it for those to fall back on.", valueName: "URL")
    )
    var upstream: [ServiceURL] = []

    @Option(help: ArgumentHelp("Tracker to register with. May be repeated.", valueName: "URL"))
    var tracker: [ServiceURL] = []

    @Option(help: "Unique name in the cluster (default: host name and port).")
    var name: String?

    @Option(help: "Region this forward belongs to.")
    var region = ""

    @Option(help: "Most viewers at once.")
    var maxViewers = 10_000

    @Option(help: ArgumentHelp("Most bits a second to viewers, as 800M; 0 for no limit.", valueName: "rate"))
    var maxEgress = RateArgument(bitsPerSecond: 0)

    @Option(help: "How much of each stream is kept.")
    var window = DurationArgument(milliseconds: 30_000)

    @Option(help: "Fan-out threads (default: one per core, but one).")
    var fanOutThreads: Int?

    @Option(help: "Least time between two writes to a viewer: more is cheaper, less is faster.")
    var passInterval = DurationArgument(milliseconds: 20)

    @OptionGroup var service: ServiceOptions

    var log: LogOptions { service.log }

    func validate() throws {
        guard !upstream.isEmpty else {
            throw ValidationError("--upstream URL is missing: the coordinate's, for a start")
        }
        guard maxViewers > 0 else { throw ValidationError("--max-viewers must be at least 1") }
        guard fanOutThreads.map({ (1...64).contains($0) }) ?? true else {
            throw ValidationError("--fan-out-threads must be 1 to 64")
        }
        guard (1_000...3_600_000).contains(window.milliseconds) else {
            throw ValidationError("--window must be 1s to 1h")
        }
    }

    @LoopActor func run(_ signals: Signals) async throws {
        var configuration = ForwardConfiguration()
        configuration.upstreams = upstream
        configuration.trackers = tracker
        configuration.ingest = ingest.isEmpty ? Self.addresses("0.0.0.0:9999", like: listen) : ingest
        configuration.secret = service.secret
        configuration.region = region
        configuration.viewersMax = maxViewers
        configuration.egressBitsPerSecondMax = maxEgress.bitsPerSecond
        configuration.windowMs = window.milliseconds
        configuration.fanOutThreads = fanOutThreads ?? max(1, ProcessInfo.processInfo.activeProcessorCount - 1)
        configuration.passIntervalMs = Int(passInterval.milliseconds)
        let listening = listen.isEmpty ? Self.addresses("0.0.0.0:9998", like: []) : listen
        configuration.name = name ?? "\(ProcessInfo.processInfo.hostName):\(listening.first?.port ?? 0)"
        try await ForwardProgram.run(configuration, listen: listening, options: service, signals: signals)
    }

    /// The default address; on loopback when the main address is, so that trying things out opens no other door.
    private static func addresses(_ text: String, like main: [ListenAddress]) -> [ListenAddress] {
        guard let standard = ListenAddress(text) else { return [] }
        guard let main = main.first, main.host.isLoopback else { return [standard] }
        return [ListenAddress(host: main.host, port: main.port == 0 ? 0 : standard.port)]
    }
}

extension ServiceURL: @retroactive ExpressibleByArgument {
    /// Parses an argument.
    public init?(argument: String) { self.init(argument) }
}
