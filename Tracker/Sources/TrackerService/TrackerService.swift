import CoreTypes
import Cryptography
import EventLoop
import HTTPClient
import HTTPServer
import Logging
import ServiceAPI
import ServiceKit

/// The tracker: knows the forwards of its region and is known to the coordinate.
@LoopActor
public final class TrackerService {
    /// Milliseconds a forward lives without a heartbeat; they come every 2 s.
    public static let forwardLifetimeMs: Int64 = 6_000
    static let heartbeatMs: Int64 = 2_000
    /// How long viewers wait for a coordinate that does not answer before they are told to go.
    private static let farewellMs = 1_000
    /// Between two heartbeats that do not wait for their time.
    private static let promptHeartbeatMs: Int64 = 500

    /// Its settings.
    public let configuration: TrackerConfiguration
    let log = Logger(label: "p2plive.tracker")
    private(set) var forwards = LeaseTable<ForwardRegistration>(lifetimeMs: forwardLifetimeMs, countMax: 1_000)
    private(set) var isRegistered: [Bool]
    private(set) var registrationErrors: [String?]
    private(set) var heartbeats: UInt64 = 0
    private(set) var stun: STUNServer?
    private(set) lazy var peers = PeerDirectory(
        self, tokens: TokenAuthority(secret: configuration.secret),
        lookup: StreamLookup(coordinates: configuration.coordinates, client: client))
    /// Whole swarms that are being told to somebody.
    var overlayDumps = 0
    private var urls: [AdvertisedURL] = []
    private let client: HTTPClient
    private(set) var timers: [LoopTimer] = []
    private var isBusy: Set<Int> = []
    private var isStopping = false
    private var promptedAt: MonotonicInstant?

    /// A tracker that serves once its routes are added to a server, and registers once `start` is called.
    public init(_ configuration: TrackerConfiguration, certificateAuthorityFile: String? = nil) {
        self.configuration = configuration
        client = HTTPClient(certificateAuthorityFile: certificateAuthorityFile)
        isRegistered = configuration.coordinates.map { _ in false }
        registrationErrors = configuration.coordinates.map { _ in nil }
    }

    /// Registers at the coordinates under the given public URLs, and goes on doing so.
    public func start(urls: [AdvertisedURL]) {
        self.urls = urls
        beat()
        peers.start()
        timers.append(LoopTimer.every(milliseconds: Self.heartbeatMs) { [weak self] in self?.beat() })
        timers.append(LoopTimer.every(milliseconds: 500) { [weak self] in self?.expire() })
    }

    /// Opens the STUN server. Throws `RunFailure` when an address that was asked for cannot be had.
    public func startSTUN() throws(RunFailure) {
        do throws(RunFailure) {
            let server = try STUNServer(configuration.stun)
            for address in server.addresses { log.info("STUN", metadata: ["address": "\(address)"]) }
            stun = server
        } catch {
            guard configuration.isStunOptional else { throw error }
            log.warning("No STUN server", metadata: ["cause": "\(error)"])
        }
    }

    /// Says good-bye to the coordinates, so that they send nobody here any more, and then to the viewers.
    public func stop() async {
        isStopping = true
        for timer in timers { timer.cancel() }
        peers.close()
        await withTaskGroup(of: Void.self) { group in
            for index in configuration.coordinates.indices where isRegistered[index] {
                var request = request("DELETE", index)
                request.timeoutMs = Self.farewellMs
                group.addTask { [client, request] in _ = try? await client.send(request) }
            }
        }
        peers.stop()
        stun?.stop()
    }

    // MARK: Forwards

    /// Adds the routes.
    public func add(to router: Router) {
        router.on([.post, .put, .delete], "/forward", bytesMax: 1 << 20, registerForward)
        OverlayRoutes(service: self).add(to: router)
        PeerRoutes(directory: peers, peersMax: configuration.peersMax).add(to: router)
    }

    private func registerForward(_ request: HTTPRequest) -> HTTPReply {
        guard request.bearerToken.map({ constantTimeEqual($0, configuration.secret) }) ?? false else {
            return Problem(
                401, "bad-secret", "this needs the cluster's secret as bearer token",
                headers: [("WWW-Authenticate", "Bearer")]
            ).reply
        }
        var registration: ForwardRegistration
        do { registration = try decodeJSON(ForwardRegistration.self, from: request.body) } catch {
            return error.problem.reply
        }
        if let mistake = registration.mistake { return Problem(400, mistake.rawValue, mistake.detail).reply }
        if request.method == .delete {
            if forwards.remove(registration.name) != nil {
                log.info("Forward left", metadata: ["forward": "\(registration.name)"])
                peers.forwardsChanged()
            }
            return .now(.noContent)
        }
        guard request.method == .post || forwards[registration.name] != nil else {
            return Problem(404, "unknown-forward", "register with POST first").reply
        }
        registration.urls = registration.urls.resolved(with: request.peer)
        switch forwards.put(registration, for: registration.name, now: Clock.now) {
        case .added:
            log.info("Forward registered", metadata: ["forward": "\(registration.name)"])
            peers.forwardsChanged()
        case .renewed: break
        case .full: return Problem(507, "register-full", "too many forwards are registered").reply
        }
        let answer = ForwardRegistrationAnswer(swarms: peers.sizes)
        return .now(.json(answer, status: request.method == .post ? 201 : 200))
    }

    private func expire() {
        let gone = forwards.expire(now: Clock.now)
        for (name, _) in gone { log.warning("Forward lost", metadata: ["forward": "\(name)"]) }
        if !gone.isEmpty { peers.forwardsChanged() }
    }

    // MARK: Coordinates

    private func beat() {
        guard !isStopping else { return }
        for index in configuration.coordinates.indices where !isBusy.contains(index) {
            isBusy.insert(index)
            Task { @LoopActor in
                await beat(index)
                isBusy.remove(index)
            }
        }
    }

    /// Somebody was sent here although there is no place: the coordinates ought to know at once.
    func noteFull() {
        let now = Clock.now
        guard promptedAt.map({ now.milliseconds(since: $0) >= Self.promptHeartbeatMs }) ?? true else { return }
        promptedAt = now
        beat()
    }

    private func beat(_ index: Int) async {
        let told = peers.swarms.mapValues(\.received)
        do {
            var answer = try await client.send(request("PUT", index))
            // A coordinate that has restarted does not know this tracker any more.
            if answer.status == 404, !isStopping { answer = try await client.send(request("POST", index)) }
            heartbeats += 1
            // What one heartbeat did not bring there, the next one does.
            if answer.isSuccess { for (stream, received) in told { peers.swarms[stream]?.told[index] = received } }
            note(index, answer.isSuccess ? nil : "the coordinate answered \(answer.status)")
        } catch {
            note(index, "\(error)")
        }
    }

    private func note(_ index: Int, _ error: String?) {
        let isGood = error == nil
        if isGood != isRegistered[index] || (!isGood && registrationErrors[index] == nil) {
            let metadata: Logger.Metadata = [
                "coordinate": "\(configuration.coordinates[index].origin)", "reason": "\(error ?? "")",
            ]
            if isGood {
                log.info("Registered", metadata: ["coordinate": "\(configuration.coordinates[index].origin)"])
            } else {
                log.warning("Not registered", metadata: metadata)
            }
        }
        isRegistered[index] = isGood
        registrationErrors[index] = error
    }

    private func request(_ method: String, _ index: Int) -> HTTPClientRequest {
        let registration = TrackerRegistration(
            name: configuration.name, region: configuration.region, urls: urls,
            stun: stun?.addresses.first?.description, peers: peers.sessions.count,
            peersMax: configuration.peersMax,
            swarms: peers.swarms.values.map { $0.report(toCoordinate: index) }.sorted { $0.stream < $1.stream },
            forwards: forwards.values)
        var request = HTTPClientRequest(
            method, configuration.coordinates[index].origin + "/tracker",
            headers: [("Content-Type", "application/json")],
            body: encodeJSON(registration)
        ).bearing(configuration.secret)
        request.timeoutMs = 2_000
        return request
    }
}
