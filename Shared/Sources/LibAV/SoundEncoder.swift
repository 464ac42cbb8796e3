import CLibAV

/// Encodes mono samples to stereo AAC-LC, 48 kHz, 96 kbit/s, in blocks of 1024. For one thread.
public final class SoundEncoder {
    /// Samples a second.
    public static let sampleRate = Int(AudioConverter.sampleRate)
    /// Samples of a block.
    public static let blockSamples = Int(AudioConverter.blockSamples)
    /// Seconds per tick of the packets.
    public static let timeBase = Rational(1, AudioConverter.sampleRate)

    /// What a container needs to know.
    public var parameters: CodecParameters { encoder.parameters }
    private let encoder: FrameEncoder
    private let frame: Frame

    /// An encoder. Throws when libav has no AAC encoder.
    public init() throws(AVError) {
        _ = LibAVLog.isQuiet
        frame = try Frame()
        frame.pointer.pointee.format = AV_SAMPLE_FMT_FLTP.rawValue
        frame.pointer.pointee.nb_samples = AudioConverter.blockSamples
        frame.pointer.pointee.sample_rate = AudioConverter.sampleRate
        av_channel_layout_default(&frame.pointer.pointee.ch_layout, AudioConverter.channels)
        try check(av_frame_get_buffer(frame.pointer, 0), "allocate sound")
        encoder = try .aac(bitsPerSecond: 96_000)
    }

    /// Encodes one block of 1024 samples (-1…1) for presentation at `pts`, in samples. Throws for another count, or when
    /// the encoder fails.
    public func encode(_ samples: [Float], pts: Int64) throws(AVError) -> [Packet] {
        guard samples.count == Self.blockSamples else {
            throw .invalidArgument("encode \(samples.count) samples instead of \(Self.blockSamples)")
        }
        try check(av_frame_make_writable(frame.pointer), "allocate sound")
        let planes = frame.pointer.pointee.data
        for plane in [planes.0, planes.1] {
            samples.withUnsafeBytes { source in
                guard let source = source.baseAddress else { return }
                UnsafeMutableRawPointer(plane)?.copyMemory(from: source, byteCount: samples.count * 4)
            }
        }
        frame.pointer.pointee.pts = pts
        return try encoder.encode(frame)
    }
}
