import ArgumentParser
import ClientService
import CoreTypes
import ServiceKit

/// What everybody who watches says, one viewer or many.
struct ViewingArguments: ParsableArguments {
    @Argument(help: ArgumentHelp("The stream, as http://coordinate:8080/NAME.", valueName: "url"))
    var url: StreamURL

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

    @OptionGroup var peers: PeerArguments

    @Option(help: ArgumentHelp("Trust these authorities (PEM) instead of the system's.", valueName: "file"))
    var tlsCa: String?

    @Option(
        help: ArgumentHelp(
            "Call the cluster from this address of the machine: it decides the region.", valueName: "address"))
    var bind: IPAddress?

    @OptionGroup var log: LogOptions

    func validate() throws {
        guard (100...60_000).contains(buffer.milliseconds) else {
            throw ValidationError("--buffer must be 100ms to 60s")
        }
    }
}

extension IPAddress: @retroactive ExpressibleByArgument {
    /// Parses an argument.
    public init?(argument: String) { self.init(argument) }
}

extension StreamURL: ExpressibleByArgument {
    /// Parses an argument.
    public init?(argument: String) { self.init(argument) }
}
