/// What a message of a data channel is; the payload protocol identifier of its SCTP chunks. Source: RFC 8831, section 8.
public enum PayloadProtocol: UInt32, Sendable, Hashable, CaseIterable {
    /// A message of the establishment protocol (`DCEPMessage`).
    case establishment = 50
    /// UTF-8 text.
    case text = 51
    /// Bytes.
    case binary = 53
    /// A text of no bytes, sent as one byte that is ignored, since SCTP has no empty messages.
    case emptyText = 56
    /// No bytes at all, sent as one byte that is ignored.
    case emptyBinary = 57
}
