import IngestCore
import LibAV

/// One selected stream of the publisher's input: how its packets become samples of the output. For one thread.
final class SourceTrack {
    enum Processing {
        case copy(ParameterWatch)
        case video(VideoTranscoder)
        case audio(AudioTranscoder)
    }

    /// Position in the input.
    let streamIndex: Int
    let isVideo: Bool
    let processing: Processing
    let codec: String
    let stream: Demuxer.Stream
    /// True once a packet of it was accepted; pictures begin at a keyframe.
    var hasStarted = false

    init(
        _ stream: Demuxer.Stream, container: Container, start: Int64
    ) throws(AVError) {
        self.stream = stream
        streamIndex = stream.index
        isVideo = stream.parameters.kind == .video
        codec = stream.parameters.codecName
        let parameters = stream.parameters
        let hasConfiguration = !parameters.extradata.isEmpty
        if isVideo {
            let treatment = CodecPolicy.video(
                codec: codec, profile: parameters.profile, pixelFormat: parameters.pixelFormat,
                hasConfiguration: hasConfiguration, hasTimestamps: container.hasTimestamps)
            switch treatment {
            case .copy: processing = .copy(try ParameterWatch(parameters))
            case .transcode:
                processing = .video(
                    try VideoTranscoder(
                        parameters, timeBase: .ninetyKilohertz, frameRate: stream.frameRate,
                        timing: container.hasTimestamps ? .packets : .counted(from: start)))
            }
        } else {
            switch CodecPolicy.audio(codec: codec, hasConfiguration: hasConfiguration) {
            case .copy: processing = .copy(try ParameterWatch(parameters))
            case .transcode: processing = .audio(try AudioTranscoder(parameters, timeBase: .ninetyKilohertz))
            }
        }
    }

    var isTranscoded: Bool {
        if case .copy = processing { false } else { true }
    }

    /// Parameters of the output; nil while they are not known yet.
    var outputParameters: CodecParameters? {
        switch processing {
        case .copy(let watch): watch.complete
        case .video(let transcoder): transcoder.outputParameters
        case .audio(let transcoder): transcoder.outputParameters
        }
    }

    /// Frames a second of the output; nil when unknown.
    var frameRate: Rational? {
        if case .video(let transcoder) = processing { return transcoder.frameRate }
        return stream.frameRate
    }

    /// Usual duration of a packet in the stream's own clock, for those that do not state theirs; 0 when unknown.
    var nominalDuration: Int64 {
        let clock = TimeBase(stream.timeBase)
        if isVideo {
            guard let rate = stream.frameRate, rate.isPositive else { return 0 }
            return TimeBase(rate.denominator, rate.numerator).convert(1, to: clock)
        }
        let parameters = stream.parameters
        let samples = parameters.frameSamples > 0 ? parameters.frameSamples : codec == "aac" ? 1024 : 0
        return TimeBase(1, parameters.sampleRate).convert(Int64(samples), to: clock)
    }

    /// Decoded pictures come out in the order of presentation.
    var anchor: SourceTimeline.Anchor {
        if case .video = processing { .presentation } else { .decode }
    }

    /// Decoder errors so far; 0 when nothing is decoded.
    var decodeErrors: Int {
        switch processing {
        case .copy: 0
        case .video(let transcoder): transcoder.damagedFrames
        case .audio(let transcoder): transcoder.damagedFrames
        }
    }

    /// The packets that `packet` (90 kHz) becomes, in 90 kHz.
    func process(_ packet: Packet) throws(AVError) -> [Packet] {
        switch processing {
        case .copy: [packet]
        case .video(let transcoder): try transcoder.transcode(packet)
        case .audio(let transcoder): Self.toBroadcast(try transcoder.transcode(packet))
        }
    }

    /// What a transcoder still holds at the end.
    func drain() throws(AVError) -> [Packet] {
        switch processing {
        case .copy: []
        case .video(let transcoder): try transcoder.drain()
        case .audio(let transcoder): Self.toBroadcast(try transcoder.drain())
        }
    }

    private static func toBroadcast(_ packets: [Packet]) -> [Packet] {
        let clock = TimeBase(AudioTranscoder.outputTimeBase)
        for packet in packets {
            packet.pts = packet.pts.map { clock.convert($0, to: .broadcast) }
            packet.dts = packet.dts.map { clock.convert($0, to: .broadcast) }
            packet.duration = clock.convert(packet.duration, to: .broadcast)
        }
        return packets
    }
}

extension TimeBase {
    init(_ rational: Rational) { self.init(rational.numerator, rational.denominator) }
}
