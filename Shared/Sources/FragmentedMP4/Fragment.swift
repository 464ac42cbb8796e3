import CoreTypes

/// What the movie fragments (moof; ISO/IEC 14496-12 §8.8) of one chunk say. A chunk of ours has one; more are accepted.
public struct Fragment: Hashable, Sendable {
    /// Most movie fragments in a chunk, and most track fragments in one of them.
    public static let partsMax = 64
    /// Most runs of samples in one track fragment.
    public static let runsMax = 1_024

    /// One track fragment (`traf`).
    public struct TrackFragment: Hashable, Sendable {
        /// The track's number.
        public let track: UInt32
        /// Decode time of the first sample in ticks of the track (`tfdt`).
        public let baseMediaDecodeTime: UInt64
        /// How many samples it has; may be 0.
        public let sampleCount: UInt64
        /// Sum of the samples' durations in ticks of the track.
        public let duration: UInt64
        /// True when a decoder can begin with the first sample; false without samples.
        public let startsWithSyncSample: Bool
        /// Where the time of `tfdt` lies in the bytes parsed: 4 bytes of version 0, 8 of version 1.
        let timeRange: Range<Int>
    }

    /// The track fragments in the order of the chunk, at least one.
    public let tracks: [TrackFragment]
    /// The number of the first movie fragment (`mfhd`).
    public let sequenceNumber: UInt32
    /// Where the numbers of all movie fragments lie in the bytes parsed, 4 bytes each.
    let numberIndices: [Int]

    /// Parses a chunk: whole boxes with at least one `moof`. Others, such as `mdat`, are not looked into.
    /// - Parameters:
    ///   - bytes: the chunk.
    ///   - header: the init segment of the chunk, for what fragments leave out.
    /// Throws `MP4Error`.
    public init(_ bytes: ArraySlice<UInt8>, header: InitSegment) throws(MP4Error) {
        var tracks: [TrackFragment] = []
        var numberIndices: [Int] = []
        var sequenceNumber: UInt32?
        for fragment in try Box.parse(bytes, isTopLevel: true) where fragment.type == "moof" {
            guard numberIndices.count < Self.partsMax else { throw .tooMany("moof", limit: Self.partsMax) }
            var reader = try fragment.child("mfhd").reader
            _ = try reader.versionAndFlags()
            numberIndices.append(reader.index)
            let number: UInt32 = try reader.number()
            sequenceNumber = sequenceNumber ?? number
            var count = 0
            for box in try fragment.children() where box.type == "traf" {
                guard count < Self.partsMax else { throw .tooMany("traf", limit: Self.partsMax) }
                count += 1
                tracks.append(try TrackFragment(box, header: header))
            }
        }
        guard let sequenceNumber else { throw .missing("moof", in: "chunk") }
        guard !tracks.isEmpty else { throw .missing("traf", in: "moof") }
        self.tracks = tracks
        self.sequenceNumber = sequenceNumber
        self.numberIndices = numberIndices
    }

    /// The first fragment of the track with number `id`.
    public func track(_ id: UInt32) -> TrackFragment? { tracks.first { $0.track == id } }
}
