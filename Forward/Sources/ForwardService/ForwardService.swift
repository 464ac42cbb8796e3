import CoreTypes
import Cryptography
import EventLoop
import FanOut
import ForwardCore
import HTTPClient
import HTTPServer
import Logging
import MediaWire
import SafetyNet
import ServiceAPI
import ServiceKit

/// The forward: streams pulled on demand, given out to viewers and to other forwards.
@LoopActor
public final class ForwardService {
    /// Its settings.
    public let configuration: ForwardConfiguration
    /// New with each start.
    public let instance = RandomID.random()
    let fanOut: FanOut
    let tokens: TokenAuthority
    let client: HTTPClient
    let log = Logger(label: "p2plive.forward")
    let totals = FeedTotals()
    private(set) var feeds: [StreamName: StreamFeed] = [:]
    private(set) var egress = EgressMeter()
    private(set) var refusals: [String: UInt64] = [:]
    private(set) var viewersEnded: [ViewerSummary.Reason: UInt64] = [:]
    /// Stripe answers, single chunks and pieces, and refusals by the pools, by `StripeAccess.label`.
    private(set) var stripesServed: [String: UInt64] = [:]
    private(set) var repairsServed: [String: UInt64] = [:]
    private(set) var poolRefusals: [String: UInt64] = [:]
    private(set) var repairBytes: UInt64 = 0
    /// How many viewers the swarms have, for the sizes of the pools.
    var swarmSizes = SwarmSizes()
    /// The coordinate that edge publishers are passed on to; nil when none is reachable.
    var origin: ServiceURL?
    var isFindingOrigin = false
    private var timers: [LoopTimer] = []

    /// A forward that serves once its routes are added to a server.
    public init(_ configuration: ForwardConfiguration, certificateAuthorityFile: String? = nil) {
        self.configuration = configuration
        fanOut = FanOut(threads: configuration.fanOutThreads, passIntervalMs: configuration.passIntervalMs)
        tokens = TokenAuthority(secret: configuration.secret)
        client = HTTPClient(certificateAuthorityFile: certificateAuthorityFile)
        timers.append(LoopTimer.every(milliseconds: 200) { [weak self] in self?.housekeep() })
    }

    /// Endless answers under way.
    public var viewerCount: Int { feeds.values.reduce(0) { $0 + $1.viewerCount } }

    /// What `/load` and the registrations say.
    public var load: LoadReport {
        LoadReport(
            viewers: viewerCount, viewersMax: configuration.viewersMax, egressBitsPerSecond: egress.bitsPerSecond,
            egressBitsPerSecondMax: configuration.egressBitsPerSecondMax,
            streams: feeds.values.map { StreamLoad(stream: $0.name.description, viewers: $0.watchedCount) }
                .sorted { $0.stream < $1.stream })
    }

    /// Ends all streams.
    public func stop() {
        for timer in timers { timer.cancel() }
        for feed in feeds.values { feed.stop() }
    }

    /// The feed of a stream, pulled from now on if it was not; nil when there are too many. `requestPath` are the ids of
    /// the services that the request came through, `client` who asks; nil for a service.
    func feed(_ name: StreamName, requestPath: [String], client asking: IPAddress?) -> StreamFeed? {
        if let found = feeds[name] { return found }
        guard hasRoom(for: asking) else { return nil }
        let made = StreamFeed(
            name, configuration: configuration, instance: instance, requestPath: requestPath, askedBy: asking,
            client: client, fanOut: fanOut, totals: totals, log: log)
        feeds[name] = made
        return made
    }

    private func hasRoom(for asking: IPAddress?) -> Bool {
        let unconfirmed = feeds.values.filter { !$0.isConfirmed }
        guard feeds.count - unconfirmed.count < configuration.streamsMax,
            unconfirmed.count < configuration.unconfirmedMax
        else { return false }
        guard let asking else { return true }
        return unconfirmed.count { $0.askedBy == asking } < configuration.unconfirmedPerClientMax
    }

    /// True when one more viewer of the stream in this form fits.
    func admitsViewer(of feed: StreamFeed, as kind: Representation.Kind) -> Bool {
        let admission = Admission(
            viewersMax: configuration.viewersMax, egressBitsPerSecondMax: configuration.egressBitsPerSecondMax)
        return admission.admits(
            viewers: viewerCount, egress: egress.bitsPerSecond,
            committed: feeds.values.reduce(0) { $0 + $1.committedBitsPerSecond },
            streamBitsPerSecond: feed.bitsPerSecond(of: kind))
    }

    func countRefusal(_ type: String) { refusals[type, default: 0] += 1 }

    func countEnded(_ summary: ViewerSummary) { viewersEnded[summary.reason, default: 0] += 1 }

    /// Viewers of the stream's swarms.
    func peers(of feed: StreamFeed) -> Int { swarmSizes.peers(of: feed.name, now: Clock.now) }

    func countStripes(_ access: StripeAccess) { stripesServed[access.label, default: 0] += 1 }

    func countExhausted(_ access: StripeAccess) { poolRefusals[access.label, default: 0] += 1 }

    func countRepair(_ access: StripeAccess, bytes: Int) {
        repairsServed[access.label, default: 0] += 1
        repairBytes += UInt64(bytes)
    }

    private func housekeep() {
        egress.sample(bytes: fanOut.statistics.bytesSent, now: Clock.now)
        for (name, feed) in feeds {
            feed.housekeep()
            guard feed.isUnused else { continue }
            if feed.isConfirmed {
                log.info("No longer pulling", metadata: ["stream": "\(name)", "state": "\(feed.state.name)"])
            }
            feed.stop()
            feeds[name] = nil
        }
    }
}
