import ArgumentParser
import ClientService
import EventLoop
import FoundationEssentials
import ServiceKit

struct Publish: LoopCommand {
    static let configuration = CommandConfiguration(
        abstract: "Publish a file, or a test picture with sound.",
        discussion: """
            Pushes as ffmpeg does, in real time, and connects again when the connection is lost. The test picture shows \
            the time of its making, in figures and as a barcode, and beeps at each full second.
            """)

    @Argument(help: ArgumentHelp("Where to, as http://coordinate:8080/stream/NAME.", valueName: "url"))
    var url: PublishTarget

    @Argument(help: ArgumentHelp("A media file, sent as it is; or testsrc.", valueName: "file|testsrc"))
    var source: String

    @Option(help: ArgumentHelp("The stream's publish key; ?key= in the URL does the same.", valueName: "key"))
    var key: String?

    @Option(help: "Bits a second of the test picture.")
    var bitrate = RateArgument(bitsPerSecond: 1_000_000)

    @Option(help: ArgumentHelp("Pixels of the test picture.", valueName: "WxH"))
    var size = "640x360"

    @Option(help: "Frames a second of the test picture.")
    var fps = 30

    @Flag(help: "Begin a file again when it ends.")
    var loop = false

    @Option(help: "End after this time (default: at the end of the file, or never).")
    var duration: DurationArgument?

    @OptionGroup var log: LogOptions

    func validate() throws {
        guard pixels != nil else { throw ValidationError("--size takes even numbers as 640x360, up to 4096x4096") }
        guard (1...120).contains(fps) else { throw ValidationError("--fps must be 1 to 120") }
        guard (50_000...100_000_000).contains(bitrate.bitsPerSecond) else {
            throw ValidationError("--bitrate must be 50k to 100M")
        }
        guard source == "testsrc" || FileManager.default.isReadableFile(atPath: source) else {
            throw ValidationError("cannot read \(source); give a media file, or testsrc")
        }
    }

    private var pixels: (width: Int, height: Int)? {
        let parts = size.lowercased().split(separator: "x").compactMap { Int($0) }
        guard parts.count == 2, parts.allSatisfy({ (64...4_096).contains($0) && $0 % 2 == 0 }) else { return nil }
        return (parts[0], parts[1])
    }

    @LoopActor func run(_ signals: Signals) async throws {
        guard let pixels else { return }
        var target = url
        if let key { target.key = key }
        let chosen: PublishConfiguration.Source =
            source == "testsrc"
            ? .testPicture(
                width: pixels.width, height: pixels.height, framesPerSecond: fps, bitsPerSecond: bitrate.bitsPerSecond)
            : .file(path: source, loops: loop)
        var configuration = PublishConfiguration(target: target, source: chosen)
        configuration.durationMs = duration?.milliseconds
        let session = PublishSession(configuration)
        signals.onStop { session.stop() }
        try await session.run()
    }
}

extension PublishTarget: ExpressibleByArgument {
    /// Parses an argument.
    public init?(argument: String) { self.init(argument) }
}
