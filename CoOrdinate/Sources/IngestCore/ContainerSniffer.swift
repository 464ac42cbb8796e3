/// Recognises a container by its first bytes. Publishers send no Content-Type, and letting libavformat guess would let
/// hostile bytes choose among all its parsers.
public enum ContainerSniffer {
    /// Bytes that decide every case: a transport packet and the first byte of the next.
    public static let bytesWanted = 189

    private static let syncByte: UInt8 = 0x47
    private static let packetSize = 188

    /// The container that `bytes` begin, or nil when it is none of ours. Fewer than `bytesWanted` are judged as the
    /// whole input.
    public static func container(of bytes: some RandomAccessCollection<UInt8>) -> Container? {
        let bytes = Array(bytes.prefix(bytesWanted))
        if bytes.first == syncByte { return isTransportStream(bytes) ? .mpegts : nil }
        if bytes.starts(with: Array("FLV\u{1}".utf8)) { return .flv }
        if bytes.starts(with: [0x1a, 0x45, 0xdf, 0xa3]) { return .matroska }
        if bytes.starts(with: Array("OggS".utf8)) { return .ogg }
        if isMP4(bytes) { return .mp4 }
        if bytes.starts(with: [0, 0, 1]) || bytes.starts(with: [0, 0, 0, 1]) { return byStartCode(bytes) }
        return isADTS(bytes) ? .adts : nil
    }

    private static func isTransportStream(_ bytes: [UInt8]) -> Bool {
        bytes.count > packetSize && bytes[packetSize] == syncByte
    }

    private static func isMP4(_ bytes: [UInt8]) -> Bool {
        guard bytes.count >= 8 else { return false }
        return ["ftyp", "styp"].contains { Array($0.utf8).elementsEqual(bytes[4..<8]) }
    }

    private static func isADTS(_ bytes: [UInt8]) -> Bool { ADTSHeader(bytes) != nil }

    private static func byStartCode(_ bytes: [UInt8]) -> Container? {
        let position = bytes[2] == 1 ? 3 : 4
        guard position < bytes.count else { return nil }
        let code = bytes[position]
        switch code {
        case 0xb3 where position == 3: return .mpegvideo  // sequence header, ISO/IEC 13818-2
        case 0xba where position == 3: return .mpegps  // pack header, ISO/IEC 13818-1
        default: break
        }
        // A forbidden bit that is set is no NAL unit of either codec.
        guard code & 0x80 == 0 else { return nil }
        // HEVC starts with a VPS (32) or a delimiter (35) of temporal id 1; H.264 with an SPS (7), delimiter (9) or
        // SEI (6). HEVC's 0x40 and 0x46 would be H.264 types 0 and 6 with a reference count that SEI never has.
        if position + 1 < bytes.count, [32, 35].contains(code >> 1 & 0x3f), bytes[position + 1] == 1 { return .hevc }
        return [6, 7, 9].contains(code & 0x1f) ? .h264 : nil
    }
}
