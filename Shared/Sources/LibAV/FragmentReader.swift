/// Reads the packets of one chunk (moof + mdat) with its init segment. Each chunk gets a demuxer of its own, so that a
/// damaged or missing one never affects the next.
struct FragmentReader {
    let streams: [Demuxer.Stream]
    private let demuxer: Demuxer

    init(initSegment: [UInt8], chunk: [UInt8] = []) throws(AVError) {
        demuxer = try Demuxer(MemoryInput([initSegment, chunk]), format: "mov", probing: .header)
        streams = try demuxer.streams()
    }

    /// The first packet of a stream that decoding can start with; nil when there is none.
    func firstKeyframe(of stream: Demuxer.Stream) throws(AVError) -> Packet? {
        while true {
            let packet = try Packet()
            guard try demuxer.read(into: packet) else { return nil }
            if packet.streamIndex == stream.index, packet.isKeyframe { return packet }
        }
    }

    /// All packets, ordered by decode time over all tracks (in the file each track's samples lie together).
    func packetsByDecodeTime() throws(AVError) -> [Packet] {
        var timed: [(time: Int64, packet: Packet)] = []
        while true {
            let packet = try Packet()
            guard try demuxer.read(into: packet) else { break }
            guard let stream = streams.first(where: { $0.index == packet.streamIndex }) else { continue }
            let time = rescale(packet.dts ?? 0, from: stream.timeBase, to: .ninetyKilohertz)
            timed.append((time, packet))
        }
        // The standard library's sort is stable, which keeps the order within a track.
        return timed.sorted { $0.time < $1.time }.map { $0.packet }
    }
}
