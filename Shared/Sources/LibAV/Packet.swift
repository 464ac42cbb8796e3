import CLibAV

/// One coded frame, as a demuxer reads it and a muxer writes it. For one thread.
public final class Packet {
    let pointer: UnsafeMutablePointer<AVPacket>

    /// An empty packet. Throws when memory is out.
    public init() throws(AVError) { pointer = try allocated(av_packet_alloc(), "allocate a packet") }

    /// Another handle on the same bytes, with times of its own. Throws when memory is out.
    public init(sharing other: Packet) throws(AVError) {
        pointer = try allocated(av_packet_clone(other.pointer), "share a packet")
    }

    deinit {
        var pointer: UnsafeMutablePointer<AVPacket>? = pointer
        av_packet_free(&pointer)
    }

    /// Index of the stream or track it belongs to.
    public var streamIndex: Int {
        get { Int(pointer.pointee.stream_index) }
        set { pointer.pointee.stream_index = Int32(clamping: newValue) }
    }

    /// Presentation time in its stream's time base; nil when the container did not say.
    public var pts: Int64? {
        get { pointer.pointee.pts == p2p_AV_NOPTS_VALUE ? nil : pointer.pointee.pts }
        set { pointer.pointee.pts = newValue ?? p2p_AV_NOPTS_VALUE }
    }

    /// Decode time in its stream's time base; nil when the container did not say.
    public var dts: Int64? {
        get { pointer.pointee.dts == p2p_AV_NOPTS_VALUE ? nil : pointer.pointee.dts }
        set { pointer.pointee.dts = newValue ?? p2p_AV_NOPTS_VALUE }
    }

    /// Duration in its stream's time base; 0 when unknown.
    public var duration: Int64 {
        get { max(0, pointer.pointee.duration) }
        set { pointer.pointee.duration = max(0, newValue) }
    }

    /// True when decoding can start here.
    public var isKeyframe: Bool { pointer.pointee.flags & AV_PKT_FLAG_KEY != 0 }

    /// True when the container saw damage, such as a lost transport packet.
    public var isCorrupt: Bool { pointer.pointee.flags & AV_PKT_FLAG_CORRUPT != 0 }

    /// Bytes of payload.
    public var byteCount: Int { max(0, Int(pointer.pointee.size)) }

    /// Lends the payload.
    public func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        body(UnsafeBufferPointer(start: pointer.pointee.data, count: pointer.pointee.data == nil ? 0 : byteCount))
    }

    /// Hides the first `count` bytes of the payload (at most all of it), without copying.
    public func removeFirst(_ count: Int) {
        let count = min(max(0, count), byteCount)
        guard count > 0, let data = pointer.pointee.data else { return }
        pointer.pointee.data = data + count
        pointer.pointee.size -= Int32(count)
    }

    /// Codec configuration that the container announces with this packet, when it changes in mid-stream.
    public var newExtradata: [UInt8]? {
        var count = 0
        guard let data = av_packet_get_side_data(pointer, AV_PKT_DATA_NEW_EXTRADATA, &count), count > 0 else {
            return nil
        }
        return Array(UnsafeBufferPointer(start: data, count: count))
    }

    func reset() { av_packet_unref(pointer) }
}
