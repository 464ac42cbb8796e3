import EventLoop
import HTTPServer
import Logging
import ServiceKit

/// A running coordinate, from start to drain.
@LoopActor
public enum CoOrdinateProgram {
    /// Runs until the process is asked to stop. Throws `UsageError` or `HTTPServerError` when it cannot start.
    public static func run(
        _ configuration: CoOrdinateConfiguration, listen: [ListenAddress], options: ServiceOptions, signals: Signals
    ) async throws {
        try options.check(listen: listen)
        let service = try CoOrdinateService(configuration)
        let router = Router()
        let server = HTTPServer(try options.serverConfiguration(listen: listen), router: router)
        let metrics = Metrics(service: "coordinate")
        service.declare(metrics)
        StandardRoutes(
            service: "coordinate", metrics: metrics, secret: configuration.secret, problems: { [] },
            debug: { service.report(isTrusted: $0) }
        ).add(to: router, server: server)
        // Last, for it takes every path of one word.
        service.add(to: router)
        try server.start()
        for address in server.addresses { service.log.info("Listening", metadata: ["address": "\(address)"]) }
        if options.isDevelopmentSecret { service.log.warning("The default secret is in use: for trying out only") }
        service.warnOfMissingPages()
        if configuration.publishKeys.isOpen { service.log.warning("Anybody may publish any stream") }
        signals.onReload = { reload(service, options, server) }
        await signals.stopRequested()
        service.log.info("Stopping")
        server.stopAccepting()
        service.stop()
        await server.stop(drainMs: options.drain.milliseconds)
    }

    private static func reload(_ service: CoOrdinateService, _ options: ServiceOptions, _ server: HTTPServer) {
        do {
            try service.reload()
            if let tls = try options.readTLS() {
                try server.reloadTLS(certificate: tls.certificate, key: tls.key)
            }
            service.log.info("Files reloaded")
        } catch {
            service.log.error("What was in use stays in use", metadata: ["cause": "\(error)"])
        }
    }
}
