import ArgumentParser
import ServiceKit

@main
struct Client: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "client", abstract: "Watches and publishes streams.", version: productVersion,
        subcommands: [Watch.self, Swarm.self, Publish.self, Streams.self])

    static func main() { ProgramMain.run(Client.self) }
}
