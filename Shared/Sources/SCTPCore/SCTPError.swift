import Glibc

/// Why an association cannot be, or ended.
public enum SCTPError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The stack refuses a socket or an option; `code` is errno.
    case unavailable(code: Int32)
    /// The peer aborted the association or shut it down, or does not answer any more.
    case ended
    /// A message of the peer is longer than it may be.
    case messageTooLong

    /// What went wrong.
    public var description: String {
        switch self {
        case .unavailable(let code): "SCTP is not available: \(String(cString: strerror(code)))"
        case .ended: "the peer ended the SCTP association"
        case .messageTooLong: "the peer sent a message that is longer than it may be"
        }
    }
}
