import CLibAV

/// Decodes one stream, frame by frame and without delay of its own. For one thread.
final class FrameDecoder {
    /// What the frames are for.
    enum Purpose {
        /// Encoded again: conceal damage. Pictures come out as soon as the codec's order allows.
        case transcoding
        /// As `transcoding`, for MPEG-1 and MPEG-2 without B-frames, whose decoders otherwise wait for another picture.
        case transcodingWithoutReordering
        /// Judged: report every damage.
        case verification
        /// One picture of at most so many pixels, whatever the stream says; larger ones are errors.
        case still(pixelsMax: Int)
    }

    let context: UnsafeMutablePointer<AVCodecContext>

    init(_ parameters: CodecParameters, timeBase: Rational, purpose: Purpose) throws(AVError) {
        _ = LibAVLog.isQuiet
        let name = parameters.codecName
        guard let codec = avcodec_find_decoder(parameters.pointer.pointee.codec_id) else {
            throw .invalidArgument("find a decoder for \(name)")
        }
        let context = try allocated(avcodec_alloc_context3(codec), "allocate a decoder")
        self.context = context
        try check(avcodec_parameters_to_context(context, parameters.pointer), "configure the \(name) decoder")
        context.pointee.pkt_timebase = timeBase.libav
        // Each thread of a frame-threaded decoder delays by a frame.
        context.pointee.thread_count = 1
        switch purpose {
        case .transcoding: break
        case .transcodingWithoutReordering:
            context.pointee.flags |= AV_CODEC_FLAG_LOW_DELAY
        case .still(let pixelsMax):
            context.pointee.max_pixels = Int64(pixelsMax)
        case .verification:
            context.pointee.err_recognition = AV_EF_CRCCHECK | AV_EF_BITSTREAM | AV_EF_BUFFER
            context.pointee.flags |= AV_CODEC_FLAG_OUTPUT_CORRUPT
            context.pointee.flags2 |= AV_CODEC_FLAG2_SHOW_ALL
        }
        try check(avcodec_open2(context, codec, nil), "open the \(name) decoder")
    }

    deinit {
        var context: UnsafeMutablePointer<AVCodecContext>? = context
        avcodec_free_context(&context)
    }

    /// The rate that the bit stream states; nil when it does not.
    var frameRate: Rational? {
        let rate = Rational(context.pointee.framerate)
        return rate.isPositive ? rate : nil
    }

    /// Decodes `packet`, or drains what is held back for nil. `frame` is lent to `body` for each frame that comes out.
    /// Returns how many errors the decoder reported; input that it refuses is skipped.
    func decode<Failure>(
        _ packet: Packet?, into frame: Frame, _ body: (Frame) throws(Failure) -> Void
    ) throws(Failure) -> Int {
        var errors = 0
        let status = avcodec_send_packet(context, packet?.pointer)
        if status < 0, status != p2p_AVERROR_EAGAIN, status != p2p_AVERROR_EOF { errors += 1 }
        while true {
            let status = avcodec_receive_frame(context, frame.pointer)
            if status == p2p_AVERROR_EAGAIN || status == p2p_AVERROR_EOF { return errors }
            guard status >= 0 else { return errors + 1 }
            defer { frame.reset() }
            try body(frame)
        }
    }
}
