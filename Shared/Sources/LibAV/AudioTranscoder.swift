import CLibAV

/// Turns sound that browsers do not play into AAC-LC, 48 kHz stereo, 128 kbit/s. For one thread.
public final class AudioTranscoder {
    /// Seconds per tick of the output's packets.
    public static let outputTimeBase = Rational(1, AudioConverter.sampleRate)
    /// A clock difference that is mended; less is a source's rounding. In samples at 48 kHz (100 ms).
    private static let resyncSamples: Int64 = 4_800

    private let decoder: FrameDecoder
    private let encoder: UnsafeMutablePointer<AVCodecContext>
    private let converter: AudioConverter
    private let frame: Frame
    private let block: Frame
    private let timeBase: Rational
    private var nextPts: Int64?

    /// Parameters of the output.
    public let outputParameters: CodecParameters
    /// Frames that could not be decoded so far.
    public private(set) var damagedFrames = 0

    /// A transcoder for a stream of `parameters` whose packets count in `timeBase`. Throws when there is no decoder.
    public init(_ parameters: CodecParameters, timeBase: Rational) throws(AVError) {
        decoder = try FrameDecoder(parameters, timeBase: timeBase, purpose: .transcoding)
        converter = try AudioConverter()
        frame = try Frame()
        block = try Frame()
        self.timeBase = timeBase
        guard let codec = avcodec_find_encoder(AV_CODEC_ID_AAC) else { throw .invalidArgument("find the AAC encoder") }
        let context = try allocated(avcodec_alloc_context3(codec), "allocate the AAC encoder")
        var owned: UnsafeMutablePointer<AVCodecContext>? = context
        context.pointee.sample_rate = AudioConverter.sampleRate
        context.pointee.sample_fmt = AV_SAMPLE_FMT_FLTP
        context.pointee.bit_rate = 128_000
        av_channel_layout_default(&context.pointee.ch_layout, AudioConverter.channels)
        context.pointee.time_base = Self.outputTimeBase.libav
        context.pointee.flags |= AV_CODEC_FLAG_GLOBAL_HEADER
        do {
            try check(avcodec_open2(context, codec, nil), "open the AAC encoder")
            outputParameters = try CodecParameters(encoder: context)
        } catch {
            avcodec_free_context(&owned)
            throw error
        }
        encoder = context
    }

    deinit {
        var encoder: UnsafeMutablePointer<AVCodecContext>? = encoder
        avcodec_free_context(&encoder)
    }

    /// Transcodes one packet; damaged input yields less sound, never an error. Throws when encoding fails.
    public func transcode(_ packet: Packet) throws(AVError) -> [Packet] { try exchange(packet) }

    /// What is still held back, short of a last incomplete block; the last call.
    public func drain() throws(AVError) -> [Packet] {
        var packets = try exchange(nil)
        packets += try encode(nil)
        return packets
    }

    private func exchange(_ packet: Packet?) throws(AVError) -> [Packet] {
        var packets: [Packet] = []
        damagedFrames += try decoder.decode(packet, into: frame) { frame throws(AVError) in
            guard frame.pointer.pointee.sample_rate > 0, frame.pointer.pointee.ch_layout.nb_channels > 0 else { return }
            synchronize(with: frame)
            try converter.append(frame)
            while try converter.take(into: block) {
                let pts = nextPts ?? 0
                block.pointer.pointee.pts = pts
                nextPts = pts &+ Int64(AudioConverter.blockSamples)
                packets += try encode(block)
            }
        }
        return packets
    }

    private func synchronize(with frame: Frame) {
        guard let pts = frame.pts else { return }
        let expected = rescale(pts, from: timeBase, to: Self.outputTimeBase) &- converter.pendingSamples
        if let nextPts, (expected &- nextPts).magnitude <= UInt64(Self.resyncSamples) { return }
        nextPts = expected
    }

    private func encode(_ block: Frame?) throws(AVError) -> [Packet] {
        try check(avcodec_send_frame(encoder, block?.pointer), "encode sound")
        var packets: [Packet] = []
        while true {
            let packet = try Packet()
            let status = avcodec_receive_packet(encoder, packet.pointer)
            if status == p2p_AVERROR_EAGAIN || status == p2p_AVERROR_EOF { return packets }
            try check(status, "encode sound")
            packet.duration = Int64(AudioConverter.blockSamples)
            packets.append(packet)
        }
    }
}
