import CLibAV

/// An open encoder of libavcodec: frames in, packets out. For one thread.
final class FrameEncoder {
    /// What a container needs to know.
    let parameters: CodecParameters
    private let context: UnsafeMutablePointer<AVCodecContext>
    private let what: String
    private let packetDuration: Int64

    /// Opens `codec` for `what` ("a picture", "sound"), which errors name. `configure` sets what is special; a packet
    /// without a duration gets `packetDuration`, in `timeBase`.
    init(
        _ codec: UnsafePointer<AVCodec>, for what: String, timeBase: Rational, packetDuration: Int64,
        options: [String: String] = [:], configure: (inout AVCodecContext) -> Void
    ) throws(AVError) {
        let context = try allocated(avcodec_alloc_context3(codec), "allocate the encoder of \(what)")
        context.pointee.time_base = timeBase.libav
        // The parameters must be complete before the first packet: avcC and ADTS headers are made of them.
        context.pointee.flags |= AV_CODEC_FLAG_GLOBAL_HEADER
        configure(&context.pointee)
        do {
            let status = withOptions(options) { avcodec_open2(context, codec, &$0) }
            try check(status, "open the encoder of \(what)")
            parameters = try CodecParameters(encoder: context)
        } catch {
            var owned: UnsafeMutablePointer<AVCodecContext>? = context
            avcodec_free_context(&owned)
            throw error
        }
        self.context = context
        self.what = what
        self.packetDuration = packetDuration
    }

    deinit {
        var context: UnsafeMutablePointer<AVCodecContext>? = context
        avcodec_free_context(&context)
    }

    /// An encoder to H.264 without delay: no B-frames, a keyframe each second, one thread. Throws when libx264 is
    /// missing.
    static func h264(
        width: Int32, height: Int32, frameRate: Rational, options: [String: String],
        configure: (inout AVCodecContext) -> Void
    ) throws(AVError) -> FrameEncoder {
        guard let codec = avcodec_find_encoder_by_name("libx264") else {
            throw .invalidArgument("find libx264, which encodes what browsers play")
        }
        let common = ["preset": "ultrafast", "tune": "zerolatency", "profile": "baseline", "x264-params": "scenecut=0"]
        return try FrameEncoder(
            codec, for: "a picture", timeBase: .ninetyKilohertz,
            packetDuration: max(1, rescale(1, from: frameRate.inverse, to: .ninetyKilohertz)),
            options: options.merging(common) { own, _ in own }
        ) { context in
            context.width = width
            context.height = height
            context.pix_fmt = AV_PIX_FMT_YUV420P
            context.framerate = frameRate.libav
            context.gop_size = Int32(max(1, frameRate.value.rounded()))
            context.max_b_frames = 0
            context.thread_count = 1
            configure(&context)
        }
    }

    /// An encoder to AAC-LC, 48 kHz stereo, in blocks of 1024 samples. Throws when libav has none.
    static func aac(bitsPerSecond: Int64) throws(AVError) -> FrameEncoder {
        guard let codec = avcodec_find_encoder(AV_CODEC_ID_AAC) else { throw .invalidArgument("find the AAC encoder") }
        return try FrameEncoder(
            codec, for: "sound", timeBase: Rational(1, AudioConverter.sampleRate),
            packetDuration: Int64(AudioConverter.blockSamples)
        ) { context in
            context.sample_rate = AudioConverter.sampleRate
            context.sample_fmt = AV_SAMPLE_FMT_FLTP
            context.bit_rate = bitsPerSecond
            av_channel_layout_default(&context.ch_layout, AudioConverter.channels)
        }
    }

    /// Encodes one frame; nil drains what is still held. Throws when the encoder fails.
    func encode(_ frame: Frame?) throws(AVError) -> [Packet] {
        try check(avcodec_send_frame(context, frame?.pointer), "encode \(what)")
        var packets: [Packet] = []
        while true {
            let packet = try Packet()
            let status = avcodec_receive_packet(context, packet.pointer)
            if status == p2p_AVERROR_EAGAIN || status == p2p_AVERROR_EOF { return packets }
            try check(status, "encode \(what)")
            if packet.duration == 0 { packet.duration = packetDuration }
            packets.append(packet)
        }
    }
}

extension Rational {
    var inverse: Rational { Rational(denominator, numerator) }
}
