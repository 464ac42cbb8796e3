import CNice
import CoreTypes
import EventLoop
import PeerWire

/// An ICE agent on libnice, with one stream of one component.
@LoopActor
public final class NiceAgent: ICEAgent {
    /// Who is told; not kept alive.
    public weak var delegate: (any ICEAgentDelegate)?
    /// What the peer needs to check this side's candidates.
    public let credentials: ICECredentials
    /// The smallest receive buffer that the kernel gave a socket, in bytes; 0 before `gather`.
    public private(set) var receiveBufferBytes = 0

    private let configuration: ICEConfiguration
    private let context: GLibContext
    private let agent: OpaquePointer
    private let stream: UInt32
    private var isConnected = false
    private var isOver = false
    private var isClosed = false

    private static let component: UInt32 = 1
    private static let idleAfterReadyMs: UInt32 = 200
    private static let options = NiceAgentOption(
        rawValue: NICE_AGENT_OPTION_ICE_TRICKLE.rawValue | NICE_AGENT_OPTION_REGULAR_NOMINATION.rawValue
            | NICE_AGENT_OPTION_CONSENT_FRESHNESS.rawValue)

    /// An agent that decides which pair is used (`isControlling`, the offerer's) or follows. Throws
    /// `ICEError.unavailable`.
    public init(_ configuration: ICEConfiguration, isControlling: Bool) throws(ICEError) {
        guard let context = GLibContext() else { throw .unavailable }
        guard let agent = nice_agent_new_full(context.pointer, NICE_COMPATIBILITY_RFC5245, Self.options) else {
            context.close()
            throw .unavailable
        }
        self.configuration = configuration
        self.context = context
        self.agent = agent
        Self.configure(agent, configuration, isControlling)
        stream = nice_agent_add_stream(agent, 1)
        if let turn = configuration.turnServer {
            nice_agent_set_relay_info(
                agent, stream, Self.component, turn.address.address.description, UInt32(turn.address.port),
                turn.username,
                turn.password, NICE_RELAY_TYPE_TURN_UDP)
        }
        if let ports = configuration.ports {
            nice_agent_set_port_range(
                agent, stream, Self.component, UInt32(ports.lowerBound), UInt32(ports.upperBound))
        }
        var (userFragment, password): (UnsafeMutablePointer<CChar>?, UnsafeMutablePointer<CChar>?)
        nice_agent_get_local_credentials(agent, stream, &userFragment, &password)
        defer {
            g_free(userFragment)
            g_free(password)
        }
        guard let userFragment, let password else {
            p2p_object_unref(UnsafeMutableRawPointer(agent))
            context.close()
            throw .unavailable
        }
        credentials = ICECredentials(userFragment: String(cString: userFragment), password: String(cString: password))
        connectCallbacks()
    }

    private static func configure(_ agent: OpaquePointer, _ configuration: ICEConfiguration, _ isControlling: Bool) {
        let object = UnsafeMutableRawPointer(agent)
        // UPnP would start an HTTP client of its own; TCP candidates are not used by anybody we talk to.
        p2p_object_set_flag(object, "upnp", 0)
        p2p_object_set_flag(object, "ice-tcp", 0)
        p2p_object_set_flag(object, "controlling-mode", isControlling ? 1 : 0)
        p2p_object_set_flag(object, "force-relay", configuration.usesRelayOnly ? 1 : 0)
        p2p_object_set_number(object, "stun-pacing-timer", UInt32(clamping: configuration.pacingMs))
        if let server = configuration.stunServer {
            p2p_object_set_text(object, "stun-server", server.address.description)
            p2p_object_set_number(object, "stun-server-port", UInt32(server.port))
        }
        for address in configuration.localAddresses {
            var made = NiceAddress()
            nice_address_init(&made)
            if nice_address_set_from_string(&made, address.description) != 0 {
                nice_agent_add_local_address(agent, &made)
            }
        }
    }

    private func connectCallbacks() {
        let object = UnsafeMutableRawPointer(agent)
        let handle = Unmanaged.passUnretained(self).toOpaque()
        p2p_on_gathering_done(object, gatheringDone, handle)
        p2p_on_state(object, stateChanged, handle)
        p2p_on_candidate(object, candidateFound, handle)
        nice_agent_attach_recv(agent, stream, Self.component, context.pointer, datagramReceived, handle)
        context.update()
    }

    /// Begins to look for candidates; those of own interfaces are there when it returns.
    public func gather() throws(ICEError) {
        defer { context.update() }
        guard nice_agent_gather_candidates(agent, stream) != 0 else { throw .noAddress }
        receiveBufferBytes = Int(
            max(0, p2p_set_socket_buffers(agent, stream, Int32(clamping: configuration.socketBufferBytes))))
    }

    /// Begins to check, once the peer's credentials are known.
    public func start(with remote: ICECredentials) {
        guard !isClosed else { return }
        nice_agent_set_remote_credentials(agent, stream, remote.userFragment, remote.password)
        context.update()
    }

    /// One of the peer's candidates; nil when there are no more. One that cannot be used is ignored.
    public func add(_ candidate: ICECandidate?) {
        guard !isClosed else { return }
        defer { context.update() }
        guard let candidate else {
            nice_agent_peer_candidate_gathering_done(agent, stream)
            return
        }
        guard candidate.usableAddress != nil,
            let parsed = nice_agent_parse_remote_candidate_sdp(agent, stream, "a=" + candidate.line)
        else { return }
        let list = g_slist_append(nil, parsed)
        nice_agent_set_remote_candidates(agent, stream, Self.component, list)
        g_slist_free(list)
        nice_candidate_free(parsed)
    }

    /// What was found so far.
    public var candidates: [ICECandidate] {
        guard !isClosed else { return [] }
        let list = nice_agent_get_local_candidates(agent, stream, Self.component)
        var found: [ICECandidate] = []
        var next = list
        while let entry = next {
            let candidate = entry.pointee.data.assumingMemoryBound(to: NiceCandidate.self)
            if let parsed = parse(candidate) { found.append(parsed) }
            nice_candidate_free(candidate)
            next = entry.pointee.next
        }
        g_slist_free(list)
        return found
    }

    /// Sends a datagram; false when the kernel has no room, or there is no pair.
    @discardableResult
    public func send(_ datagram: UnsafeRawBufferPointer) -> Bool {
        guard !isClosed, let start = datagram.baseAddress else { return false }
        let count = Int32(clamping: datagram.count)
        return nice_agent_send(
            agent, stream, Self.component, UInt32(count), start.assumingMemoryBound(to: CChar.self)) == count
    }

    /// The pair in use.
    public var selectedPair: ICEPair? {
        var (local, remote): (UnsafeMutablePointer<NiceCandidate>?, UnsafeMutablePointer<NiceCandidate>?)
        guard !isClosed, nice_agent_get_selected_pair(agent, stream, Self.component, &local, &remote) != 0,
            let local = local.flatMap(parse), let remote = remote.flatMap(parse),
            let localAddress = local.usableAddress, let remoteAddress = remote.usableAddress
        else { return nil }
        return ICEPair(local: (local.kind, localAddress), remote: (remote.kind, remoteAddress))
    }

    /// Frees everything.
    public func close() {
        guard !isClosed else { return }
        isClosed = true
        // The agent goes on emitting while it gives ports of a TURN server back: it must forget this object first.
        nice_agent_attach_recv(agent, stream, Self.component, context.pointer, nil, nil)
        p2p_disconnect_signals(UnsafeMutableRawPointer(agent), Unmanaged.passUnretained(self).toOpaque())
        nice_agent_remove_stream(agent, stream)
        p2p_object_unref(UnsafeMutableRawPointer(agent))
        context.update()
        guard configuration.turnServer != nil else { return context.close() }
        // Giving a port back takes a round trip to the server, after which GLib drops what is left.
        let context = context
        LoopTimer.after(milliseconds: 500) { context.close() }
    }

    // MARK: Called by libnice

    private func parse(_ candidate: UnsafeMutablePointer<NiceCandidate>) -> ICECandidate? {
        guard let text = nice_agent_generate_local_candidate_sdp(agent, candidate) else { return nil }
        defer { g_free(text) }
        return try? ICECandidate(line: String(cString: text))
    }

    fileprivate func found(_ candidate: UnsafeMutablePointer<NiceCandidate>) {
        guard let candidate = parse(candidate) else { return }
        delegate?.agent(self, found: candidate)
    }

    fileprivate func foundAll() { delegate?.agent(self, found: nil) }

    fileprivate func changed(to state: UInt32) {
        switch NiceComponentState(rawValue: state) {
        case NICE_COMPONENT_STATE_CONNECTED, NICE_COMPONENT_STATE_READY:
            if state == NICE_COMPONENT_STATE_READY.rawValue {
                // libnice goes on ticking at the pace of checks until nothing happened for so long (5 s by default,
                // which it needs while there is no pair): most of the CPU time of a link's first seconds.
                p2p_object_set_number(UnsafeMutableRawPointer(agent), "idle-timeout", Self.idleAfterReadyMs)
            }
            guard !isConnected else { return }
            isConnected = true
            delegate?.agentDidConnect(self)
        case NICE_COMPONENT_STATE_FAILED:
            guard !isOver else { return }
            isOver = true
            delegate?.agentDidFail(self)
        default: break
        }
    }

    fileprivate func received(_ datagram: UnsafeRawBufferPointer) { delegate?.agent(self, received: datagram) }
}

@inline(__always)
private func enter(_ handle: UnsafeMutableRawPointer?, _ body: @LoopActor (NiceAgent) -> Void) {
    guard let handle else { return }
    let agent = Unmanaged<NiceAgent>.fromOpaque(handle).takeUnretainedValue()
    LoopActor.assumeIsolated { body(agent) }
}

private let gatheringDone: @convention(c) (UnsafeMutableRawPointer?, UInt32, UnsafeMutableRawPointer?) -> Void = {
    _, _, handle in
    enter(handle) { $0.foundAll() }
}

private let stateChanged:
    @convention(c) (UnsafeMutableRawPointer?, UInt32, UInt32, UInt32, UnsafeMutableRawPointer?) -> Void = {
        _, _, _, state, handle in
        enter(handle) { $0.changed(to: state) }
    }

private let candidateFound:
    @convention(c) (UnsafeMutableRawPointer?, UnsafeMutablePointer<NiceCandidate>?, UnsafeMutableRawPointer?) -> Void =
        {
            _, candidate, handle in
            // Proof: stays on this thread, assumeIsolated runs its body in place.
            nonisolated(unsafe) let candidate = candidate
            enter(handle) { agent in candidate.map { agent.found($0) } }
        }

private let datagramReceived:
    @convention(c) (
        OpaquePointer?, UInt32, UInt32, UInt32, UnsafeMutablePointer<CChar>?, UnsafeMutableRawPointer?
    ) -> Void = { _, _, _, count, bytes, handle in
        // Proof: stays on this thread, assumeIsolated runs its body in place.
        nonisolated(unsafe) let datagram = UnsafeRawBufferPointer(start: bytes, count: Int(count))
        enter(handle) { $0.received(datagram) }
    }
