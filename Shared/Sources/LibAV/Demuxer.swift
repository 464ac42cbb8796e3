import CLibAV

/// Reads coded frames out of a container. For one thread; `ByteSource.read` is called on it and may block it.
public final class Demuxer {
    /// One stream of the input.
    public struct Stream {
        /// Position among the input's streams; what `Packet.streamIndex` refers to.
        public let index: Int
        /// What it carries, as far as probing found out.
        public let parameters: CodecParameters
        /// Seconds per tick of its timestamps.
        public let timeBase: Rational
        /// Bits after which its timestamps start again at zero (33 in MPEG-TS); 64 when they do not.
        public let wrapBits: Int
        /// Average frames a second; nil when unknown.
        public let frameRate: Rational?
        /// True for a cover picture, which is no video.
        public let isAttachedPicture: Bool
    }

    /// How much to learn before the first packet.
    public enum Probing: Sendable {
        /// Trust the header. Right for raw MPEG video, whose decoder learns everything from the first picture (probing
        /// costs 25 frames there), and for fragmented MP4 of our own.
        case header
        /// Read until codec parameters are known, within 1 MiB and 0.7 s of media.
        case streams
    }

    /// No playlists, no references to other files: a publisher's bytes must never make the server open anything.
    private static let containers =
        "mpegts,flv,matroska,webm,mpegvideo,mpeg,ogg,h264,hevc,aac,mov,mp4,m4a,3gp,3g2,mj2"

    private let context: UnsafeMutablePointer<AVFormatContext>
    private let input: AVIOInput

    /// Opens `source` as the container that libav calls `format`; it is never guessed. Blocks until the header (and the
    /// streams, when asked to) are known. Throws `AVError` when the bytes are no such container or memory is out.
    public init(_ source: any ByteSource, format: String, probing: Probing = .streams) throws(AVError) {
        _ = LibAVLog.isQuiet
        guard let inputFormat = av_find_input_format(format) else { throw .invalidArgument("find demuxer \(format)") }
        input = try AVIOInput(source)
        let context = try allocated(avformat_alloc_context(), "allocate a demuxer")
        context.pointee.pb = input.context
        // Not AVFMT_FLAG_NOBUFFER: it throws away what was read while probing, the first group of pictures.
        context.pointee.flags |= AVFMT_FLAG_CUSTOM_IO
        // libav survives one wrap of the clock only; ours is undone by the caller.
        context.pointee.correct_ts_overflow = 0
        var opened: UnsafeMutablePointer<AVFormatContext>? = context
        let status = withOptions([
            "probesize": "1048576", "analyzeduration": "700000", "fpsprobesize": "0",
            "format_whitelist": Self.containers, "protocol_whitelist": "",
        ]) { avformat_open_input(&opened, nil, inputFormat, &$0) }
        // On failure libav has freed the context already.
        try check(status, "open \(format)")
        self.context = context
        if case .streams = probing {
            try check(avformat_find_stream_info(context, nil), "probe \(format)")
        }
    }

    deinit {
        var context: UnsafeMutablePointer<AVFormatContext>? = context
        avformat_close_input(&context)
    }

    /// The streams known now. Throws when memory is out.
    public func streams() throws(AVError) -> [Stream] {
        var streams: [Stream] = []
        for index in 0..<Int(context.pointee.nb_streams) {
            guard let stream = context.pointee.streams[index]?.pointee, let parameters = stream.codecpar else {
                continue
            }
            let rates = [stream.avg_frame_rate, stream.r_frame_rate].map { Rational($0) }
            streams.append(
                Stream(
                    index: index, parameters: try CodecParameters(parameters), timeBase: Rational(stream.time_base),
                    wrapBits: Int(stream.pts_wrap_bits), frameRate: rates.first { $0.isPositive },
                    isAttachedPicture: stream.disposition & AV_DISPOSITION_ATTACHED_PIC != 0))
        }
        return streams
    }

    /// Stops delivering packets of one stream.
    public func discard(streamIndex index: Int) {
        guard (0..<Int(context.pointee.nb_streams)).contains(index) else { return }
        context.pointee.streams[index]?.pointee.discard = AVDISCARD_ALL
    }

    /// Reads the next packet into `packet`, blocking for bytes. False at the end of the input. Throws `AVError` for a
    /// damaged stretch; reading on is allowed.
    public func read(into packet: Packet) throws(AVError) -> Bool {
        packet.reset()
        while true {
            let status = av_read_frame(context, packet.pointer)
            if status == p2p_AVERROR_EAGAIN { continue }
            if status == p2p_AVERROR_EOF { return false }
            try check(status, "read a packet")
            return true
        }
    }
}
