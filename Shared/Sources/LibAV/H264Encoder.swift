import CLibAV

/// Encodes pictures to H.264 that every browser decodes in hardware: Constrained Baseline, no B-frames, one packet out
/// for each picture in. For one thread.
final class H264Encoder {
    /// Times are in the 90 kHz clock.
    let parameters: CodecParameters
    private let context: UnsafeMutablePointer<AVCodecContext>
    private let scaler: PictureScaler
    private let frameDuration: Int64

    /// An encoder for pictures like `first`, with a keyframe each second. Throws when libx264 is missing.
    init(like first: Frame, frameRate: Rational) throws(AVError) {
        guard let codec = avcodec_find_encoder_by_name("libx264") else {
            throw .invalidArgument("find libx264, which is needed to make this source playable in browsers")
        }
        // 4:2:0 needs even sizes.
        let width = first.pointer.pointee.width & ~1, height = first.pointer.pointee.height & ~1
        guard width > 0, height > 0 else { throw .invalidArgument("encode an empty picture") }
        scaler = try PictureScaler(width: width, height: height)
        frameDuration = max(1, rescale(1, from: frameRate.inverse, to: .ninetyKilohertz))
        let context = try allocated(avcodec_alloc_context3(codec), "allocate the H.264 encoder")
        var owned: UnsafeMutablePointer<AVCodecContext>? = context
        context.pointee.width = width
        context.pointee.height = height
        context.pointee.pix_fmt = AV_PIX_FMT_YUV420P
        context.pointee.time_base = Rational.ninetyKilohertz.libav
        context.pointee.framerate = frameRate.libav
        context.pointee.sample_aspect_ratio = first.pointer.pointee.sample_aspect_ratio
        context.pointee.gop_size = Int32(max(1, (frameRate.value).rounded()))
        context.pointee.max_b_frames = 0
        context.pointee.thread_count = 1
        // avcC must be complete before the first packet.
        context.pointee.flags |= AV_CODEC_FLAG_GLOBAL_HEADER
        let isLarge = Int(width) * Int(height) > 1280 * 720
        let status = withOptions([
            "preset": "ultrafast", "tune": "zerolatency", "profile": "baseline", "crf": "23",
            "maxrate": isLarge ? "8M" : "4M", "bufsize": isLarge ? "4M" : "2M", "forced-idr": "1",
            "x264-params": "scenecut=0",
        ]) { avcodec_open2(context, codec, &$0) }
        do {
            try check(status, "open the H.264 encoder")
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

    /// Encodes `frame` for presentation at `pts`, which must rise from call to call. Pictures of another size are
    /// scaled to the first one's.
    func encode(_ frame: Frame, pts: Int64) throws(AVError) -> [Packet] {
        let picture = try scaler.fit(frame)
        picture.pointer.pointee.pts = pts
        // The source's picture types would force the encoder's.
        picture.pointer.pointee.pict_type = AV_PICTURE_TYPE_NONE
        return try exchange(picture)
    }

    /// What the encoder still holds.
    func drain() throws(AVError) -> [Packet] { try exchange(nil) }

    private func exchange(_ frame: Frame?) throws(AVError) -> [Packet] {
        try check(avcodec_send_frame(context, frame?.pointer), "encode a picture")
        var packets: [Packet] = []
        while true {
            let packet = try Packet()
            let status = avcodec_receive_packet(context, packet.pointer)
            if status == p2p_AVERROR_EAGAIN || status == p2p_AVERROR_EOF { return packets }
            try check(status, "encode a picture")
            if packet.duration == 0 { packet.duration = frameDuration }
            packets.append(packet)
        }
    }
}

extension Rational {
    var inverse: Rational { Rational(denominator, numerator) }
}
