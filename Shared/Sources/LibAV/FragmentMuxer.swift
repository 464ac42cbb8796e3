import CLibAV

/// Writes fragmented MP4 (ISO/IEC 14496-12) whose fragments are cut by the caller. For one thread.
///
/// The movflag `cmaf` is left out on purpose: it turns composition offsets negative, and demuxers then shift B-frames.
public final class FragmentMuxer {
    /// One track of the output.
    public struct Track {
        /// What it carries, with complete codec configuration.
        public var parameters: CodecParameters
        /// Seconds per tick of the packets written to it; also the track's timescale.
        public var timeBase: Rational

        /// A track of `parameters` counted in `timeBase`.
        public init(parameters: CodecParameters, timeBase: Rational) {
            self.parameters = parameters
            self.timeBase = timeBase
        }
    }

    /// The header (ftyp + moov) that every player needs before the first fragment.
    public let initSegment: [UInt8]
    /// Bytes of payload written since the last cut.
    public private(set) var pendingBytes = 0

    private let context: UnsafeMutablePointer<AVFormatContext>

    /// Starts a file of `tracks`; packets refer to them by position. Throws when a codec does not fit into MP4 or lacks
    /// its configuration.
    public init(_ tracks: [Track]) throws(AVError) {
        _ = LibAVLog.isQuiet
        var created: UnsafeMutablePointer<AVFormatContext>?
        try check(avformat_alloc_output_context2(&created, nil, "mp4", nil), "allocate the MP4 muxer")
        let context = try allocated(created, "allocate the MP4 muxer")
        do {
            initSegment = try Self.writeHeader(context, tracks)
        } catch {
            _ = AVIOBuffer.close(context)
            avformat_free_context(context)
            throw error
        }
        self.context = context
    }

    deinit {
        // The trailer frees what the muxer holds; its bytes go nowhere.
        av_write_trailer(context)
        _ = AVIOBuffer.close(context)
        avformat_free_context(context)
    }

    private static func writeHeader(
        _ context: UnsafeMutablePointer<AVFormatContext>, _ tracks: [Track]
    ) throws(AVError) -> [UInt8] {
        context.pointee.strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL
        for track in tracks {
            let stream = try allocated(avformat_new_stream(context, nil), "add a track")
            try check(
                avcodec_parameters_copy(stream.pointee.codecpar, track.parameters.pointer), "copy a track's parameters")
            stream.pointee.codecpar.pointee.codec_tag = 0
            // A probed bit rate differs from connection to connection and would make equal headers unequal.
            stream.pointee.codecpar.pointee.bit_rate = 0
            stream.pointee.time_base = track.timeBase.libav
        }
        try AVIOBuffer.open(context)
        let status = withOptions([
            "movflags": "frag_custom+empty_moov+default_base_moof+frag_discont+skip_trailer",
            "video_track_timescale": "90000", "use_editlist": "0", "avoid_negative_ts": "disabled",
            "flush_packets": "0", "brand": "iso6",
        ]) { avformat_write_header(context, &$0) }
        try check(status, "write the MP4 header")
        let header = AVIOBuffer.close(context)
        try AVIOBuffer.open(context)
        return header
    }

    /// Adds a packet to the fragment in progress. Its times are in its track's time base, decode times rise strictly
    /// within a track. Throws when the muxer refuses it.
    public func write(_ packet: Packet) throws(AVError) {
        packet.pointer.pointee.pos = -1
        pendingBytes += packet.byteCount
        // av_write_frame, not av_interleaved_write_frame: order and buffering stay with the caller.
        try check(av_write_frame(context, packet.pointer), "write a packet")
    }

    /// Ends the fragment and returns it (moof + mdat); empty when nothing was written since the last cut.
    public func cut() throws(AVError) -> [UInt8] {
        pendingBytes = 0
        try check(av_write_frame(context, nil), "end a fragment")
        let fragment = AVIOBuffer.close(context)
        try AVIOBuffer.open(context)
        // The flag is used up by each fragment; with it the next tfdt is the decode time of its first sample.
        try check(av_opt_set(context.pointee.priv_data, "movflags", "+frag_discont", 0), "prepare the next fragment")
        return fragment
    }
}
