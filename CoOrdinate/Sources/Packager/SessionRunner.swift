import IngestCore
import LibAV

/// The life of one session on its thread: recognise, open, then `SessionPipeline` until the input ends.
final class SessionRunner {
    private static let errorsInARowMax = 100

    private let queue: ByteQueue
    private let input: BudgetedInput
    private let writer: ChunkWriter
    private let continuity: PackagerContinuity
    private let statistics: StatisticsBox
    private let sink: @Sendable (PackagerEvent) -> Void

    init(
        queue: ByteQueue, configuration: PackagerConfiguration, continuity: PackagerContinuity,
        statistics: StatisticsBox, sink: @escaping @Sendable (PackagerEvent) -> Void
    ) {
        self.queue = queue
        self.continuity = continuity
        self.statistics = statistics
        self.sink = sink
        input = BudgetedInput(queue, budget: configuration.fruitlessBytesMax)
        writer = ChunkWriter(limits: configuration.limits, continuity: continuity, sink: sink)
    }

    /// Packages until the end and reports it.
    func run() {
        let end: PackagerEnd
        do throws(PackagerError) { end = try package() } catch { end = error.end }
        // Whoever still sends is drained instead of blocked.
        queue.cancel()
        sink(.ended(end, writer.continuity))
    }

    private func package() throws(PackagerError) -> PackagerEnd {
        let head = queue.peek(ContainerSniffer.bytesWanted)
        guard !head.isEmpty else { return endOfInput() }
        guard let container = ContainerSniffer.container(of: head) else {
            throw .undecodable("unknown container; send MPEG-TS, FLV, Matroska, fragmented MP4 or MPEG video")
        }
        let began = ContinuousClock.now
        guard let demuxer = try open(container) else { return endOfInput() }
        let tracks = try selectTracks(of: demuxer, container)
        let probeTime = ContinuousClock.now - began
        statistics.record { statistics in
            statistics.probeMs = Int(probeTime / .milliseconds(1))
            statistics.isTranscoding = tracks.contains { $0.isTranscoded }
        }
        sink(.opened(Self.describe(tracks, container)))
        let pipeline = SessionPipeline(
            tracks: tracks, container: container, start: continuity.nextDecodeTime, writer: writer,
            statistics: statistics)
        defer { statistics.record { pipeline.report(to: &$0) } }
        try readAll(demuxer, container, into: pipeline)
        try pipeline.finish()
        return endOfInput()
    }

    /// Nil when the publisher went away before there was enough to open.
    private func open(_ container: Container) throws(PackagerError) -> Demuxer? {
        do throws(AVError) {
            return try Demuxer(
                input, format: container.demuxerName, probing: container.isSelfDescribing ? .header : .streams)
        } catch {
            if queue.isCancelled || queue.endedCleanly == false { return nil }
            throw .undecodable("not readable as \(container.rawValue): \(error)\(hint(container))")
        }
    }

    /// The usual mistake with a container.
    private func hint(_ container: Container) -> String {
        guard container == .mp4 else { return "" }
        return "; an MP4 must be fragmented: -movflags frag_keyframe+empty_moov+default_base_moof"
    }

    private func selectTracks(of demuxer: Demuxer, _ container: Container) throws(PackagerError) -> [SourceTrack] {
        var tracks: [SourceTrack] = []
        for stream in try libav({ () throws(AVError) in try demuxer.streams() }) {
            let isVideo = stream.parameters.kind == .video && !stream.isAttachedPicture
            let isAudio = stream.parameters.kind == .audio && stream.parameters.sampleRate > 0
            guard isVideo || isAudio, !tracks.contains(where: { $0.isVideo == isVideo }) else {
                demuxer.discard(streamIndex: stream.index)
                continue
            }
            do {
                tracks.append(try SourceTrack(stream, container: container, start: continuity.nextDecodeTime))
            } catch {
                throw .undecodable(error.description)
            }
        }
        guard !tracks.isEmpty else {
            throw .undecodable("no picture and no sound found in the \(container.rawValue) input")
        }
        return tracks
    }

    private func readAll(
        _ demuxer: Demuxer, _ container: Container, into pipeline: SessionPipeline
    ) throws(PackagerError) {
        var errorsInARow = 0
        while true {
            let packet = try libav { () throws(AVError) in try Packet() }
            do throws(AVError) {
                guard try demuxer.read(into: packet) else { return }
                errorsInARow = 0
            } catch {
                if input.hasEnded { return }
                statistics.record { $0.errors += 1 }
                errorsInARow += 1
                guard errorsInARow < Self.errorsInARowMax else {
                    throw .undecodable("the input is damaged beyond reading: \(error)\(hint(container))")
                }
                continue
            }
            if try pipeline.take(packet) { input.renewBudget() }
        }
    }

    private func endOfInput() -> PackagerEnd {
        if queue.isCancelled { return .cancelled }
        if input.isExhausted {
            return .undecodable("nothing playable came of the last bytes sent; is there a keyframe?")
        }
        let isClean = queue.endedCleanly ?? false
        if isClean, writer.chunks == 0, queue.totalBytes > 0 {
            return .undecodable("the input ended before anything playable")
        }
        return isClean ? .clean : .publisherLost
    }

    private static func describe(_ tracks: [SourceTrack], _ container: Container) -> PublishedMedia {
        var media = PublishedMedia(container: container)
        for track in tracks {
            let parameters = track.stream.parameters
            if track.isVideo {
                media.video = PublishedMedia.Video(
                    codec: track.codec, isTranscoded: track.isTranscoded, width: parameters.width,
                    height: parameters.height, frameRate: track.stream.frameRate?.value ?? 0)
            } else {
                media.audio = PublishedMedia.Audio(
                    codec: track.codec, isTranscoded: track.isTranscoded, sampleRate: parameters.sampleRate,
                    channels: parameters.channels)
            }
        }
        return media
    }
}
