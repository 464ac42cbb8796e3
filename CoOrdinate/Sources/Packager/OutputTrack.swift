import IngestCore
import LibAV

/// One track of the output.
struct OutputTrack {
    let parameters: CodecParameters
    let isVideo: Bool
    /// Frames a second; nil when unknown.
    let frameRate: Rational?

    /// 90 kHz for pictures, the sample rate for sound.
    var timeBase: Rational {
        isVideo ? .ninetyKilohertz : Rational(1, Int32(clamping: max(1, isOpus ? 48_000 : parameters.sampleRate)))
    }

    var clockKind: SampleClock.Kind {
        if isVideo {
            let duration = frameRate.flatMap { rate -> Int64? in
                rate.isPositive ? TimeBase(rate.denominator, rate.numerator).convert(1, to: .broadcast) : nil
            }
            return .video(frameDuration: duration)
        }
        // Only AAC frames have one fixed length; Opus and FLAC state theirs with each packet.
        guard parameters.codecName == "aac" else { return .audio(frameSamples: nil) }
        return .audio(frameSamples: parameters.frameSamples > 0 ? Int64(parameters.frameSamples) : 1024)
    }

    var codecString: String? {
        CodecString.track(
            CodecString.Track(
                codec: parameters.codecName, configuration: parameters.extradata, profile: parameters.profile,
                width: parameters.width, height: parameters.height, frameRate: frameRate?.value ?? 0))
    }

    /// Opus always counts in 48 kHz inside MP4.
    private var isOpus: Bool { parameters.codecName == "opus" }
}
