import CLibAV

/// Encodes pictures to H.264 that every browser decodes in hardware: Constrained Baseline, no B-frames, one packet out
/// for each picture in. For one thread.
final class H264Encoder {
    private let encoder: FrameEncoder
    private let scaler: PictureScaler

    /// Times are in the 90 kHz clock.
    var parameters: CodecParameters { encoder.parameters }

    /// An encoder for pictures like `first`, with a keyframe each second. Throws when libx264 is missing.
    init(like first: Frame, frameRate: Rational) throws(AVError) {
        // 4:2:0 needs even sizes.
        let width = first.pointer.pointee.width & ~1, height = first.pointer.pointee.height & ~1
        guard width > 0, height > 0 else { throw .invalidArgument("encode an empty picture") }
        scaler = try PictureScaler(width: width, height: height)
        let isLarge = Int(width) * Int(height) > 1280 * 720
        let options = [
            "crf": "23", "maxrate": isLarge ? "8M" : "4M", "bufsize": isLarge ? "4M" : "2M", "forced-idr": "1",
        ]
        encoder = try .h264(width: width, height: height, frameRate: frameRate, options: options) {
            $0.sample_aspect_ratio = first.pointer.pointee.sample_aspect_ratio
        }
    }

    /// Encodes `frame` for presentation at `pts`, which must rise from call to call. Pictures of another size are
    /// scaled to the first one's.
    func encode(_ frame: Frame, pts: Int64) throws(AVError) -> [Packet] {
        let picture = try scaler.fit(frame)
        picture.pointer.pointee.pts = pts
        // The source's picture types would force the encoder's.
        picture.pointer.pointee.pict_type = AV_PICTURE_TYPE_NONE
        return try encoder.encode(picture)
    }

    /// What the encoder still holds.
    func drain() throws(AVError) -> [Packet] { try encoder.encode(nil) }
}
