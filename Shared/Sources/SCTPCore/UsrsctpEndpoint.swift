import CUsrsctp
import EventLoop
import Glibc

/// An SCTP endpoint on usrsctp.
@LoopActor
public final class UsrsctpEndpoint: SCTPEndpoint {
    private enum State { case connecting, open, closed }

    /// Who is told; not kept alive.
    public weak var delegate: (any SCTPEndpointDelegate)?
    /// Bytes that were taken and not acknowledged by the peer.
    public private(set) var unacknowledgedBytes = 0

    private let configuration: SCTPConfiguration
    private let port: UInt16
    private let remotePort: UInt16
    private var state = State.connecting
    private var number: UInt = 0
    private var socket: OpaquePointer?
    private var joiner: MessageJoiner

    /// An endpoint of `port` with a peer at `remotePort`. Throws `SCTPError.unavailable`.
    public init(port: UInt16, remotePort: UInt16, configuration: SCTPConfiguration) throws(SCTPError) {
        self.configuration = configuration
        self.port = port
        self.remotePort = remotePort
        joiner = MessageJoiner(messageBytesMax: configuration.messageBytesMax)
        number = UsrsctpStack.register(self, streams: configuration.streams)
        let handle = UnsafeMutableRawPointer(bitPattern: number)
        socket = usrsctp_socket(
            AF_CONN, Int32(SOCK_STREAM.rawValue), Int32(IPPROTO_SCTP), receiveCallback, sendCallback, 0, handle)
        guard let socket else {
            let code = errno
            UsrsctpStack.deregister(number)
            throw .unavailable(code: code)
        }
        let sizes = (Int32(clamping: configuration.sendBufferBytes), Int32(clamping: configuration.receiveBufferBytes))
        guard p2p_sctp_configure(socket, configuration.streams, sizes.0, sizes.1) == 0 else {
            let code = errno
            close()
            throw .unavailable(code: code)
        }
    }

    /// Begins; the other end does the same.
    public func connect() {
        guard let socket else { return }
        UsrsctpStack.noteActivity()
        let code = p2p_sctp_connect(
            socket, UnsafeMutableRawPointer(bitPattern: number), port, remotePort,
            UInt32(configuration.packetBytesMax))
        if code != 0 { end(.unavailable(code: code)) }
    }

    /// Takes a packet of the peer.
    public func receive(_ packet: UnsafeRawBufferPointer) {
        guard socket != nil else { return }
        usrsctp_conninput(UnsafeMutableRawPointer(bitPattern: number), packet.baseAddress, packet.count, 0)
    }

    /// Takes a message whole or not at all.
    public func send(
        _ message: UnsafeRawBufferPointer, stream: UInt16, payloadProtocol: UInt32, isOrdered: Bool
    ) -> SCTPSendOutcome {
        guard state == .open, let socket else { return .refused(code: ENOTCONN) }
        let code = p2p_sctp_send(
            socket, message.baseAddress, message.count, stream, payloadProtocol, isOrdered ? 0 : 1)
        guard code == 0 else { return code == EWOULDBLOCK ? .full : .refused(code: code) }
        unacknowledgedBytes += message.count
        UsrsctpStack.noteActivity()
        return .taken
    }

    /// Ends this side of a stream.
    public func reset(stream: UInt16) {
        guard let socket, state == .open else { return }
        // A reset is refused while one is on its way (EINPROGRESS): the stack queues streams itself, so only a stream
        // that does not exist fails, and then there is nothing to end.
        _ = p2p_sctp_reset_stream(socket, stream)
    }

    /// What is known about the path.
    public var path: SCTPPath? {
        var status = sctp_status()
        guard state == .open, let socket, p2p_sctp_status(socket, &status) == 0 else { return nil }
        return SCTPPath(
            congestionWindow: Int(status.sstat_primary.spinfo_cwnd),
            roundTripMs: Int(status.sstat_primary.spinfo_srtt),
            retransmissionTimeoutMs: Int(status.sstat_primary.spinfo_rto), receiverWindow: Int(status.sstat_rwnd))
    }

    /// Aborts the association, tells the peer, frees everything.
    public func close() {
        state = .closed
        guard let socket else { return }
        self.socket = nil
        usrsctp_close(socket)
        UsrsctpStack.deregister(number)
    }

    // MARK: Called by usrsctp

    func transmit(_ packet: UnsafeRawBufferPointer) { delegate?.endpoint(self, transmit: packet) }

    /// usrsctp has no getter for what is in its send buffer: this is how much of it is free.
    func becameWritable(freeBytes: Int) {
        unacknowledgedBytes = max(0, configuration.sendBufferBytes - freeBytes)
        if state == .open { delegate?.endpointIsWritable(self) }
    }

    /// Takes over `memory`, a piece of a message, a notification, or nil at the end.
    func received(_ memory: UnsafeMutableRawPointer?, _ count: Int, stream: UInt16, ppid: UInt32, flags: Int32) {
        guard let memory else { return end(.ended) }
        if p2p_sctp_is_notification(flags) != 0 {
            notified(memory, count)
            return free(memory)
        }
        let piece = InboundMessage(taking: memory, count: count, stream: stream, payloadProtocol: ppid)
        guard state == .open else { return }
        UsrsctpStack.noteActivity()
        let endsMessage = p2p_sctp_ends_message(flags) != 0
        if endsMessage, !joiner.holds(stream) {
            guard count <= configuration.messageBytesMax else { return end(.messageTooLong) }
            delegate?.endpoint(self, received: piece)
            return
        }
        switch joiner.take(piece.bytes, stream: stream, endsMessage: endsMessage) {
        case .unfinished: break
        case .tooLong: end(.messageTooLong)
        case .whole(let bytes):
            bytes.withUnsafeBytes {
                let whole = InboundMessage(borrowing: $0, stream: stream, payloadProtocol: ppid)
                delegate?.endpoint(self, received: whole)
            }
        }
    }

    private func notified(_ bytes: UnsafeMutableRawPointer, _ count: Int) {
        switch Int32(p2p_notification_kind(bytes, count)) {
        case SCTP_ASSOC_CHANGE:
            switch Int32(p2p_notification_state(bytes, count)) {
            case SCTP_COMM_UP where state == .connecting:
                state = .open
                delegate?.endpointDidOpen(self)
            case SCTP_COMM_LOST, SCTP_SHUTDOWN_COMP, SCTP_CANT_STR_ASSOC: end(.ended)
            default: break
            }
        case SCTP_SHUTDOWN_EVENT: end(.ended)
        case SCTP_SENDER_DRY_EVENT: becameWritable(freeBytes: configuration.sendBufferBytes)
        case SCTP_STREAM_RESET_EVENT:
            var streams = [UInt16](repeating: 0, count: Int(configuration.streams))
            let found = p2p_notification_incoming_resets(bytes, count, &streams, Int32(streams.count))
            for stream in streams.prefix(Int(found)) { delegate?.endpoint(self, peerResetStream: stream) }
        default: break
        }
    }

    private func end(_ error: SCTPError) {
        guard state != .closed else { return }
        state = .closed
        delegate?.endpoint(self, ended: error)
    }
}

private let receiveCallback:
    @convention(c) (
        OpaquePointer?, sctp_sockstore, UnsafeMutableRawPointer?, Int, sctp_rcvinfo, Int32, UnsafeMutableRawPointer?
    ) -> Int32 = { _, _, memory, count, info, flags, handle in
        // Proof: stay on this thread, assumeIsolated runs its body in place.
        nonisolated(unsafe) let (memory, handle) = (memory, handle)
        LoopActor.assumeIsolated {
            guard let endpoint = UsrsctpStack.endpoint(handle) else { return free(memory) }
            endpoint.received(
                memory, count, stream: info.rcv_sid, ppid: UInt32(bigEndian: info.rcv_ppid), flags: flags)
        }
        return 1
    }

private let sendCallback: @convention(c) (OpaquePointer?, UInt32, UnsafeMutableRawPointer?) -> Int32 = {
    _, freeBytes, handle in
    // Proof: stays on this thread, assumeIsolated runs its body in place.
    nonisolated(unsafe) let handle = handle
    LoopActor.assumeIsolated { UsrsctpStack.endpoint(handle)?.becameWritable(freeBytes: Int(freeBytes)) }
    return 1
}
