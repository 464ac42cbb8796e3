/// Where a link is. It only ever moves down this list.
public enum LinkState: Sendable, Hashable {
    /// Made, not yet told of the other side.
    case new
    /// Both sides are told: looking for a path, shaking hands.
    case connecting
    /// Channels work.
    case open
    /// Over, and why.
    case closed(CloseReason)

    /// Over.
    public var isClosed: Bool {
        if case .closed = self { true } else { false }
    }
}

/// Why a link ended.
public enum CloseReason: Error, Sendable, Hashable, CustomStringConvertible {
    /// `close` was called here; the word is the caller's.
    case local(String)
    /// The peer closed it.
    case peer
    /// No pair of addresses works, or the peer was silent for about nine seconds.
    case noPath
    /// It was not open in time.
    case setUpTimedOut
    /// The DTLS handshake failed.
    case handshake(String)
    /// The peer's certificate is not the one that its description names: somebody is in between.
    case wrongFingerprint
    /// The peer sent a message that is longer than it may be.
    case messageTooLong
    /// The peer did what it must not; the word says what.
    case misbehaviour(String)
    /// This side cannot go on; the word says why.
    case failure(String)

    /// The reason in words.
    public var description: String {
        switch self {
        case .local(let word): "closed here: \(word)"
        case .peer: "closed by the peer"
        case .noPath: "no path to the peer works"
        case .setUpTimedOut: "the link was not open in time"
        case .handshake(let word): word
        case .wrongFingerprint: "the peer's certificate is not the one that its description names"
        case .messageTooLong: "the peer sent a message that is longer than it may be"
        case .misbehaviour(let word): "the peer misbehaves: \(word)"
        case .failure(let word): word
        }
    }
}
