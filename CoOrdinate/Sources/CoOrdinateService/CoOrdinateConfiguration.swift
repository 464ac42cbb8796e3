import Cryptography
import StreamCore

/// What a coordinate is started with.
public struct CoOrdinateConfiguration: Sendable {
    /// The cluster's secret.
    public var secret = ""
    /// Who may publish.
    public var publishKeys = PublishKeys([], isOpen: false)
    /// One key for the manifests of all streams; nil derives one per stream from the secret.
    public var signingKey: SigningKey?
    /// Path of the regions file.
    public var regionsFile: String?
    /// Path of the MaxMind database.
    public var geoFile: String?
    /// Folder with the files of the viewer for browsers; nil for none.
    public var webFolder: String?
    /// Target length of a chunk in milliseconds.
    public var chunkMs = 200
    /// Milliseconds of each stream that relays may ask for.
    public var windowMs: Int64 = 30_000
    /// Most streams at once.
    public var streamsMax = 64

    /// Number of stripes K that each stream is cut into.
    public static let stripeCount = 2

    /// The defaults.
    public init() {}

    /// Where the viewer's files usually are: beside the program, as it is built or installed, or in the repository from
    /// which it is run. Nil when they are not there.
    public static var usualWebFolder: String? { WebFolder.found() }
}
