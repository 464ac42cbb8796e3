import ArgumentParser
import CoreTypes
import EventLoop
import HTTPServer
import ServiceAPI
import ServiceKit
import TrackerService

/// A tracker that begins with a crowd of viewers who have no connections: what it does for so many is measured with it,
/// where so many sockets cannot be had.
@main
struct TrackerCrowd: LoopCommand {
    static let configuration = CommandConfiguration(
        commandName: "tracker-crowd", abstract: "Run a tracker with viewers that have no connections.")

    @Option(help: ArgumentHelp("Where to listen.", valueName: "host:port"))
    var listen: ListenAddress

    @Option(help: ArgumentHelp("The coordinate.", valueName: "URL"))
    var coordinate: String

    @Option(help: "Viewers to begin with.")
    var viewers = 100_000

    @OptionGroup var service: ServiceOptions

    var log: LogOptions { service.log }

    static func main() { ProgramMain.run(TrackerCrowd.self) }

    @LoopActor func run(_ signals: Signals) async throws {
        var configuration = TrackerConfiguration()
        guard let url = ServiceURL(coordinate) else { throw UsageError("--coordinate is no URL") }
        configuration.coordinates = [url]
        configuration.secret = service.secret
        configuration.name = "crowd"
        configuration.peersMax = 2 * viewers
        try await TrackerProgram.run(configuration, listen: [listen], options: service, signals: signals) {
            $0.addCrowd(viewers, to: .standard)
        }
    }
}
