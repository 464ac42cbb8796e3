import ArgumentParser
import ClientService
import ServiceKit

/// Flags about other viewers, of all that watch.
struct PeerArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Most upload for other viewers: a rate as 2M; auto for what the uplink carries; 0 for nothing.",
            valueName: "rate|auto|0"))
    var upload = "auto"

    @Flag(
        help: "The network is paid by the byte, or a phone's: take from other viewers and do not give, as --upload 0.")
    var metered = false

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

    @Option(help: .hidden)
    var linkRate: RateArgument?

    @Option(help: .hidden)
    var linkRateAfter = DurationArgument(milliseconds: 0)

    func validate() throws {
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
        if metered { options.upload = .bitsPerSecond(0) }
        options.misbehaviour = misbehave
        options.delayMs = linkDelay.milliseconds
        options.loss = linkLoss
        options.rate = linkRate.map { PeerOptions.LinkRate($0.bitsPerSecond, afterMs: linkRateAfter.milliseconds) }
        return options
    }
}

extension Misbehaviour: ExpressibleByArgument {}
