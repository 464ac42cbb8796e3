/// Why a call on a link or its host is refused.
public enum LinkError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The host has as many links as it may.
    case tooManyLinks(max: Int)
    /// The link has as many channels as it may.
    case tooManyChannels(max: Int)
    /// The call does not fit what the link has been through.
    case wrongState
    /// A channel's name is too long.
    case labelTooLong(bytesMax: Int)
    /// The peer's description cannot be an answer.
    case notAnAnswer
    /// The host has no room for a link: sockets, memory, ports; the word says what.
    case unavailable(String)

    /// What is wrong.
    public var description: String {
        switch self {
        case .tooManyLinks(let max): "there are \(max) links already, as many as are allowed"
        case .tooManyChannels(let max): "the link has \(max) channels already, as many as are allowed"
        case .wrongState: "the link has had its offer or answer already, or is closed"
        case .labelTooLong(let max): "a channel's name has at most \(max) bytes"
        case .notAnAnswer: "an answer says who begins the DTLS handshake (a=setup:active or passive)"
        case .unavailable(let reason): "no link can be made: \(reason)"
        }
    }
}
