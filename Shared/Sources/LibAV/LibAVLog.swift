import CLibAV

/// libav writes its log to stderr; hostile input would let a publisher fill a disk with it.
enum LibAVLog {
    /// Evaluated once, by whoever touches libav first. Failures reach callers as `AVError`, so nothing is lost.
    static let isQuiet: Bool = {
        av_log_set_level(AV_LOG_FATAL)
        return true
    }()
}
