import CLinux
import CMicroHTTPD
import CoreTypes
import EventLoop
import Glibc

/// An HTTP/1.1 server: libmicrohttpd without threads of its own, driven by the loop, so that every handler runs on
/// `LoopActor`. One server may listen on several addresses.
@LoopActor
public final class HTTPServer {
    /// What a server is made with.
    public struct Configuration: Sendable {
        /// Where to listen; at least one.
        public var listen: [ListenAddress]
        /// PEM texts of a certificate chain and its key; nil serves plain HTTP.
        public var tls: (certificate: String, key: String)?
        /// Networks whose `X-Forwarded-For` is believed.
        public var trustedProxies: [IPNetwork] = []
        /// Most connections per listening address; more wait in the kernel's queue. Endless answers over plain HTTP/1.1
        /// count for themselves; up to as many of them cost no more than their socket and what their body keeps.
        public var connectionsMax = 20_000
        /// Bytes of libmicrohttpd's pool per connection: bounds the request head, in which cookies count twice, for they are
        /// copied. It is most of the memory of a connection that has been used and waits for the next request.
        public var poolBytes = 16_384
        /// Seconds without a byte after which a connection is closed (not while a body streams out).
        public var idleTimeoutSeconds = 30

        /// A plain server on the given addresses.
        public init(listen: [ListenAddress]) { self.listen = listen }
    }

    /// The routes; may be changed while running.
    public let router: Router
    /// Where the server really listens, with the ports the kernel chose.
    public private(set) var addresses: [ListenAddress] = []
    /// Requests so far.
    public internal(set) var requestCount: UInt64 = 0
    /// Answers so far by status class: index 2 counts 2xx, and so on.
    public private(set) var answerCounts = [UInt64](repeating: 0, count: 6)

    var configuration: Configuration
    var suspended: [ObjectIdentifier: Exchange] = [:]
    var streams: [ObjectIdentifier: StreamContext] = [:]
    /// Endless answers whose connections libmicrohttpd does not know any more.
    var detachedCount = 0
    let standardHeaders: [(name: String, value: String)] = [
        ("Access-Control-Allow-Origin", "*"),
        ("Access-Control-Allow-Headers", "Authorization, Content-Type, Last-Event-ID"),
        ("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE, OPTIONS"),
        ("Access-Control-Expose-Headers", "ETag, Location, Retry-After"),
        ("X-Content-Type-Options", "nosniff"),
    ]
    private var daemons: [HTTPDaemon] = []
    private var retired: [HTTPDaemon] = []
    private var housekeeping: LoopTimer?
    private static var all: [ObjectIdentifier: HTTPServer] = [:]

    /// A server that does not listen yet.
    public init(_ configuration: Configuration, router: Router) {
        self.configuration = configuration
        self.router = router
    }

    /// Binds every address and begins to serve. Throws `HTTPServerError` and listens nowhere when one fails.
    public func start() throws(HTTPServerError) {
        signal(SIGPIPE, SIG_IGN)
        do {
            for address in configuration.listen {
                let (descriptor, bound) = try address.listen()
                daemons.append(try HTTPDaemon(server: self, address: bound, listening: descriptor))
                addresses.append(bound)
            }
        } catch {
            for daemon in daemons { daemon.stop() }
            daemons = []
            addresses = []
            throw error
        }
        Self.all[ObjectIdentifier(self)] = self
        // Drives libmicrohttpd's idle timeouts; its sockets wake the loop by themselves.
        housekeeping = LoopTimer.every(milliseconds: 500) { [weak self] in self?.housekeep() }
    }

    /// Open connections.
    public var connectionCount: Int { (daemons + retired).reduce(detachedCount) { $0 + $1.connectionCount } }

    /// Endless answers under way.
    public var streamCount: Int { streams.count }

    /// The certificate chain in use (PEM); nil without TLS.
    public var certificate: String? { configuration.tls?.certificate }

    /// Takes a new certificate for new connections; old ones end under the old one. Throws when it is unusable, and
    /// goes on with the old one then.
    public func reloadTLS(certificate: String, key: String) throws(HTTPServerError) {
        let previous = configuration.tls
        configuration.tls = (certificate, key)
        do {
            // A second daemon on the same socket shows whether the files are usable before the first lets go of it.
            for index in daemons.indices {
                let successor = try HTTPDaemon(
                    server: self, address: daemons[index].address, listening: dup(daemons[index].listening))
                daemons[index].stopAccepting()
                retired.append(daemons[index])
                daemons[index] = successor
            }
        } catch {
            configuration.tls = previous
            throw error
        }
    }

    /// Stops accepting at once, so that a drain can begin.
    public func stopAccepting() { for daemon in daemons { daemon.stopAccepting() } }

    /// Ends everything: deferred requests get 503, streams are ended, and after `drainMs` what is left is closed.
    public func stop(drainMs: Int64) async {
        stopAccepting()
        for exchange in suspended.values {
            exchange.respond(Problem(503, "stopping", "this service is stopping").reply)
        }
        for stream in streams.values { stream.body.end() }
        let deadline = Clock.now.advanced(byMilliseconds: drainMs)
        // Connections that stay open without a request are no reason to wait; two turns more let the last answers out.
        var turnsLeft = 2
        while turnsLeft > 0, Clock.now < deadline {
            if streams.isEmpty, suspended.isEmpty { turnsLeft -= 1 }
            await withCheckedContinuation { done in LoopTimer.after(milliseconds: 10) { done.resume() } }
        }
        housekeeping?.cancel()
        // A daemon with a suspended connection cannot be stopped without aborting: such a one is left to the
        // process's end.
        let canStop = streams.isEmpty && suspended.isEmpty
        for daemon in daemons + retired { if canStop { daemon.stop() } else { daemon.abandon() } }
        daemons = []
        retired = []
        Self.all[ObjectIdentifier(self)] = nil
    }

    func countAnswer(_ status: Int) { answerCounts[min(5, max(0, status / 100))] += 1 }

    /// An endless answer is over.
    static func streamClosed(_ context: StreamContext) {
        for server in all.values where server.streams.removeValue(forKey: ObjectIdentifier(context)) != nil {
            if context.isDetached { server.detachedCount -= 1 }
        }
        context.body.closed()
    }

    private func housekeep() {
        for daemon in daemons + retired { daemon.run() }
        for daemon in retired where daemon.connectionCount == 0 { daemon.stop() }
        retired.removeAll { $0.connectionCount == 0 }
    }
}
