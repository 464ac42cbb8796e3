import CLibAV

/// A small JPEG of what a live fragmented MP4 shows. For any thread; blocks it for as long as decoding takes.
public enum StillPicture {
    /// Most pixels of a picture that is decoded: 8K (7680 × 4320, and what coding adds). One takes 53 MB.
    public static let pixelsMax = 7_680 * 4_352
    /// Of libav's scale from 1, the best, to 31: about 15 KB for 480 × 270 pixels.
    private static let quality: Int32 = 6

    /// The first keyframe of `chunk` (moof + mdat), at most `sideMax` pixels wide and high, with square pixels, both sides
    /// even. Nil when there is no picture: only sound, or damage. Throws when the bytes are no fragmented MP4, the picture
    /// has more than `pixelsMax` pixels, or libav lacks what it takes.
    public static func jpeg(initSegment: [UInt8], chunk: [UInt8], sideMax: Int) throws(AVError) -> [UInt8]? {
        let reader = try FragmentReader(initSegment: initSegment, chunk: chunk)
        guard let stream = reader.streams.first(where: { $0.parameters.kind == .video }),
            let keyframe = try reader.firstKeyframe(of: stream)
        else { return nil }
        let decoder = try FrameDecoder(
            stream.parameters, timeBase: stream.timeBase, purpose: .still(pixelsMax: pixelsMax))
        var bytes: [UInt8]?
        // The picture may be held back until the decoder knows that nothing follows.
        for packet in [keyframe, nil] where bytes == nil {
            let frame = try Frame()
            _ = try decoder.decode(packet, into: frame) { (frame) throws(AVError) in
                guard bytes == nil, !frame.isDamaged else { return }
                bytes = try encode(frame, sideMax: sideMax)
            }
        }
        return bytes
    }

    private static func encode(_ frame: Frame, sideMax: Int) throws(AVError) -> [UInt8] {
        guard let codec = avcodec_find_encoder(AV_CODEC_ID_MJPEG) else {
            throw .invalidArgument("find the JPEG encoder")
        }
        let size = size(of: frame, sideMax: sideMax)
        let encoder = try FrameEncoder(
            codec, for: "a still picture", timeBase: Rational(1, 25), packetDuration: 1
        ) { context in
            context.width = size.width
            context.height = size.height
            context.pix_fmt = AV_PIX_FMT_YUV420P
            // JPEG knows no other range (JFIF, ITU-T T.871 §7).
            context.color_range = AVCOL_RANGE_JPEG
            context.flags |= AV_CODEC_FLAG_QSCALE
            context.global_quality = quality * FF_QP2LAMBDA
            context.thread_count = 1
        }
        let picture = try JPEGScaler.scale(frame, width: size.width, height: size.height)
        picture.pointer.pointee.pts = 0
        picture.pointer.pointee.quality = quality * FF_QP2LAMBDA
        let packets = try encoder.encode(picture) + encoder.encode(nil)
        return packets.first.map { $0.withBytes { Array($0) } } ?? []
    }

    /// As large as `sideMax` allows and no larger than the picture, in the proportions that it is shown in.
    static func size(of frame: Frame, sideMax: Int) -> (width: Int32, height: Int32) {
        let source = frame.pointer.pointee
        let aspect = Rational(source.sample_aspect_ratio)
        // What a broken header says must not make lines of pictures.
        let stretch = aspect.isPositive ? min(max(aspect.value, 0.125), 8) : 1
        let (width, height) = (Double(source.width) * max(stretch, 1), Double(source.height) / min(stretch, 1))
        let scale = min(1, Double(sideMax) / max(width, height))
        func even(_ side: Double) -> Int32 { max(2, Int32((side * scale / 2).rounded()) * 2) }
        return (even(width), even(height))
    }
}
