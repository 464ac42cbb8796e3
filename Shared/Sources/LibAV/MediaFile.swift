import CLibAV

/// Reads the coded frames of a local file in any container that libav knows. For the user's own files: a publisher's
/// bytes go through `Demuxer`, which trusts nothing. For one thread.
public final class MediaFile {
    private let context: UnsafeMutablePointer<AVFormatContext>

    /// Opens `path` and finds out what it carries. Throws `AVError` when it cannot be read or is no media file.
    public init(path: String) throws(AVError) {
        _ = LibAVLog.isQuiet
        var opened: UnsafeMutablePointer<AVFormatContext>?
        // The prefix keeps a name such as "http:x" a file, and the list keeps playlists from opening anything else.
        let status = withOptions(["protocol_whitelist": "file"]) {
            avformat_open_input(&opened, "file:" + path, nil, &$0)
        }
        try check(status, "open \(path)")
        context = try allocated(opened, "open \(path)")
        try check(avformat_find_stream_info(context, nil), "probe \(path)")
    }

    deinit {
        var context: UnsafeMutablePointer<AVFormatContext>? = context
        avformat_close_input(&context)
    }

    /// The streams of the file. Throws when memory is out.
    public func streams() throws(AVError) -> [Demuxer.Stream] {
        var streams: [Demuxer.Stream] = []
        for index in 0..<Int(context.pointee.nb_streams) {
            guard let stream = context.pointee.streams[index]?.pointee, let parameters = stream.codecpar else {
                continue
            }
            let rates = [stream.avg_frame_rate, stream.r_frame_rate].map { Rational($0) }
            streams.append(
                Demuxer.Stream(
                    index: index, parameters: try CodecParameters(parameters), timeBase: Rational(stream.time_base),
                    wrapBits: Int(stream.pts_wrap_bits), frameRate: rates.first { $0.isPositive },
                    isAttachedPicture: stream.disposition & AV_DISPOSITION_ATTACHED_PIC != 0))
        }
        return streams
    }

    /// The next packet of the file; nil at its end. Throws `AVError` where it is damaged.
    public func read() throws(AVError) -> Packet? {
        let packet = try Packet()
        while true {
            let status = av_read_frame(context, packet.pointer)
            if status == p2p_AVERROR_EAGAIN { continue }
            if status == p2p_AVERROR_EOF { return nil }
            try check(status, "read a packet")
            return packet
        }
    }
}
