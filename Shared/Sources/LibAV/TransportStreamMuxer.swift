import CLibAV

/// Writes MPEG-TS (ISO/IEC 13818-1) packet by packet. For one thread.
final class TransportStreamMuxer {
    private let context: UnsafeMutablePointer<AVFormatContext>
    private let timeBases: [Rational]

    /// A muxer for `streams` in their order. `tablesVersion` (0…31) tells receivers that the tables changed.
    init(_ streams: [Demuxer.Stream], tablesVersion: Int) throws(AVError) {
        var created: UnsafeMutablePointer<AVFormatContext>?
        try check(avformat_alloc_output_context2(&created, nil, "mpegts", nil), "allocate the MPEG-TS muxer")
        let context = try allocated(created, "allocate the MPEG-TS muxer")
        do {
            timeBases = try Self.writeHeader(context, streams, tablesVersion: tablesVersion)
        } catch {
            _ = AVIOBuffer.close(context)
            avformat_free_context(context)
            throw error
        }
        self.context = context
    }

    deinit {
        av_write_trailer(context)
        _ = AVIOBuffer.close(context)
        avformat_free_context(context)
    }

    private static func writeHeader(
        _ context: UnsafeMutablePointer<AVFormatContext>, _ streams: [Demuxer.Stream], tablesVersion: Int
    ) throws(AVError) -> [Rational] {
        for stream in streams {
            let output = try allocated(avformat_new_stream(context, nil), "add a stream")
            try check(
                avcodec_parameters_copy(output.pointee.codecpar, stream.parameters.pointer), "copy parameters")
            output.pointee.codecpar.pointee.codec_tag = 0
            output.pointee.time_base = Rational.ninetyKilohertz.libav
        }
        try AVIOBuffer.open(context)
        // Each sound frame in a PES packet of its own: the default collects 2930 bytes, a third of a second.
        let status = withOptions([
            "pes_payload_size": "0", "tables_version": "\(tablesVersion & 31)", "avoid_negative_ts": "disabled",
        ]) { avformat_write_header(context, &$0) }
        try check(status, "write the MPEG-TS header")
        return (0..<streams.count).map { index in
            context.pointee.streams[index].map { Rational($0.pointee.time_base) } ?? .ninetyKilohertz
        }
    }

    /// Writes PAT and PMT again before the next packet, so that a receiver can begin there.
    func repeatTables() throws(AVError) {
        try check(av_opt_set(context.pointee.priv_data, "mpegts_flags", "+resend_headers", 0), "repeat PAT and PMT")
    }

    /// Writes a packet whose times count in `timeBase` to the stream at `index`.
    func write(_ packet: Packet, to index: Int, timeBase: Rational) throws(AVError) {
        av_packet_rescale_ts(packet.pointer, timeBase.libav, timeBases[index].libav)
        packet.streamIndex = index
        packet.pointer.pointee.pos = -1
        try check(av_write_frame(context, packet.pointer), "write to MPEG-TS")
    }

    /// Everything written since the last call, in whole transport packets.
    func take() throws(AVError) -> [UInt8] {
        try check(av_write_frame(context, nil), "flush MPEG-TS")
        let bytes = AVIOBuffer.close(context)
        try AVIOBuffer.open(context)
        return bytes
    }
}
