import CLibAV

/// Encodes 4:2:0 pictures to H.264 as live publishers do: no B-frames, no delay, a keyframe each second with its
/// parameter sets in front. For one thread.
public final class PictureEncoder {
    /// Seconds per tick of the packets.
    public static let timeBase = Rational.ninetyKilohertz

    /// What a container needs to know.
    public var parameters: CodecParameters { encoder.parameters }
    private let encoder: FrameEncoder
    private let frame: Frame
    private let width: Int
    private let height: Int

    /// An encoder for pictures of `width` × `height` pixels, both even, at a constant `bitsPerSecond`. Throws when
    /// libx264 is missing or refuses the size.
    public init(width: Int, height: Int, framesPerSecond: Int, bitsPerSecond: Int) throws(AVError) {
        _ = LibAVLog.isQuiet
        guard (2...8_192).contains(width), (2...8_192).contains(height), width % 2 == 0, height % 2 == 0,
            (1...240).contains(framesPerSecond)
        else { throw .invalidArgument("encode \(width)x\(height) at \(framesPerSecond) frames a second") }
        self.width = width
        self.height = height
        frame = try Frame()
        frame.pointer.pointee.format = AV_PIX_FMT_YUV420P.rawValue
        frame.pointer.pointee.width = Int32(width)
        frame.pointer.pointee.height = Int32(height)
        try check(av_frame_get_buffer(frame.pointer, 0), "allocate a picture")
        encoder = try .h264(
            width: Int32(width), height: Int32(height), frameRate: Rational(Int32(framesPerSecond), 1),
            // What a simple picture does not need is filled up: the rate is there to be measured with.
            options: ["nal-hrd": "cbr"]
        ) { context in
            context.bit_rate = Int64(bitsPerSecond)
            context.rc_max_rate = Int64(bitsPerSecond)
            context.rc_buffer_size = Int32(clamping: bitsPerSecond / 2)
            // Parameter sets in front of each keyframe, for containers that repeat them.
            context.flags &= ~AV_CODEC_FLAG_GLOBAL_HEADER
        }
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
        return try encoder.encode(frame)
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
}
