import CLibAV

/// Turns a stream's chunks (moof + mdat) into one continuous MPEG-TS, for native players at the edge. Never blocks. For
/// one thread at a time.
public final class TransportStreamRemuxer {
    /// Codecs that MPEG-TS players understand.
    private static let codecs: Set<String> = ["h264", "aac", "opus"]

    private var initSegment: [UInt8] = []
    private var muxer: TransportStreamMuxer?
    private var counters = ContinuityCounters()
    private var generations = 0

    /// A remuxer that waits for an init segment.
    public init() {}

    /// Prepares for chunks of `initSegment` (ftyp + moov). A repeated one changes nothing; another one starts new
    /// streams in the same transport stream. Throws when it is damaged or holds a codec that MPEG-TS cannot carry.
    public func setInit(_ initSegment: [UInt8]) throws(AVError) {
        guard initSegment != self.initSegment else { return }
        muxer = nil
        let streams = try FragmentReader(initSegment: initSegment).streams
        for stream in streams where !Self.codecs.contains(stream.parameters.codecName) {
            throw .invalidArgument("carry \(stream.parameters.codecName) in MPEG-TS (use the MP4 output)")
        }
        muxer = try TransportStreamMuxer(streams, tablesVersion: generations)
        generations += 1
        self.initSegment = initSegment
    }

    /// The transport packets of one chunk; a multiple of 188 bytes. With `isKeyframe` they begin with PAT and PMT, so
    /// that a receiver can join there. Throws for a damaged chunk, whose bytes are then lost; the next one may follow.
    public func remux(chunk: [UInt8], isKeyframe: Bool) throws(AVError) -> [UInt8] {
        guard let muxer else { throw .invalidArgument("remux a chunk before its init segment") }
        let reader = try FragmentReader(initSegment: initSegment, chunk: chunk)
        let packets = try reader.packetsByDecodeTime()
        if isKeyframe { try muxer.repeatTables() }
        for packet in packets {
            guard let position = reader.streams.firstIndex(where: { $0.index == packet.streamIndex }) else { continue }
            try muxer.write(packet, to: position, timeBase: reader.streams[position].timeBase)
        }
        var bytes = try muxer.take()
        counters.renumber(&bytes)
        return bytes
    }
}
