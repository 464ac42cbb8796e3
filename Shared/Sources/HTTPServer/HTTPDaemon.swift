import CLinux
import CMicroHTTPD
import CoreTypes
import EventLoop
import Glibc

/// One libmicrohttpd daemon on one listening socket, run by the loop whenever its epoll set is ready.
@LoopActor
final class HTTPDaemon {
    let address: ListenAddress
    let listening: Int32
    private unowned let server: HTTPServer
    private let isSecure: Bool
    private var handle: OpaquePointer?
    private var watch: DescriptorWatch?
    private var isAccepting = true
    private var isRunScheduled = false

    init(server: HTTPServer, address: ListenAddress, listening: Int32) throws(HTTPServerError) {
        self.server = server
        self.address = address
        self.listening = listening
        isSecure = server.configuration.tls != nil
        guard let handle = start(), let watch = watchEvents(of: handle) else {
            close(listening)
            throw .cannotServe(address, isSecure: isSecure)
        }
        self.handle = handle
        self.watch = watch
    }

    /// Whether another connection may outlive libmicrohttpd's interest in it: there are as many of them as of others.
    var mayDetach: Bool { server.detachedCount < server.configuration.connectionsMax }

    func detached() { server.detachedCount += 1 }

    var connectionCount: Int { handle.map { Int(p2p_mhd_connections($0)) } ?? 0 }

    private func start() -> OpaquePointer? {
        let configuration = server.configuration
        var flags = MHD_USE_EPOLL.rawValue | MHD_ALLOW_SUSPEND_RESUME.rawValue
        func option(_ option: MHD_OPTION, _ value: Int) -> MHD_OptionItem {
            MHD_OptionItem(option: option, value: value, ptr_value: nil)
        }
        var options = [
            option(.LISTEN_SOCKET, Int(listening)),
            option(.NOTIFY_COMPLETED, unsafeBitCast(requestCompleted, to: Int.self)),
            option(.CONNECTION_LIMIT, configuration.connectionsMax),
            option(.CONNECTION_MEMORY_LIMIT, configuration.poolBytes),
            option(.CONNECTION_TIMEOUT, configuration.idleTimeoutSeconds),
            option(.UNESCAPE_CALLBACK, unsafeBitCast(keepEscapes, to: Int.self)),
        ]
        let context = Unmanaged.passUnretained(self).toOpaque()
        guard let tls = configuration.tls else {
            options.append(option(.END, 0))
            return p2p_mhd_start(UInt32(flags), accessHandler, context, &options)
        }
        flags |= MHD_USE_TLS.rawValue
        // libmicrohttpd reads both texts before it returns.
        return tls.certificate.withCString { certificate in
            tls.key.withCString { key in
                func text(_ name: MHD_OPTION, _ value: UnsafePointer<CChar>) -> MHD_OptionItem {
                    MHD_OptionItem(option: name, value: 0, ptr_value: UnsafeMutableRawPointer(mutating: value))
                }
                options += [text(.HTTPS_MEM_CERT, certificate), text(.HTTPS_MEM_KEY, key), option(.END, 0)]
                return p2p_mhd_start(UInt32(flags), accessHandler, context, &options)
            }
        }
    }

    private func watchEvents(of handle: OpaquePointer) -> DescriptorWatch? {
        DescriptorWatch(p2p_mhd_epoll_fd(handle), .read) { [weak self] _ in self?.run() }
    }

    /// Lets libmicrohttpd work; again in the next turn when it has more to do that no descriptor will announce.
    func run() {
        guard let handle else { return }
        MHD_run(handle)
        var timeout: UInt64 = 0
        if MHD_get_timeout(handle, &timeout) == .YES, timeout == 0 { runSoon() }
    }

    /// Runs in the next turn: needed after a connection was resumed, which libmicrohttpd 0.9.75 does not announce
    /// through its epoll set when it has no thread of its own.
    func runSoon() {
        guard !isRunScheduled else { return }
        isRunScheduled = true
        LoopTimer.after(milliseconds: 0) { [weak self] in
            self?.isRunScheduled = false
            self?.run()
        }
    }

    func stopAccepting() {
        guard isAccepting, let handle else { return }
        isAccepting = false
        close(MHD_quiesce_daemon(handle))
    }

    /// Ends the daemon; it must have no suspended connection.
    func stop() {
        guard let handle else { return }
        watch?.cancel()
        self.handle = nil
        MHD_stop_daemon(handle)
        if isAccepting { close(listening) }
    }

    /// Runs no more, but keeps its connections: for a daemon that cannot be stopped. Its descriptors would wake the loop
    /// without end if they were still watched.
    func abandon() {
        stopAccepting()
        watch?.cancel()
        handle = nil
    }

    // MARK: Callbacks

    fileprivate func access(
        _ connection: OpaquePointer, path: String?, method: String, version: String, bytes: UnsafeRawBufferPointer,
        exchange: Unmanaged<Exchange>?
    ) -> (exchange: Unmanaged<Exchange>?, consumed: Int, result: MHD_Result) {
        if let exchange {
            let (consumed, result) = exchange.takeUnretainedValue().proceed(bytes)
            return (exchange, consumed, result)
        }
        let isHTTP10 = version == "HTTP/1.0"
        let new = Exchange(
            daemon: self, server: server, connection: connection, isHTTP10: isHTTP10, isSecure: isSecure)
        let retained = Unmanaged.passRetained(new)
        guard let peer = p2p_mhd_peer(connection).flatMap({ SocketAddress($0) })?.address else {
            return (retained, 0, .NO)
        }
        let values = ConnectionValues(connection)
        guard let method = HTTPMethod(rawValue: method), let path = path.flatMap({ percentDecoded($0) }),
            path.hasPrefix("/"), let query = values.query
        else {
            return (retained, 0, new.begin(invalid: "the method, path or query is malformed"))
        }
        let request = HTTPRequest(
            method: method, path: path, query: query, headers: values.headers, peer: peer,
            client: clientAddress(peer, values.headers, trusted: server.configuration.trustedProxies),
            isProxied: server.configuration.trustedProxies.contains { $0.contains(peer) },
            isSecure: isSecure, isHTTP10: isHTTP10)
        return (retained, 0, new.begin(request))
    }
}

/// The address a request came from: walks `X-Forwarded-For` from its end and stops at the first address that is no
/// trusted proxy, so that a client cannot choose its own.
public func clientAddress(
    _ peer: IPAddress, _ headers: [(name: String, value: String)], trusted: [IPNetwork]
) -> IPAddress {
    func isTrusted(_ address: IPAddress) -> Bool { trusted.contains { $0.contains(address) } }
    guard isTrusted(peer) else { return peer }
    let hops = headers.filter { $0.name.lowercased() == "x-forwarded-for" }.flatMap { $0.value.split(separator: ",") }
    var client = peer
    for hop in hops.reversed() {
        guard let address = IPAddress(hop.drop { $0 == " " }.prefix { $0 != " " }) else { return client }
        client = address
        guard isTrusted(address) else { return client }
    }
    return client
}

private let accessHandler: MHD_AccessHandlerCallback = { context, connection, url, method, version, data, size, state in
    guard let context, let connection, let method, let version, let size, let state else { return .NO }
    let daemon = Unmanaged<HTTPDaemon>.fromOpaque(context)
    // These stay on this thread: assumeIsolated runs its body in place.
    nonisolated(unsafe) let bytes = UnsafeRawBufferPointer(start: data, count: size.pointee)
    nonisolated(unsafe) let (connectionPointer, sizePointer, statePointer) = (connection, size, state)
    let exchange = state.pointee.map { Unmanaged<Exchange>.fromOpaque($0) }
    let isFirst = exchange == nil
    let path = isFirst ? url.flatMap { String(validatingCString: $0) } : nil
    let (methodText, versionText) = (isFirst ? String(cString: method) : "", isFirst ? String(cString: version) : "")
    return LoopActor.assumeIsolated {
        let outcome = daemon.takeUnretainedValue().access(
            connectionPointer, path: path, method: methodText, version: versionText, bytes: bytes, exchange: exchange)
        statePointer.pointee = outcome.exchange?.toOpaque()
        if !isFirst { sizePointer.pointee -= outcome.consumed }
        return outcome.result
    }
}

private let requestCompleted: MHD_RequestCompletedCallback = { _, _, state, _ in
    guard let state, let exchange = state.pointee else { return }
    state.pointee = nil
    let retained = Unmanaged<Exchange>.fromOpaque(exchange)
    LoopActor.assumeIsolated { retained.takeRetainedValue().completed() }
}

/// Leaves escapes alone, so that they are decoded once, strictly, and without cutting the text at a NUL.
private let keepEscapes:
    @convention(c) (UnsafeMutableRawPointer?, OpaquePointer?, UnsafeMutablePointer<CChar>?) -> Int =
        { _, _, text in text.map { strlen($0) } ?? 0 }
