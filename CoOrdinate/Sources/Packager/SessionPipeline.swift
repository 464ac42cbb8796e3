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
    private var backfill = DecodeTimeBackfill<Arrival>()
    private var soundsWaiting: [Arrival] = []
    /// True once a picture is on the broadcast clock, or from the start where there are none.
    private var isVideoPlaced: Bool
    private var interleaver: Interleaver<Arrival>?
    private var dropped = 0

    /// A packet that was let in.
    private struct Arrival {
        var track: Int
        var packet: Packet
        var changes: Bool
    }

    init(
        tracks: [SourceTrack], container: Container, start: Int64, writer: ChunkWriter, statistics: StatisticsBox
    ) {
        self.tracks = tracks
        hasTimestamps = container.hasTimestamps
        self.writer = writer
        self.statistics = statistics
        timeline = SourceTimeline(start: start, anchors: tracks.map(\.anchor))
        if container == .mp4, tracks.count == 2 { interleaver = Interleaver() }
        isVideoPlaced = !tracks.contains { $0.isVideo }
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
        if packet.duration == 0 { packet.duration = track.nominalDuration }
        return try order(Arrival(track: index, packet: packet, changes: changes))
    }

    /// Waits where the container does not deliver in order of decoding; then puts packets on the broadcast clock.
    private func order(_ arrival: Arrival) throws(PackagerError) -> Bool {
        guard hasTimestamps else { return try process(arrival, isJump: false) }
        let packet = arrival.packet
        var ready = [arrival]
        if interleaver != nil, let dts = packet.dts ?? packet.pts {
            let time = TimeBase(tracks[arrival.track].stream.timeBase).convert(dts, to: .broadcast)
            ready = interleaver?.add(arrival, dts: time, track: arrival.track) ?? []
        }
        return try place(ready)
    }

    private func place(_ arrivals: [Arrival]) throws(PackagerError) -> Bool {
        var isFruitful = false
        for arrival in arrivals {
            let packet = arrival.packet
            guard tracks[arrival.track].isVideo else {
                // Pictures come first: they define the session's place on the broadcast clock.
                soundsWaiting.append(arrival)
                if isVideoPlaced, try mapSoundsWaiting() { isFruitful = true }
                continue
            }
            let item = DecodeTimeBackfill<Arrival>.Item(
                pts: packet.pts, dts: packet.dts, duration: packet.duration, payload: arrival)
            if try map(backfill.add(item)) { isFruitful = true }
            if isVideoPlaced, try mapSoundsWaiting() { isFruitful = true }
        }
        return isFruitful
    }

    private func mapSoundsWaiting() throws(PackagerError) -> Bool {
        defer { soundsWaiting = [] }
        var isFruitful = false
        for arrival in soundsWaiting {
            if try map(arrival) { isFruitful = true }
        }
        return isFruitful
    }

    private func map(_ items: [DecodeTimeBackfill<Arrival>.Item]) throws(PackagerError) -> Bool {
        var isFruitful = false
        for item in items {
            item.payload.packet.dts = item.dts
            if try map(item.payload) { isFruitful = true }
        }
        return isFruitful
    }

    private func map(_ arrival: Arrival) throws(PackagerError) -> Bool {
        let track = tracks[arrival.track]
        guard let mapped = timeline.map(source(of: arrival.packet, track: track), track: arrival.track) else {
            dropped += 1
            return false
        }
        if track.isVideo { isVideoPlaced = true }
        set(mapped, on: arrival.packet, track: track)
        return try process(arrival, isJump: mapped.isJump)
    }

    private func process(_ arrival: Arrival, isJump: Bool) throws(PackagerError) -> Bool {
        let coded = try libav { () throws(AVError) in try tracks[arrival.track].process(arrival.packet) }
        return try deliver(coded, of: arrival.track, changes: arrival.changes, isJump: isJump)
    }

    /// Writes what transcoders and the gate still hold, and the last chunk.
    func finish() throws(PackagerError) {
        _ = try place(interleaver?.finish() ?? [])
        _ = try map(backfill.finish())
        _ = try mapSoundsWaiting()
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
