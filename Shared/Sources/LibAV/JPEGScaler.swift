import CLibAV

/// Brings one picture of any size and pixel format to one size and the colours of JPEG: 8-bit 4:2:0 of full range, with the
/// matrix of BT.601 (ITU-T T.871 §7).
enum JPEGScaler {
    /// A picture of the given size. Throws when libav cannot convert it or memory is out.
    static func scale(_ frame: Frame, width: Int32, height: Int32) throws(AVError) -> Frame {
        let source = frame.pointer.pointee
        let format = av_pix_fmt_desc_get(AVPixelFormat(source.format))
        let isRGB = format.map { $0.pointee.flags & UInt64(AV_PIX_FMT_FLAG_RGB) != 0 } ?? false
        let sourceRange: Int32 = isRGB || source.color_range == AVCOL_RANGE_JPEG ? 1 : 0
        let scaler = try allocated(sws_alloc_context(), "allocate a scaler")
        defer { sws_freeContext(scaler) }
        // The ranges must be known from the start: a plain copy would be chosen for pictures that keep their size.
        for (name, value) in [
            ("srcw", source.width), ("srch", source.height), ("src_format", source.format),
            ("src_range", sourceRange), ("dstw", width), ("dsth", height),
            ("dst_format", AV_PIX_FMT_YUV420P.rawValue), ("dst_range", 1), ("sws_flags", SWS_BILINEAR),
        ] { try check(av_opt_set_int(UnsafeMutableRawPointer(scaler), name, Int64(value), 0), "convert a picture") }
        try check(sws_init_context(scaler, nil, nil), "convert a picture")
        // Frames number matrices as this call does (ITU-T H.273); one that is not told, or not known here, is BT.601's.
        let matrix = sws_getCoefficients(Int32(clamping: source.colorspace.rawValue))
        let neutral: Int32 = 1 << 16
        try check(
            sws_setColorspaceDetails(
                scaler, matrix, sourceRange, sws_getCoefficients(SWS_CS_ITU601), 1, 0, neutral, neutral),
            "convert the colours of a picture")
        let output = try Frame()
        output.pointer.pointee.format = AV_PIX_FMT_YUV420P.rawValue
        output.pointer.pointee.width = width
        output.pointer.pointee.height = height
        output.pointer.pointee.color_range = AVCOL_RANGE_JPEG
        try check(av_frame_get_buffer(output.pointer, 0), "allocate a picture")
        try check(sws_scale_frame(scaler, output.pointer, frame.pointer), "convert a picture")
        return output
    }
}
