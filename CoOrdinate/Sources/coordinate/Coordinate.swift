import ArgumentParser
import CoOrdinateService
import CoreTypes
import Cryptography
import EventLoop
import HTTPServer
import ServiceKit
import StreamCore

@main
struct Coordinate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coordinate",
        abstract: "Takes streams from publishers, packages and signs them, and sends viewers to a tracker near them.",
        version: productVersion, subcommands: [Serve.self])

    static func main() { ProgramMain.run(Coordinate.self) }
}

struct Serve: LoopCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a coordinate.",
        discussion: "Every flag may also come from the environment: --publish-key from P2PLIVE_PUBLISH_KEY.")

    @Option(help: ArgumentHelp("Where to listen. May be repeated.", valueName: "host:port"))
    var listen: [ListenAddress] = []

    @Option(
        help: ArgumentHelp(
            "Key that opens a stream for its publisher; * for all names. May be repeated.", valueName: "NAME=KEY"))
    var publishKey: [String] = []

    @Flag(help: "Let anybody publish streams that have no key.")
    var publishOpen = false

    @Option(help: ArgumentHelp("Networks and their regions, as JSON; read again on SIGHUP.", valueName: "file"))
    var regions: String?

    @Option(
        help: ArgumentHelp("MaxMind database that tells where addresses are; read again on SIGHUP.", valueName: "file"))
    var geo: String?

    @Option(help: ArgumentHelp("Where trackers are registered.", valueName: "memory|redis://host:port"))
    var registry = "memory"

    @Option(help: "Target length of a chunk.")
    var chunk = DurationArgument(milliseconds: 200)

    @Option(help: "How much of each stream forwards may ask for.")
    var window = DurationArgument(milliseconds: 30_000)

    @Option(
        help: ArgumentHelp("Ed25519 seed that signs all streams (32 bytes, hexadecimal or base64).", valueName: "file"))
    var signingKey: String?

    @Option(help: "Most streams at once.")
    var streamsMax = 64

    @Option(
        help: ArgumentHelp(
            "Files of the viewer for browsers; without it those beside the program. Read at the start.",
            valueName: "folder"))
    var web: String?

    @OptionGroup var service: ServiceOptions

    var log: LogOptions { service.log }

    func validate() throws {
        guard (20...2_000).contains(chunk.milliseconds) else { throw ValidationError("--chunk must be 20ms to 2s") }
        guard (1_000...3_600_000).contains(window.milliseconds) else {
            throw ValidationError("--window must be 1s to 1h")
        }
        guard (1...10_000).contains(streamsMax) else { throw ValidationError("--streams-max must be 1 to 10000") }
        guard publishKey.allSatisfy({ Self.pair($0) != nil }) else {
            throw ValidationError("--publish-key takes NAME=KEY, NAME being that of a stream, or * for all")
        }
    }

    @LoopActor func run(_ signals: Signals) async throws {
        guard registry == "memory" else {
            throw UsageError("--registry \(registry): not built in; this version keeps its registry in memory")
        }
        let listening = listen.isEmpty ? [ListenAddress("0.0.0.0:8080")].compactMap { $0 } : listen
        try service.check(listen: listening)
        var configuration = CoOrdinateConfiguration()
        configuration.secret = service.secret
        configuration.publishKeys = try keys()
        configuration.regionsFile = regions
        configuration.geoFile = geo
        configuration.chunkMs = Int(chunk.milliseconds)
        configuration.windowMs = window.milliseconds
        configuration.streamsMax = streamsMax
        configuration.webFolder = web ?? CoOrdinateConfiguration.usualWebFolder
        if let signingKey {
            do { configuration.signingKey = try SigningKey(file: signingKey) } catch {
                throw UsageError("--signing-key: \(error)")
            }
        }
        try await CoOrdinateProgram.run(configuration, listen: listening, options: service, signals: signals)
    }

    /// Open by default only where the default secret is accepted too.
    func keys() throws -> PublishKeys {
        let pairs = publishKey.compactMap(Self.pair)
        let isOpen = publishOpen || (pairs.isEmpty && (service.dev || service.isDevelopmentSecret))
        guard isOpen || !pairs.isEmpty else {
            throw UsageError("nobody could publish: give --publish-key NAME=KEY, or --publish-open to let anybody")
        }
        return PublishKeys(pairs, isOpen: isOpen)
    }

    /// Nil when the text has no key, or no name that a stream could have.
    private static func pair(_ text: String) -> (name: String, key: String)? {
        guard let sign = text.firstIndex(of: "=") else { return nil }
        let (name, key) = (String(text[..<sign]), String(text[text.index(after: sign)...]))
        return !key.isEmpty && (name == "*" || (try? StreamName(name)) != nil) ? (name, key) : nil
    }
}
