import ArgumentParser
import ClientService
import ServiceKit

/// Flags about other viewers, of all that watch.
struct PeerArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Upload for other viewers: a rate as 2M; 0 to take and not to give.", valueName: "rate|auto|0"))
    var upload = "auto"

    @Flag(help: "Take the stream from forwards only.")
    var noP2p = false

    @Flag(help: "Never show other viewers this address: relays only, or forwards where there are none (today).")
    var relayOnly = false

    @Option(help: .hidden)
    var misbehave: Misbehaviour?

    @Option(help: .hidden)
    var linkDelay = DurationArgument(milliseconds: 0)

    @Option(help: .hidden)
    var linkLoss = 0.0

    func check() throws {
        guard upload == "auto" || RateArgument(argument: upload) != nil else {
            throw ValidationError("--upload takes a rate as 2M, auto, or 0")
        }
        guard (0...1).contains(linkLoss) else { throw ValidationError("--link-loss must be 0 to 1") }
    }

    var options: PeerOptions {
        var options = PeerOptions()
        options.usesPeers = !noP2p
        options.usesRelayOnly = relayOnly
        if let rate = RateArgument(argument: upload) { options.upload = .bitsPerSecond(rate.bitsPerSecond) }
        options.misbehaviour = misbehave
        options.delayMs = linkDelay.milliseconds
        options.loss = linkLoss
        return options
    }
}

extension Misbehaviour: ExpressibleByArgument {}
