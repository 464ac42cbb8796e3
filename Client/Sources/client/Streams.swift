import ArgumentParser
import ClientService
import EventLoop
import HTTPClient
import ServiceAPI
import ServiceKit

struct Streams: LoopCommand {
    static let configuration = CommandConfiguration(abstract: "Show what is live.")

    @Argument(help: ArgumentHelp("The coordinate, as http://coordinate:8080.", valueName: "url"))
    var url: ServiceURL

    @Flag(help: "Print JSON instead of a table.")
    var json = false

    @Option(help: ArgumentHelp("Trust these authorities (PEM) instead of the system's.", valueName: "file"))
    var tlsCa: String?

    @OptionGroup var log: LogOptions

    @LoopActor func run(_ signals: Signals) async throws {
        let client = HTTPClient(certificateAuthorityFile: tlsCa)
        let streams = try await CoordinateAPI(url, client: client).streams()
        if json {
            print(String(decoding: encodeJSON(StreamList(streams: streams), pretty: true), as: UTF8.self))
        } else {
            print(StreamTable.text(streams, now: Clock.wall), terminator: "")
        }
    }
}

extension ServiceURL: @retroactive ExpressibleByArgument {
    /// Parses an argument.
    public init?(argument: String) { self.init(argument) }
}
