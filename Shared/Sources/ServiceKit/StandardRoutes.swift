import Cryptography
import EventLoop
import HTTPServer

/// The paths that every service has: `/healthz`, `/metrics`, `/debug`, `/version`.
@LoopActor
public struct StandardRoutes {
    /// Name of the program.
    public let service: String
    /// Its metrics.
    public let metrics: Metrics
    /// What stands in the way of serving; empty when healthy.
    public let problems: @LoopActor () -> [String]
    /// The value of `/debug`; the flag says whether the caller showed the secret.
    public let debug: @LoopActor (_ isTrusted: Bool) -> any Encodable
    /// The secret that unlocks the full `/debug`.
    public let secret: String

    /// The routes of a service.
    public init(
        service: String, metrics: Metrics, secret: String, problems: @escaping @LoopActor () -> [String],
        debug: @escaping @LoopActor (_ isTrusted: Bool) -> any Encodable
    ) {
        self.service = service
        self.metrics = metrics
        self.secret = secret
        self.problems = problems
        self.debug = debug
    }

    /// Adds the routes, and the metrics of the server itself. The routes do not keep the server, which keeps them: it must
    /// live as long as they are asked.
    public func add(to router: Router, server: HTTPServer) {
        let startedAt = Clock.wall
        metrics.counter("http_requests_total", "HTTP requests received.") { [unowned server] in server.requestCount }
        metrics.family("http_responses_total", kind: "counter", "HTTP answers by status class.") { [unowned server] in
            (1...5).map { Metrics.Sample(Double(server.answerCounts[$0]), labels: [("class", "\($0)xx")]) }
        }
        metrics.gauge("http_connections", "Open HTTP connections.") { [unowned server] in Double(server.connectionCount)
        }
        metrics.gauge("http_streams", "Endless HTTP answers under way.") { [unowned server] in
            Double(server.streamCount)
        }
        metrics.gauge("loop_lateness_ms", "Longest delay of a timer since the last scrape.") {
            Clock.takeLoopLatenessMs()
        }
        metrics.gauge("uptime_seconds", "Seconds since the start.") { Double(Clock.wall - startedAt) / 1_000 }
        metrics.gauge("resident_memory_bytes", "Resident memory.") { Double(ProcessUsage.residentBytes) }
        metrics.gauge("descriptors_max", "Files and connections that may be open at once.") {
            Double(ProcessUsage.descriptorsMax)
        }
        metrics.family("cpu_seconds_total", kind: "counter", "Seconds of processor time, of all threads.") {
            [Metrics.Sample(ProcessUsage.processorSeconds)]
        }
        metrics.gauge(
            "tls_certificate_expires_seconds", "When the certificate in use ends, in seconds since 1970; 0 without TLS."
        ) { [unowned server] in Double(server.certificate.flatMap { certificateExpiry(pem: $0) } ?? 0) }
        router.get("/healthz") { _ in
            let found = problems()
            let report = HealthReport(status: found.isEmpty ? "ok" : "unavailable", problems: found)
            return .now(.json(report, status: found.isEmpty ? 200 : 503))
        }
        router.get("/metrics") { _ in
            .now(.text(metrics.render(), type: "text/plain; version=0.0.4; charset=utf-8"))
        }
        router.get("/version") { _ in .now(.json(VersionReport(service: service, version: productVersion))) }
        router.get("/debug") { [unowned server] request in
            let isTrusted = request.bearerToken.map { constantTimeEqual($0, secret) } ?? false
            let report = DebugReport(
                service: service, version: productVersion, asOf: Clock.wall, uptimeMs: Clock.wall - startedAt,
                connections: server.connectionCount, streams: server.streamCount, state: AnyEncodable(debug(isTrusted)))
            let json = encodeJSON(report, pretty: true)
            guard request.accepts("text/html") else {
                return .now(
                    HTTPResponse(
                        status: 200, headers: [("Content-Type", "application/json"), ("Cache-Control", "no-store")],
                        body: .bytes(json)))
            }
            return .now(.text(debugPage(service: service, json: json), type: "text/html; charset=utf-8"))
        }
    }
}

/// The version of all programs of the repository.
public let productVersion = "0.1.0"

private struct HealthReport: Encodable {
    let status: String
    let problems: [String]
}

private struct VersionReport: Encodable {
    let service: String
    let version: String
}

private struct DebugReport: Encodable {
    let service: String
    let version: String
    let asOf: Int64
    let uptimeMs: Int64
    let connections: Int
    let streams: Int
    let state: AnyEncodable
}

/// Carries a value of any encodable type.
private struct AnyEncodable: Encodable {
    let value: any Encodable
    init(_ value: any Encodable) { self.value = value }
    func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }
}

/// `/debug` for a person: the same JSON, refreshed, without scripts.
private func debugPage(service: String, json: [UInt8]) -> String {
    let text = String(decoding: json, as: UTF8.self)
        .replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    return """
        <!doctype html>
        <html lang="en">
        <meta charset="utf-8">
        <meta http-equiv="refresh" content="2">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(service) /debug</title>
        <style>
        :root { color-scheme: light dark; }
        body { font: 14px/1.45 ui-monospace, monospace; margin: 1.5rem; }
        h1 { font-size: 1.1rem; }
        pre { white-space: pre-wrap; overflow-wrap: anywhere; }
        </style>
        <h1>\(service)</h1>
        <p><a href="/metrics">metrics</a> · <a href="/healthz">health</a> · refreshed every 2 s</p>
        <pre>\(text)</pre>
        </html>

        """
}
