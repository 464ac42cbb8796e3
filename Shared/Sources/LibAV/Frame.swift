import CLibAV

/// One decoded frame. For one thread.
final class Frame {
    let pointer: UnsafeMutablePointer<AVFrame>

    init() throws(AVError) { pointer = try allocated(av_frame_alloc(), "allocate a frame") }

    deinit {
        var pointer: UnsafeMutablePointer<AVFrame>? = pointer
        av_frame_free(&pointer)
    }

    /// The decoder's best guess at the presentation time; nil without any.
    var pts: Int64? {
        let best = pointer.pointee.best_effort_timestamp
        return best == p2p_AV_NOPTS_VALUE ? nil : best
    }

    var duration: Int64 { max(0, p2p_frame_duration(pointer)) }

    /// True when the decoder had to conceal something.
    var isDamaged: Bool {
        pointer.pointee.decode_error_flags != 0 || pointer.pointee.flags & AV_FRAME_FLAG_CORRUPT != 0
    }

    func reset() { av_frame_unref(pointer) }
}
