/// What one side of a data-channel-only session tells the other: where it is, its certificate, its SCTP port.
/// Sources: RFC 8866 (SDP), 8839 (ICE), 8842 (DTLS), 8841 (SCTP), 9429 (JSEP).
public struct SessionDescription: Hashable, Sendable {
    /// Who sends the first message of the DTLS handshake. Source: RFC 4145, section 4; RFC 8842, section 5.
    public enum Setup: String, Sendable, Hashable, CaseIterable {
        /// The offerer's: the answerer chooses.
        case either = "actpass"
        /// This side begins.
        case active
        /// The other side begins.
        case passive
    }

    /// Longest text that is read, in bytes.
    public static let bytesMax = 16_384
    /// Longest line that is read, in bytes.
    public static let lineBytesMax = 1_024
    /// Most candidates that are taken.
    public static let candidatesMax = 64

    /// ICE user name fragment, 4...256 characters.
    public var userFragment: String
    /// ICE password, 22...256 characters.
    public var password: String
    /// The certificate's fingerprint.
    public var fingerprint: CertificateFingerprint
    /// The DTLS role.
    public var setup: Setup
    /// The name of the one media section, which an answer repeats; 1...32 characters.
    public var mediaID: String
    /// The port of SCTP within DTLS.
    public var sctpPort: UInt16
    /// Longest message that this side takes, in bytes; 0 means any.
    public var messageBytesMax: Int
    /// Where it may be reached, as known so far.
    public var candidates: [ICECandidate]
    /// There will be no more candidates.
    public var isComplete: Bool

    /// What an SDP without the attribute means (RFC 8841, sections 5.2 and 6.1).
    public static let defaultPort: UInt16 = 5_000
    /// What an SDP without the attribute means.
    public static let defaultMessageBytesMax = 65_536

    /// A description without candidates.
    public init(
        userFragment: String, password: String, fingerprint: CertificateFingerprint, setup: Setup,
        mediaID: String = "0",
        messageBytesMax: Int = defaultMessageBytesMax
    ) {
        self.userFragment = userFragment
        self.password = password
        self.fingerprint = fingerprint
        self.setup = setup
        self.mediaID = mediaID
        sctpPort = Self.defaultPort
        self.messageBytesMax = messageBytesMax
        candidates = []
        isComplete = false
    }
}
