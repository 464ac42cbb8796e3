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
    public let parameters: CodecParameters
    private let context: UnsafeMutablePointer<AVCodecContext>
    private let frame: Frame

    /// An encoder. Throws when libav has no AAC encoder.
    public init() throws(AVError) {
        _ = LibAVLog.isQuiet
        guard let codec = avcodec_find_encoder(AV_CODEC_ID_AAC) else { throw .invalidArgument("find the AAC encoder") }
        frame = try Frame()
        frame.pointer.pointee.format = AV_SAMPLE_FMT_FLTP.rawValue
        frame.pointer.pointee.nb_samples = AudioConverter.blockSamples
        frame.pointer.pointee.sample_rate = AudioConverter.sampleRate
        av_channel_layout_default(&frame.pointer.pointee.ch_layout, AudioConverter.channels)
        try check(av_frame_get_buffer(frame.pointer, 0), "allocate sound")
        let context = try allocated(avcodec_alloc_context3(codec), "allocate the AAC encoder")
        var owned: UnsafeMutablePointer<AVCodecContext>? = context
        context.pointee.sample_rate = AudioConverter.sampleRate
        context.pointee.sample_fmt = AV_SAMPLE_FMT_FLTP
        context.pointee.bit_rate = 96_000
        av_channel_layout_default(&context.pointee.ch_layout, AudioConverter.channels)
        context.pointee.time_base = Self.timeBase.libav
        // MPEG-TS makes its ADTS headers of the configuration.
        context.pointee.flags |= AV_CODEC_FLAG_GLOBAL_HEADER
        do {
            try check(avcodec_open2(context, codec, nil), "open the AAC encoder")
            parameters = try CodecParameters(encoder: context)
        } catch {
            avcodec_free_context(&owned)
            throw error
        }
        self.context = context
    }

    deinit {
        var context: UnsafeMutablePointer<AVCodecContext>? = context
        avcodec_free_context(&context)
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
        try check(avcodec_send_frame(context, frame.pointer), "encode sound")
        var packets: [Packet] = []
        while true {
            let packet = try Packet()
            let status = avcodec_receive_packet(context, packet.pointer)
            if status == p2p_AVERROR_EAGAIN || status == p2p_AVERROR_EOF { return packets }
            try check(status, "encode sound")
            packet.duration = Int64(Self.blockSamples)
            packets.append(packet)
        }
    }
}
