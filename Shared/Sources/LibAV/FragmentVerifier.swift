/// The work of `DecodeVerifier`, without thread and queue. For one thread.
final class FragmentVerifier {
    private struct Track {
        let index: Int
        let kind: MediaKind
        let timeBase: Rational
        let decoder: FrameDecoder
        var continuity = PresentationContinuity()
    }

    private(set) var counters = DecodeVerifier.Counters()
    private let firstFrame: @Sendable () -> Void
    private let picture: DecodeVerifier.PictureHandler?
    private var initSegment: [UInt8] = []
    private var tracks: [Track] = []
    private var judged: Int?
    private var sequence: UInt64 = 0
    private var hasFrame = false

    init(firstFrame: @escaping @Sendable () -> Void, picture: DecodeVerifier.PictureHandler?) {
        self.firstFrame = firstFrame
        self.picture = picture
    }

    /// Builds decoders for a new generation; the old ones give up their last frames first.
    func start(initSegment: [UInt8]) {
        guard initSegment != self.initSegment else { return }
        drain()
        self.initSegment = initSegment
        tracks = []
        do {
            for stream in try FragmentReader(initSegment: initSegment).streams where stream.parameters.kind != .other {
                let decoder = try FrameDecoder(
                    stream.parameters, timeBase: stream.timeBase, purpose: .verification)
                tracks.append(
                    Track(
                        index: stream.index, kind: stream.parameters.kind, timeBase: stream.timeBase, decoder: decoder))
            }
        } catch {
            counters.decodeErrors += 1
        }
        judged = tracks.firstIndex { $0.kind == .video } ?? tracks.indices.first
    }

    /// The next time gap is known to be of our own making.
    func expectGap() {
        for index in tracks.indices { tracks[index].continuity.reset() }
    }

    func verify(chunk: [UInt8], sequence: UInt64) {
        self.sequence = sequence
        let before = counters
        defer { noteFirstBad(before) }
        counters.chunksRead += 1
        do {
            let packets = try FragmentReader(initSegment: initSegment, chunk: chunk).packetsByDecodeTime()
            if packets.isEmpty { counters.decodeErrors += 1 }
            for packet in packets {
                guard let index = tracks.firstIndex(where: { $0.index == packet.streamIndex }) else { continue }
                try decode(packet, track: index)
            }
        } catch {
            counters.decodeErrors += 1
        }
    }

    /// Decodes what the decoders hold back.
    func drain() {
        let before = counters
        defer { noteFirstBad(before) }
        for index in tracks.indices {
            do { try decode(nil, track: index) } catch { counters.decodeErrors += 1 }
        }
    }

    private func decode(_ packet: Packet?, track index: Int) throws(AVError) {
        let frame = try Frame()
        counters.decodeErrors += tracks[index].decoder.decode(packet, into: frame) { take($0, track: index) }
    }

    private func take(_ frame: Frame, track index: Int) {
        if frame.isDamaged { counters.decodeErrors += 1 }
        if !hasFrame {
            hasFrame = true
            firstFrame()
        }
        let timeBase = tracks[index].timeBase
        let pts = frame.pts.map { rescale($0, from: timeBase, to: .ninetyKilohertz) } ?? 0
        if index == judged {
            let duration = rescale(frame.duration, from: timeBase, to: .ninetyKilohertz)
            switch tracks[index].continuity.step(to: pts, duration: duration) {
            case .regular: break
            case .gap: counters.ptsGaps += 1
            case .backwards: counters.ptsBackwards += 1
            }
        }
        if tracks[index].kind == .video {
            counters.framesDecoded += 1
            if let picture { picture(DecodedPicture(frame, pts: pts, sequence: sequence)) }
        } else {
            counters.audioFramesDecoded += 1
        }
    }

    private func noteFirstBad(_ before: DecodeVerifier.Counters) {
        guard counters.firstBadSequence == nil else { return }
        if counters.decodeErrors != before.decodeErrors || counters.ptsGaps != before.ptsGaps
            || counters.ptsBackwards != before.ptsBackwards
        {
            counters.firstBadSequence = sequence
        }
    }
}
