import IngestCore
import LibAV

/// Writes samples into chunks and tells the sink about them. For one thread.
final class ChunkWriter {
    /// One coded frame with its times on the broadcast clock.
    struct Sample {
        /// Position among the output's tracks.
        var track: Int
        /// The frame; times in 90 kHz.
        var packet: Packet
        /// True for the first one after a jump of the source's clock.
        var isJump: Bool
    }

    private struct Pending {
        var pictures: ClosedRange<Int64>?
        var sounds: ClosedRange<Int64>?
        var pictureCount = 0
        var soundCount = 0
        var startsWithKeyframe = false
    }

    private let limits: ChunkCutter.Limits
    private let sink: @Sendable (PackagerEvent) -> Void
    private var muxer: FragmentMuxer?
    private var tracks: [OutputTrack] = []
    private var clocks: [SampleClock] = []
    private var cutter: ChunkCutter
    private var pending = Pending()
    private var isDiscontinuity = true

    /// What the stream's next session needs.
    private(set) var continuity: PackagerContinuity
    /// Chunks emitted.
    private(set) var chunks = 0
    /// Samples that found no place.
    private(set) var dropped = 0

    init(
        limits: ChunkCutter.Limits, continuity: PackagerContinuity, sink: @escaping @Sendable (PackagerEvent) -> Void
    ) {
        self.limits = limits
        self.continuity = continuity
        self.sink = sink
        cutter = ChunkCutter(limits, hasVideo: false)
    }

    /// True once there is a header to write samples for.
    var hasBegun: Bool { muxer != nil }

    /// Puts `tracks` into force: ends the chunk in progress, and emits a header if it differs from the stream's last.
    func begin(_ tracks: [OutputTrack]) throws(PackagerError) {
        try cut()
        let muxer = try libav { () throws(AVError) in
            try FragmentMuxer(tracks.map { FragmentMuxer.Track(parameters: $0.parameters, timeBase: $0.timeBase) })
        }
        clocks = tracks.enumerated().map { index, track in
            // Pictures go on with their clock; sound may have got another sample rate.
            if track.isVideo, clocks.indices.contains(index), self.tracks[index].isVideo { return clocks[index] }
            return SampleClock(
                track.clockKind, timeBase: TimeBase(track.timeBase), floor: track.isVideo ? 0 : continuity.soundEnd)
        }
        self.muxer = muxer
        self.tracks = tracks
        cutter = ChunkCutter(limits, hasVideo: hasVideo)
        guard muxer.initSegment != continuity.initSegment else { return }
        continuity.initSegment = muxer.initSegment
        let video = tracks.first { $0.isVideo }?.parameters
        let codecs = tracks.compactMap(\.codecString).joined(separator: ",")
        sink(
            .initSegment(
                PackagedInit(
                    bytes: muxer.initSegment, codecs: codecs, width: video?.width ?? 0, height: video?.height ?? 0)))
    }

    /// Writes one sample, and ends chunks as the cutter decides. False when the sample found no place.
    func write(_ sample: Sample) throws(PackagerError) -> Bool {
        guard let muxer, tracks.indices.contains(sample.track) else { return false }
        let packet = sample.packet
        let dts = packet.dts ?? packet.pts ?? 0
        let placed = clocks[sample.track].place(pts: packet.pts ?? dts, dts: dts, duration: packet.duration)
        guard let placed else {
            dropped += 1
            return false
        }
        if sample.isJump {
            try cut()
            isDiscontinuity = true
        }
        let track = tracks[sample.track]
        let clock = TimeBase(track.timeBase)
        let start = clock.convert(placed.dts, to: .broadcast)
        let end = clock.convert(placed.dts + placed.duration, to: .broadcast)
        let decision = try decide(sample, isVideo: track.isVideo, start: start, end: end)
        if decision.cutsBefore { try cut() }
        packet.streamIndex = sample.track
        packet.pts = placed.pts
        packet.dts = placed.dts
        packet.duration = placed.duration
        try libav { () throws(AVError) in try muxer.write(packet) }
        note(start...max(start, end), isVideo: track.isVideo, isKeyframe: packet.isKeyframe)
        if decision.cutsAfter { try cut() }
        return true
    }

    /// Ends the chunk in progress and emits it, if there is one.
    func cut() throws(PackagerError) {
        cutter.reset()
        guard let muxer, let extent = pendingExtent else { return }
        let bytes = try libav { () throws(AVError) in try muxer.cut() }
        let chunk = PackagedChunk(
            bytes: bytes, isKeyframe: hasVideo ? pending.startsWithKeyframe : true,
            decodeTime: UInt64(clamping: extent.lowerBound),
            duration: UInt32(clamping: extent.upperBound - extent.lowerBound), isDiscontinuity: isDiscontinuity,
            frameCount: hasVideo ? pending.pictureCount : pending.soundCount)
        continuity.nextDecodeTime = max(continuity.nextDecodeTime, extent.upperBound)
        continuity.soundEnd = max(continuity.soundEnd, pending.sounds?.upperBound ?? 0)
        pending = Pending()
        for index in clocks.indices { clocks[index].noteCut() }
        isDiscontinuity = false
        chunks += 1
        sink(.chunk(chunk))
    }

    /// What the chunk in progress covers. Sound without pictures, in a stream that has them, follows on the pictures
    /// before it, so that chunks always follow each other.
    private var pendingExtent: ClosedRange<Int64>? {
        if let pictures = pending.pictures { return pictures }
        guard let sounds = pending.sounds else { return nil }
        guard hasVideo else { return sounds }
        return continuity.nextDecodeTime...max(continuity.nextDecodeTime + 1, sounds.upperBound)
    }

    private var hasVideo: Bool { tracks.contains { $0.isVideo } }

    private func decide(
        _ sample: Sample, isVideo: Bool, start: Int64, end: Int64
    ) throws(PackagerError) -> ChunkCutter.Decision {
        do {
            return try cutter.add(
                ChunkCutter.Sample(
                    isVideo: isVideo, isKeyframe: sample.packet.isKeyframe, start: start, end: end,
                    byteCount: sample.packet.byteCount))
        } catch {
            throw .sampleTooLarge(error)
        }
    }

    private func note(_ extent: ClosedRange<Int64>, isVideo: Bool, isKeyframe: Bool) {
        func joined(_ range: ClosedRange<Int64>?) -> ClosedRange<Int64> {
            guard let range else { return extent }
            return range.lowerBound...max(range.upperBound, extent.upperBound)
        }
        if isVideo {
            if pending.pictureCount == 0 { pending.startsWithKeyframe = isKeyframe }
            pending.pictureCount += 1
            pending.pictures = joined(pending.pictures)
        } else {
            pending.soundCount += 1
            pending.sounds = joined(pending.sounds)
        }
    }
}
