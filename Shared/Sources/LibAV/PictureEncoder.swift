import CLibAV

/// Encodes 4:2:0 pictures to H.264 as live publishers do: no B-frames, no delay, a keyframe each second with its
/// parameter sets in front. For one thread.
public final class PictureEncoder {
    /// Seconds per tick of the packets.
    public static let timeBase = Rational.ninetyKilohertz

    /// What a container needs to know.
    public let parameters: CodecParameters
    private let context: UnsafeMutablePointer<AVCodecContext>
    private let frame: Frame
    private let width: Int
    private let height: Int
    private let frameDuration: Int64

    /// An encoder for pictures of `width` × `height` pixels, both even, at a constant `bitsPerSecond`. Throws when
    /// libx264 is missing or refuses the size.
    public init(width: Int, height: Int, framesPerSecond: Int, bitsPerSecond: Int) throws(AVError) {
        _ = LibAVLog.isQuiet
        guard let codec = avcodec_find_encoder_by_name("libx264") else {
            throw .invalidArgument("find libx264, which encodes the test picture")
        }
        guard (2...8_192).contains(width), (2...8_192).contains(height), width % 2 == 0, height % 2 == 0,
            (1...240).contains(framesPerSecond)
        else { throw .invalidArgument("encode \(width)x\(height) at \(framesPerSecond) frames a second") }
        self.width = width
        self.height = height
        frameDuration = 90_000 / Int64(framesPerSecond)
        frame = try Frame()
        frame.pointer.pointee.format = AV_PIX_FMT_YUV420P.rawValue
        frame.pointer.pointee.width = Int32(width)
        frame.pointer.pointee.height = Int32(height)
        try check(av_frame_get_buffer(frame.pointer, 0), "allocate a picture")
        let context = try allocated(avcodec_alloc_context3(codec), "allocate the H.264 encoder")
        var owned: UnsafeMutablePointer<AVCodecContext>? = context
        context.pointee.width = Int32(width)
        context.pointee.height = Int32(height)
        context.pointee.pix_fmt = AV_PIX_FMT_YUV420P
        context.pointee.time_base = Self.timeBase.libav
        context.pointee.framerate = AVRational(num: Int32(framesPerSecond), den: 1)
        context.pointee.gop_size = Int32(framesPerSecond)
        context.pointee.max_b_frames = 0
        context.pointee.thread_count = 1
        context.pointee.bit_rate = Int64(bitsPerSecond)
        context.pointee.rc_max_rate = Int64(bitsPerSecond)
        context.pointee.rc_buffer_size = Int32(clamping: bitsPerSecond / 2)
        let status = withOptions([
            "preset": "ultrafast", "tune": "zerolatency", "profile": "baseline", "x264-params": "scenecut=0",
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

    /// Encodes one picture for presentation at `pts`, which must rise from call to call.
    /// - Parameters:
    ///   - luma: brightness, row by row.
    ///   - cb: blue difference, half as many rows of half as many values.
    ///   - cr: red difference, likewise.
    ///   - pts: in 1/90,000 s.
    /// Throws when a plane has a wrong size, or the encoder fails.
    public func encode(luma: [UInt8], cb: [UInt8], cr: [UInt8], pts: Int64) throws(AVError) -> [Packet] {
        guard luma.count == width * height, cb.count == luma.count / 4, cr.count == cb.count else {
            throw .invalidArgument("encode a picture whose planes do not have the encoder's size")
        }
        // The encoder may still hold a reference to the last one.
        try check(av_frame_make_writable(frame.pointer), "allocate a picture")
        let (data, strides) = (frame.pointer.pointee.data, frame.pointer.pointee.linesize)
        copy(luma, rowBytes: width, to: data.0, stride: strides.0)
        copy(cb, rowBytes: width / 2, to: data.1, stride: strides.1)
        copy(cr, rowBytes: width / 2, to: data.2, stride: strides.2)
        frame.pointer.pointee.pts = pts
        frame.pointer.pointee.pict_type = AV_PICTURE_TYPE_NONE
        return try exchange(frame)
    }

    private func copy(_ plane: [UInt8], rowBytes: Int, to target: UnsafeMutablePointer<UInt8>?, stride: Int32) {
        guard let target else { return }
        plane.withUnsafeBufferPointer { source in
            guard let source = source.baseAddress else { return }
            for row in 0..<(plane.count / rowBytes) {
                (target + row * Int(stride)).update(from: source + row * rowBytes, count: rowBytes)
            }
        }
    }

    private func exchange(_ frame: Frame) throws(AVError) -> [Packet] {
        try check(avcodec_send_frame(context, frame.pointer), "encode a picture")
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
