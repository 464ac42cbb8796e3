import IngestCore
import LibAV

/// The way of each packet through one session: admitted, looked at for new parameters, put on the broadcast clock,
/// transcoded where needed, and handed to the writer. For one thread.
final class SessionPipeline {
    private let tracks: [SourceTrack]
    private let hasTimestamps: Bool
    private let writer: ChunkWriter
    private let statistics: StatisticsBox
    private var timeline: SourceTimeline
    private var gate: ParameterGate<ChunkWriter.Sample>
    private var dropped = 0

    init(
        tracks: [SourceTrack], container: Container, start: Int64, writer: ChunkWriter, statistics: StatisticsBox
    ) {
        self.tracks = tracks
        hasTimestamps = container.hasTimestamps
        self.writer = writer
        self.statistics = statistics
        timeline = SourceTimeline(start: start, trackCount: tracks.count)
        gate = ParameterGate(
            hasVideo: tracks.contains { $0.isVideo }, hasAudio: tracks.contains { !$0.isVideo })
    }

    /// Takes the next packet of the input. True when something playable came of it.
    func take(_ packet: Packet) throws(PackagerError) -> Bool {
        let isCorrupt = packet.isCorrupt
        statistics.record { statistics in
            statistics.packetsIn += 1
            if isCorrupt { statistics.packetsCorrupt += 1 }
            report(to: &statistics)
        }
        guard let index = tracks.firstIndex(where: { $0.streamIndex == packet.streamIndex }) else { return false }
        let track = tracks[index]
        guard admits(packet, to: track) else {
            dropped += 1
            return false
        }
        var changes = false
        if case .copy(let watch) = track.processing { changes = try watch.inspect(packet) }
        guard isStart(packet, of: track) else {
            dropped += 1
            return false
        }
        var isJump = false
        if hasTimestamps {
            guard let mapped = timeline.map(source(of: packet, track: track), track: index) else {
                dropped += 1
                return false
            }
            set(mapped, on: packet, track: track)
            isJump = mapped.isJump
        }
        let coded = try libav { () throws(AVError) in try track.process(packet) }
        return try deliver(coded, of: index, changes: changes, isJump: isJump)
    }

    /// Writes what transcoders and the gate still hold, and the last chunk.
    func finish() throws(PackagerError) {
        for index in tracks.indices {
            let coded = try libav { () throws(AVError) in try tracks[index].drain() }
            _ = try deliver(coded, of: index, changes: false, isJump: false)
        }
        _ = try perform(gate.finish())
        try writer.cut()
    }

    /// Copies the counters that the pipeline keeps.
    func report(to statistics: inout PackagerStatistics) {
        statistics.packetsDropped = dropped + writer.dropped + gate.dropped
        statistics.jumps = timeline.jumps
        statistics.chunks = writer.chunks
    }

    /// One damaged AAC packet ends the playback of a browser for good, so damaged sound is left out.
    private func admits(_ packet: Packet, to track: SourceTrack) -> Bool {
        packet.byteCount > 0 && (track.isVideo || !packet.isCorrupt)
    }

    /// Nothing is decodable before the first keyframe, and sound waits for it.
    private func isStart(_ packet: Packet, of track: SourceTrack) -> Bool {
        if track.hasStarted { return true }
        if track.isVideo {
            guard packet.isKeyframe else { return false }
        } else if tracks.contains(where: { $0.isVideo && !$0.hasStarted }) {
            return false
        }
        track.hasStarted = true
        return true
    }

    private func source(of packet: Packet, track: SourceTrack) -> SourceTimeline.Source {
        SourceTimeline.Source(
            pts: packet.pts, dts: packet.dts, duration: packet.duration, timeBase: TimeBase(track.stream.timeBase),
            wrapBits: track.stream.wrapBits)
    }

    private func set(_ mapped: SourceTimeline.Mapped, on packet: Packet, track: SourceTrack) {
        packet.duration = TimeBase(track.stream.timeBase).convert(packet.duration, to: .broadcast)
        packet.pts = mapped.pts
        packet.dts = mapped.dts
    }

    private func deliver(
        _ coded: [Packet], of index: Int, changes: Bool, isJump: Bool
    ) throws(PackagerError) -> Bool {
        var isFruitful = false
        for (position, packet) in coded.enumerated() {
            let isFirst = position == 0
            let sample = ChunkWriter.Sample(track: index, packet: packet, isJump: isJump && isFirst)
            guard try beginIfReady(with: packet, of: tracks[index]) else {
                dropped += 1
                continue
            }
            let item = ParameterGate<ChunkWriter.Sample>.Item(
                isVideo: tracks[index].isVideo, isKeyframe: packet.isKeyframe, dts: packet.dts ?? 0,
                changesParameters: changes && isFirst && hasWritten, payload: sample)
            if try perform(gate.add(item)) { isFruitful = true }
        }
        return isFruitful
    }

    private var hasWritten = false

    /// Starts the output as soon as all parameters are known, at a keyframe. False while it has not started.
    private func beginIfReady(with packet: Packet, of track: SourceTrack) throws(PackagerError) -> Bool {
        if writer.hasBegun { return true }
        let hasVideo = tracks.contains { $0.isVideo }
        guard track.isVideo ? packet.isKeyframe : !hasVideo, let outputs = outputTracks() else { return false }
        try writer.begin(outputs)
        return true
    }

    private func outputTracks() -> [OutputTrack]? {
        var outputs: [OutputTrack] = []
        for track in tracks {
            guard let parameters = track.outputParameters else { return nil }
            outputs.append(OutputTrack(parameters: parameters, isVideo: track.isVideo, frameRate: track.frameRate))
        }
        return outputs
    }

    private func perform(_ actions: [ParameterGate<ChunkWriter.Sample>.Action]) throws(PackagerError) -> Bool {
        var isFruitful = false
        for action in actions {
            switch action {
            case .switchParameters:
                if let outputs = outputTracks() { try writer.begin(outputs) }
            case .write(let sample):
                if try writer.write(sample) {
                    isFruitful = true
                    hasWritten = true
                }
            }
        }
        return isFruitful
    }
}
