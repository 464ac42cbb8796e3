/// Why a text is no description of a data-channel session.
public enum SessionDescriptionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// More than `SessionDescription.bytesMax` bytes.
    case tooLong(bytes: Int)
    /// Line number `line`, from 1, has more than `SessionDescription.lineBytesMax` bytes.
    case lineTooLong(line: Int)
    /// Line number `line` is not of the form `x=value`.
    case malformedLine(line: Int)
    /// It does not begin with `v=0`.
    case notSDP
    /// No media section for data channels (`m=application … UDP/DTLS/SCTP webrtc-datachannel`), or it is rejected.
    case noDataChannels
    /// A media section beyond the one for data channels that is not rejected.
    case otherMedia
    /// An attribute that must be there is not.
    case missing(attribute: String)
    /// An attribute with a value that it cannot have.
    case wrong(attribute: String)
    /// More than `SessionDescription.candidatesMax` candidates.
    case tooManyCandidates

    /// What is wrong.
    public var description: String {
        switch self {
        case .tooLong(let bytes): "the SDP has \(bytes) bytes, more than \(SessionDescription.bytesMax)"
        case .lineTooLong(let line):
            "line \(line) of the SDP has more than \(SessionDescription.lineBytesMax) bytes"
        case .malformedLine(let line): "line \(line) of the SDP is not of the form x=value"
        case .notSDP: "the SDP does not begin with v=0"
        case .noDataChannels: "the SDP has no m=application section for webrtc-datachannel"
        case .otherMedia: "the SDP has more than one media section; only data channels are spoken here"
        case .missing(let attribute): "the SDP has no \(attribute)"
        case .wrong(let attribute): "the SDP's \(attribute) is wrong"
        case .tooManyCandidates: "the SDP has more than \(SessionDescription.candidatesMax) candidates"
        }
    }
}
