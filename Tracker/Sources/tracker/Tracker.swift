import ArgumentParser
import CoreTypes
import EventLoop
import FoundationEssentials
import HTTPServer
import ServiceAPI
import ServiceKit
import TrackerService

@main
struct Tracker: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tracker",
        abstract: "Knows the forwards and viewers of a region and organises them.",
        version: productVersion, subcommands: [Serve.self, Simulate.self, Measure.self])

    static func main() { ProgramMain.run(Tracker.self) }
}

struct Serve: LoopCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a tracker.",
        discussion: "Every flag may also come from the environment: --max-peers from P2PLIVE_MAX_PEERS.")

    @Option(help: ArgumentHelp("Where viewers and forwards connect. May be repeated.", valueName: "host:port"))
    var listen: [ListenAddress] = []

    @Option(
        help: ArgumentHelp(
            "UDP address of the STUN server; two, of different hosts, let clients find out how their NAT behaves.",
            valueName: "host:port"))
    var stun: [ListenAddress] = []

    @Option(help: ArgumentHelp("Coordinate to register with. May be repeated.", valueName: "URL"))
    var coordinate: [ServiceURL] = []

    @Option(help: "Unique name in the cluster (default: host name and port).")
    var name: String?

    @Option(help: "Region this tracker serves.")
    var region = ""

    @Option(help: "Most viewers at once.")
    var maxPeers = 100_000

    @OptionGroup var service: ServiceOptions

    var log: LogOptions { service.log }

    func validate() throws {
        guard !coordinate.isEmpty else { throw ValidationError("--coordinate URL is missing") }
        guard maxPeers > 0 else { throw ValidationError("--max-peers must be at least 1") }
    }

    @LoopActor func run(_ signals: Signals) async throws {
        let listening = listen.isEmpty ? [ListenAddress("0.0.0.0:9090")].compactMap { $0 } : listen
        var configuration = TrackerConfiguration()
        configuration.coordinates = coordinate
        configuration.secret = service.secret
        configuration.region = region
        configuration.peersMax = maxPeers
        configuration.isStunOptional = stun.isEmpty
        configuration.stun = stun.isEmpty ? [ListenAddress("0.0.0.0:3478")].compactMap { $0 } : stun
        configuration.name = name ?? "\(ProcessInfo.processInfo.hostName):\(listening.first?.port ?? 0)"
        try await TrackerProgram.run(configuration, listen: listening, options: service, signals: signals)
    }
}

extension ServiceURL: @retroactive ExpressibleByArgument {
    /// Parses an argument.
    public init?(argument: String) { self.init(argument) }
}
