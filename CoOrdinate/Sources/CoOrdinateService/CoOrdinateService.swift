import CoreTypes
import Cryptography
import EventLoop
import HTTPServer
import Logging
import ServiceAPI
import ServiceKit

/// The coordinate: streams in, relays out, viewers sent to the tracker near them.
@LoopActor
public final class CoOrdinateService {
    /// A publisher that was turned away.
    struct Refusal: Encodable {
        let at: Int64
        let stream: String
        let status: Int
        let reason: String
        let detail: String
        /// Only with the secret.
        var client: String?
    }

    /// Its settings.
    public let configuration: CoOrdinateConfiguration
    /// New with each start.
    public let instance = RandomID.random()
    let log = Logger(label: "p2plive.coordinate")
    let directory: StreamDirectory
    let register: Register
    let tokens: TokenAuthority
    /// Nil when it serves no pages.
    let webFiles: WebFiles?
    private let thumbnails: ThumbnailRoute
    private(set) var refusals: [Refusal] = []
    private(set) var refusalCounts: [String: UInt64] = [:]
    private(set) var assignments: UInt64 = 0

    /// Throws `UsageError` when a file named in the configuration cannot be used.
    public init(_ configuration: CoOrdinateConfiguration) throws(UsageError) {
        self.configuration = configuration
        directory = StreamDirectory(configuration, log: log)
        thumbnails = ThumbnailRoute(directory)
        register = try Register(configuration, log: log)
        tokens = TokenAuthority(secret: configuration.secret)
        webFiles = try configuration.webFolder.map { folder throws(UsageError) in WebFiles(try WebFolder.read(folder)) }
    }

    /// Adds all routes.
    public func add(to router: Router) {
        IngestRoutes(service: self).add(to: router)
        RegisterRoutes(service: self).add(to: router)
        StreamRoutes(service: self).add(to: router)
        thumbnails.add(to: router)
        TopologyRoute(service: self).add(to: router)
        // Last: its pattern for the page of a stream, /NAME, would take the paths above.
        WebRoutes(files: webFiles).add(to: router)
    }

    /// Reads the regions file and the database again. Throws `UsageError` and keeps the old ones.
    public func reload() throws(UsageError) { try register.reload() }

    /// Ends publishers and relays.
    public func stop() {
        directory.stop()
        register.stop()
    }

    /// Warns when there are no pages, or not all.
    func warnOfMissingPages() {
        guard let webFiles else {
            return log.warning("The files of the viewer for browsers were not found: no pages (see --web)")
        }
        guard !webFiles.missing.isEmpty else { return }
        log.warning(
            "Files of the viewer for browsers are missing",
            metadata: [
                "folder": "\(configuration.webFolder ?? "")", "files": "\(webFiles.missing.joined(separator: " "))",
            ])
    }

    /// Notes a publisher that was turned away; the last 32 are shown in `/debug`.
    func refused(_ stream: String, _ status: Int, _ reason: String, _ detail: String, client: IPAddress) {
        refusalCounts[reason, default: 0] += 1
        let name = String(stream.prefix(StreamName.bytesMax))
        refusals.append(
            Refusal(
                at: Clock.wall, stream: name, status: status, reason: reason, detail: detail,
                client: client.description))
        if refusals.count > 32 { refusals.removeFirst() }
        log.warning(
            "Publisher refused",
            metadata: ["stream": "\(name)", "status": "\(status)", "reason": "\(reason)", "detail": "\(detail)"])
    }

    var thumbnailsMade: UInt64 { thumbnails.madeCount }

    func countAssignment() { assignments += 1 }

    /// True when the request shows the cluster's secret.
    func isService(_ request: HTTPRequest) -> Bool {
        request.bearerToken.map { constantTimeEqual($0, configuration.secret) } ?? false
    }

    func describe(_ stream: LiveStream) -> StreamDescription {
        let name = stream.name.description
        return StreamDescription(
            name: name, state: stream.state, codecs: stream.initSegment?.codecs ?? "",
            width: stream.initSegment?.width ?? 0, height: stream.initSegment?.height ?? 0,
            bitrate: stream.bitsPerSecond, startedAt: stream.startedAt, sequence: stream.machine.sequence,
            viewers: register.viewers(of: name), offload: register.offload(of: name),
            publicKey: stream.publicKey.description, chunkMs: configuration.chunkMs,
            stripes: CoOrdinateConfiguration.stripeCount)
    }
}
