import EventLoop
import HTTPServer
import Logging
import ServiceKit

/// A running forward: the service, its two servers, its registrations, from start to drain.
@LoopActor
public enum ForwardProgram {
    /// Runs until the process is asked to stop. Throws `UsageError` or `HTTPServerError` when it cannot start.
    public static func run(
        _ configuration: ForwardConfiguration, listen: [ListenAddress], options: ServiceOptions, signals: Signals
    ) async throws {
        try options.check(listen: listen + configuration.ingest)
        let service = ForwardService(configuration, certificateAuthorityFile: options.tlsCa)
        let router = Router()
        var settings = try options.serverConfiguration(listen: listen)
        // A viewer's memory over TLS is mostly this pool. Heads of 7 KiB in 25 lines fit, as proxies may make them;
        // pages ask forwards without cookies.
        settings.poolBytes = 9_216
        let server = HTTPServer(settings, router: router)
        ViewerRoutes(service: service).add(to: router)
        var registrar: Registrar?
        let metrics = Metrics(service: "forward")
        service.declare(metrics)
        metrics.gauge("registered", "Trackers and coordinates that know this forward.") {
            Double(registrar?.entries.count(where: \.isRegistered) ?? 0)
        }
        StandardRoutes(
            service: "forward", metrics: metrics, secret: configuration.secret,
            problems: { registrar.map(\.problems) ?? ["starting"] },
            debug: { service.report(registrar: registrar, isTrusted: $0) }
        ).add(to: router, server: server)
        try server.start()
        let ingest = try startIngest(service, options)
        registrar = Registrar(service, urls: options.advertisedURLs(listening: server.addresses))
        for address in server.addresses { service.log.info("Listening", metadata: ["address": "\(address)"]) }
        for address in ingest?.addresses ?? [] { service.log.info("Ingest", metadata: ["address": "\(address)"]) }
        signals.onReload = { reload(options, [server] + (ingest.map { [$0] } ?? []), service.log) }
        await signals.stopRequested()
        service.log.info("Stopping", metadata: ["viewers": "\(service.viewerCount)"])
        server.stopAccepting()
        await registrar?.leave()
        service.stop()
        await ingest?.stop(drainMs: 500)
        await server.stop(drainMs: options.drain.milliseconds)
    }

    private static func startIngest(_ service: ForwardService, _ options: ServiceOptions) throws -> HTTPServer? {
        guard !service.configuration.ingest.isEmpty else { return nil }
        let router = Router()
        EdgeIngest(service).add(to: router)
        let server = HTTPServer(
            try options.serverConfiguration(listen: service.configuration.ingest), router: router)
        try server.start()
        return server
    }

    private static func reload(_ options: ServiceOptions, _ servers: [HTTPServer], _ log: Logger) {
        do {
            guard let tls = try options.readTLS() else { return }
            for server in servers { try server.reloadTLS(certificate: tls.certificate, key: tls.key) }
            log.info("Certificate reloaded")
        } catch {
            log.error("The old certificate stays in use", metadata: ["cause": "\(error)"])
        }
    }
}
