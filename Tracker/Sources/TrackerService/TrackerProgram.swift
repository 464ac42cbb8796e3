import EventLoop
import HTTPServer
import Logging
import ServiceKit

/// A running tracker, from start to drain.
@LoopActor
public enum TrackerProgram {
    /// Runs until the process is asked to stop. Throws `UsageError` or `HTTPServerError` when it cannot start.
    public static func run(
        _ configuration: TrackerConfiguration, listen: [ListenAddress], options: ServiceOptions, signals: Signals
    ) async throws {
        try await run(configuration, listen: listen, options: options, signals: signals) { _ in }
    }

    /// The same, with something done before anybody can connect.
    package static func run(
        _ configuration: TrackerConfiguration, listen: [ListenAddress], options: ServiceOptions, signals: Signals,
        prepare: @LoopActor (TrackerService) -> Void
    ) async throws {
        try options.check(listen: listen)
        let service = TrackerService(configuration, certificateAuthorityFile: options.tlsCa)
        let router = Router()
        var http = try options.serverConfiguration(listen: listen)
        // Of the connections that viewers keep for their reports most of the memory is this. Heads of 2 KiB in 25 lines fit,
        // twice what browsers send; pages ask trackers without cookies.
        http.poolBytes = 4_736
        // Each viewer holds one connection open for its events, and comes with others for a moment.
        http.connectionsMax = max(http.connectionsMax, configuration.peersMax + 4_096)
        let server = HTTPServer(http, router: router)
        let metrics = Metrics(service: "tracker")
        service.declare(metrics)
        StandardRoutes(
            service: "tracker", metrics: metrics, secret: configuration.secret, problems: { service.problems },
            debug: { service.report(isTrusted: $0) }
        ).add(to: router, server: server)
        service.add(to: router)
        prepare(service)
        try server.start()
        for address in server.addresses { service.log.info("Listening", metadata: ["address": "\(address)"]) }
        try service.startSTUN()
        service.start(urls: options.advertisedURLs(listening: server.addresses))
        signals.onReload = {
            do {
                guard let tls = try options.readTLS() else { return }
                try server.reloadTLS(certificate: tls.certificate, key: tls.key)
                service.log.info("Certificate reloaded")
            } catch {
                service.log.error("The old certificate stays in use", metadata: ["cause": "\(error)"])
            }
        }
        await signals.stopRequested()
        service.log.info("Stopping")
        server.stopAccepting()
        await service.stop()
        await server.stop(drainMs: options.drain.milliseconds)
    }
}
