import CLibAV

/// Brings pictures of any size and pixel format to 8-bit 4:2:0 of one size. For one thread.
final class PictureScaler {
    private let width: Int32
    private let height: Int32
    private let output: Frame
    private var scaler: OpaquePointer?

    init(width: Int32, height: Int32) throws(AVError) {
        self.width = width
        self.height = height
        output = try Frame()
        output.pointer.pointee.format = AV_PIX_FMT_YUV420P.rawValue
        output.pointer.pointee.width = width
        output.pointer.pointee.height = height
        try check(av_frame_get_buffer(output.pointer, 0), "allocate a picture")
    }

    deinit { sws_freeContext(scaler) }

    /// `frame` itself when it already fits, else a converted picture that is valid until the next call.
    func fit(_ frame: Frame) throws(AVError) -> Frame {
        let source = frame.pointer.pointee
        if source.format == AV_PIX_FMT_YUV420P.rawValue, source.width == width, source.height == height { return frame }
        scaler = sws_getCachedContext(
            scaler, source.width, source.height, AVPixelFormat(source.format), width, height, AV_PIX_FMT_YUV420P,
            SWS_BILINEAR, nil, nil, nil)
        guard scaler != nil else { throw .invalidArgument("convert a picture") }
        // The encoder may still hold a reference to the last one.
        try check(av_frame_make_writable(output.pointer), "allocate a picture")
        try check(sws_scale_frame(scaler, output.pointer, frame.pointer), "convert a picture")
        return output
    }
}
