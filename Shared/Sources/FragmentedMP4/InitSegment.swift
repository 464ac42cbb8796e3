import CoreTypes

/// What the header of a fragmented MP4 (ftyp + moov; ISO/IEC 14496-12 §8) says about its tracks.
public struct InitSegment: Hashable, Sendable {
    /// Most tracks that are accepted.
    public static let tracksMax = 16

    /// One track.
    public struct Track: Hashable, Sendable {
        /// What a track carries.
        public enum Kind: Hashable, Sendable {
            /// Pictures.
            case video
            /// Sound.
            case audio
            /// Anything else.
            case other
        }

        /// Its number, not 0.
        public let id: UInt32
        /// What it carries.
        public let kind: Kind
        /// Ticks per second of its times, not 0.
        public let timescale: UInt32
        /// Type of its sample entry, such as `avc1` or `mp4a`.
        public let format: FourCC
        /// The codec as MIME types name it (RFC 6381 §3.3), such as `avc1.64001F`; the bare type where the format of
        /// its details is not known here.
        public let codec: String
        /// Picture width in pixels; 0 for sound.
        public let width: Int
        /// Picture height in pixels; 0 for sound.
        public let height: Int
        /// Ticks of a sample whose fragment does not say (`trex`).
        let defaultSampleDuration: UInt32
        /// Flags of a sample whose fragment does not say (`trex`).
        let defaultSampleFlags: UInt32
    }

    /// The tracks in the order of the file, at least one, no number twice.
    public let tracks: [Track]

    /// Parses the whole header. Throws `MP4Error`.
    public init(_ bytes: ArraySlice<UInt8>) throws(MP4Error) {
        let top = try Box.parse(bytes, isTopLevel: true)
        guard let movie = top.first(where: { $0.type == "moov" }) else { throw .missing("moov", in: "file") }
        let boxes = try movie.children()
        let defaults = try Self.defaults(boxes)
        var tracks: [Track] = []
        for box in boxes where box.type == "trak" {
            guard tracks.count < Self.tracksMax else { throw .tooMany("trak", limit: Self.tracksMax) }
            let track = try Track(box, defaults: defaults)
            guard !tracks.contains(where: { $0.id == track.id }) else { throw .badField("tkhd", name: "track_ID") }
            tracks.append(track)
        }
        guard !tracks.isEmpty else { throw .missing("trak", in: "moov") }
        self.tracks = tracks
    }

    /// The track with number `id`.
    public func track(_ id: UInt32) -> Track? { tracks.first { $0.id == id } }

    /// The first track of `kind`.
    public func first(_ kind: Track.Kind) -> Track? { tracks.first { $0.kind == kind } }

    /// The `codecs` parameter of the MIME type (RFC 6381): the codecs of all tracks, comma-separated.
    public var codecs: String { tracks.map(\.codec).joined(separator: ",") }

    /// The MIME type with its `codecs` parameter, as Media Source Extensions want it.
    public var mimeType: String {
        "\(first(.video) == nil ? "audio" : "video")/mp4; codecs=\"\(codecs)\""
    }

    /// Track number, default duration and default flags of each `trex` (§8.8.3).
    private static func defaults(_ boxes: [Box]) throws(MP4Error) -> [TrackDefaults] {
        guard let extends = boxes.first(where: { $0.type == "mvex" }) else { throw .missing("mvex", in: "moov") }
        var defaults: [TrackDefaults] = []
        for box in try extends.children() where box.type == "trex" {
            guard defaults.count < tracksMax else { throw .tooMany("trex", limit: tracksMax) }
            defaults.append(try TrackDefaults(box))
        }
        return defaults
    }
}

/// The values that a track's fragments leave out (`trex`, ISO/IEC 14496-12 §8.8.3).
struct TrackDefaults {
    let track: UInt32
    let duration: UInt32
    let flags: UInt32

    init(_ box: Box) throws(MP4Error) {
        var reader = box.reader
        _ = try reader.versionAndFlags()
        track = try reader.number()
        try reader.skip(4)
        duration = try reader.number()
        try reader.skip(4)
        flags = try reader.number()
    }
}
