/// What shares a WebRTC socket, told apart by the first byte of a datagram. Source: RFC 7983, section 7.
public enum DatagramKind: Sendable, Hashable {
    /// Connectivity checks and consent (RFC 8489): first byte 0...3.
    case stun
    /// Everything else that this use has: first byte 20...63.
    case dtls
    /// TURN channels, media, junk, nothing at all.
    case other

    /// The kind of a datagram.
    public init(of datagram: UnsafeRawBufferPointer) {
        switch datagram.first {
        case .some(0...3): self = .stun
        case .some(20...63): self = .dtls
        default: self = .other
        }
    }
}
