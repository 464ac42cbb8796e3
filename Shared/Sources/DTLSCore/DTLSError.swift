/// Why a DTLS session cannot be, or ended.
public enum DTLSError: Error, Hashable, Sendable, CustomStringConvertible {
    /// OpenSSL refuses to make a key, a certificate or a session; `reason` is its word for it.
    case unavailable(reason: String)
    /// The handshake failed.
    case handshake(reason: String)
    /// The peer's certificate is not the one that signalling told.
    case wrongFingerprint
    /// The peer closed the session.
    case closedByPeer
    /// A record could not be read or written.
    case broken(reason: String)

    /// What went wrong.
    public var description: String {
        switch self {
        case .unavailable(let reason): "DTLS is not available: \(reason)"
        case .handshake(let reason): "the DTLS handshake failed: \(reason)"
        case .wrongFingerprint: "the peer's certificate is not the one that its description names"
        case .closedByPeer: "the peer closed the DTLS session"
        case .broken(let reason): "the DTLS session broke: \(reason)"
        }
    }
}
