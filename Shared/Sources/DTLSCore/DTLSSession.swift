import COpenSSL
import EventLoop
import PeerWire

/// One end of a DTLS 1.2 session (RFC 6347) over datagrams that its owner carries.
///
/// Closures are called in place, from within `start`, `receive`, `send`, `close` and a timer. The owner may call `close`
/// in any of them, and keeps the session alive until the call that led there returned.
@LoopActor
public final class DTLSSession {
    /// Where a session is.
    public enum State: Sendable {
        /// No data can be sent yet.
        case handshaking
        /// The peer proved to be the one that was named.
        case open
        /// Over.
        case closed
    }

    /// Bytes that a record adds to its plaintext with the ciphers in use: header 13, nonce 8, tag 16.
    public static let overheadBytes = 37
    /// A record's plaintext at most (RFC 6347, section 4.1).
    private static let plaintextBytesMax = 16_384

    /// Where it is.
    public private(set) var state = State.handshaking
    /// Gets each datagram to send.
    public var onDatagram: @LoopActor (UnsafeRawBufferPointer) -> Void = { _ in }
    /// The handshake is done and the fingerprint right; called once.
    public var onOpen: @LoopActor () -> Void = {}
    /// Gets the plaintext of each record, valid during the call.
    public var onData: @LoopActor (UnsafeRawBufferPointer) -> Void = { _ in }
    /// It ended by itself, not by `close`; called once.
    public var onEnd: @LoopActor (DTLSError) -> Void = { _ in }

    private let identity: DTLSIdentity
    private let expected: CertificateFingerprint
    private let session: OpaquePointer
    private let input: OpaquePointer
    private var timer: LoopTimer?
    /// One buffer for all sessions: they share a thread. While it is in use a nested session takes one of its own.
    private static let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: plaintextBytesMax, alignment: 16)
    private static var isScratchInUse = false

    /// A session that sends the first message (`isClient`) or waits for it, with a peer whose certificate has the
    /// fingerprint `expected`. Throws `DTLSError.unavailable`.
    public init(identity: DTLSIdentity, isClient: Bool, expecting expected: CertificateFingerprint) throws(DTLSError) {
        guard let session = SSL_new(identity.context), let input = BIO_new(BIO_s_mem()) else {
            throw .unavailable(reason: takeOpenSSLReason())
        }
        self.identity = identity
        self.expected = expected
        self.session = session
        self.input = input
        SSL_set_bio(session, input, nil)
        guard let output = DatagramBIO.make(for: self) else { throw .unavailable(reason: takeOpenSSLReason()) }
        SSL_set0_wbio(session, output)
        p2p_dtls_prepare(session, DatagramBIO.mtu)
        if isClient { SSL_set_connect_state(session) } else { SSL_set_accept_state(session) }
    }

    isolated deinit {
        timer?.cancel()
        SSL_free(session)
    }

    /// Begins the handshake; a client sends its first flight.
    public func start() { advance() }

    /// Takes a datagram of the peer.
    public func receive(_ datagram: UnsafeRawBufferPointer) {
        guard state != .closed, let start = datagram.baseAddress else { return }
        // Whole datagrams go in one at a time and are read to the end, so that the BIO's bytes keep their boundaries.
        BIO_write(input, start, Int32(clamping: datagram.count))
        advance()
        if state != .closed { BIO_ctrl(input, BIO_CTRL_RESET, 0, nil) }
    }

    /// Sends one datagram of plaintext; false when the session is not open or OpenSSL refuses.
    @discardableResult
    public func send(_ plaintext: UnsafeRawBufferPointer) -> Bool {
        guard state == .open else { return false }
        ERR_clear_error()
        return SSL_write(session, plaintext.baseAddress, Int32(clamping: plaintext.count)) > 0
    }

    /// Tells the peer that the session is over. May be repeated.
    public func close() {
        guard state != .closed else { return }
        if state == .open {
            ERR_clear_error()
            SSL_shutdown(session)
        }
        finish()
    }

    func transmit(_ datagram: UnsafeRawBufferPointer) { onDatagram(datagram) }

    private func finish() {
        state = .closed
        timer?.cancel()
        timer = nil
    }

    private func end(_ error: DTLSError) {
        guard state != .closed else { return }
        finish()
        onEnd(error)
    }

    private func advance() {
        ERR_clear_error()
        if state == .handshaking { handshake() }
        guard state == .open else { return }
        guard Self.isScratchInUse else {
            Self.isScratchInUse = true
            defer { Self.isScratchInUse = false }
            return read(into: Self.scratch)
        }
        let own = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.plaintextBytesMax, alignment: 16)
        defer { own.deallocate() }
        read(into: own)
    }

    private func handshake() {
        let result = SSL_do_handshake(session)
        guard result == 1 else {
            guard isWaiting(result) else { return end(.handshake(reason: takeOpenSSLReason())) }
            return armTimer()
        }
        timer?.cancel()
        timer = nil
        guard let certificate = SSL_get1_peer_certificate(session) else {
            return end(.handshake(reason: "the peer has no certificate"))
        }
        defer { X509_free(certificate) }
        guard DTLSIdentity.fingerprint(of: certificate) == expected else {
            // The keys are agreed on: the other side can be told at once that nothing will come of it.
            SSL_shutdown(session)
            return end(.wrongFingerprint)
        }
        state = .open
        onOpen()
    }

    private func read(into buffer: UnsafeMutableRawBufferPointer) {
        while state == .open {
            let count = SSL_read(session, buffer.baseAddress, Int32(buffer.count))
            if count > 0 {
                onData(UnsafeRawBufferPointer(rebasing: buffer[..<Int(count)]))
                continue
            }
            if SSL_get_error(session, count) == SSL_ERROR_ZERO_RETURN { return end(.closedByPeer) }
            guard isWaiting(count) else { return end(.broken(reason: takeOpenSSLReason())) }
            return
        }
    }

    private func isWaiting(_ result: Int32) -> Bool {
        let error = SSL_get_error(session, result)
        return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE
    }

    /// Flights are repeated until the handshake's owner gives up; OpenSSL itself does after twelve times.
    private func armTimer() {
        timer?.cancel()
        timer = nil
        let microseconds = p2p_dtls_timeout(session)
        guard microseconds >= 0 else { return }
        timer = LoopTimer.after(milliseconds: Int64(microseconds / 1_000 + 1)) { [weak self] in
            guard let self, state == .handshaking else { return }
            ERR_clear_error()
            guard p2p_dtls_handle_timeout(session) >= 0 else {
                return end(.handshake(reason: "the peer does not answer"))
            }
            armTimer()
        }
    }
}
