/// Finds the parameter sets that an H.264 access unit carries in-band. Source: ITU-T H.264, 7.4.1 and Annex B.
public enum H264ParameterSets {
    private static let spsType: UInt8 = 7
    private static let ppsType: UInt8 = 8
    private static let startCode: [UInt8] = [0, 0, 0, 1]
    /// A decoder needs far less; a hostile stream gets no more.
    static let bytesMax = 16 << 10

    /// The SPS and PPS of an Annex B access unit, each behind a 4-byte start code, in their order; empty when there are
    /// none. Stops at the first slice, so that its cost does not grow with the picture. Sets beyond 16 KiB are left out.
    public static func scan(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        var found: [UInt8] = []
        var unit = nextUnit(in: bytes, from: 0)
        while let start = unit, start < bytes.count {
            let type = bytes[start] & 0x1f
            if (1...5).contains(type) { break }
            let following = nextUnit(in: bytes, from: start)
            if type == spsType || type == ppsType {
                var end = following.map { $0 - 3 } ?? bytes.count
                while end > start, bytes[end - 1] == 0 { end -= 1 }
                guard found.count + startCode.count + end - start <= bytesMax else { break }
                found += startCode
                found += bytes[start..<end]
            }
            unit = following
        }
        return found
    }

    /// The first SPS (with its NAL header) of a decoder configuration, be it Annex B or avcC (ISO/IEC 14496-15, 5.3.3).
    public static func firstSPS(in configuration: [UInt8]) -> [UInt8]? {
        if configuration.first == 1 { return firstSPS(avcC: configuration) }
        return configuration.withUnsafeBufferPointer { bytes -> [UInt8]? in
            var unit = nextUnit(in: bytes, from: 0)
            while let start = unit, start < bytes.count {
                let following = nextUnit(in: bytes, from: start)
                if bytes[start] & 0x1f == spsType {
                    return Array(bytes[start..<(following.map { $0 - 3 } ?? bytes.count)])
                }
                unit = following
            }
            return nil
        }
    }

    private static func firstSPS(avcC bytes: [UInt8]) -> [UInt8]? {
        guard bytes.count > 8, bytes[5] & 0x1f > 0 else { return nil }
        let length = Int(bytes[6]) << 8 | Int(bytes[7])
        guard length > 0, bytes.count >= 8 + length else { return nil }
        return Array(bytes[8..<(8 + length)])
    }

    /// Index of the byte after the next start code.
    private static func nextUnit(in bytes: UnsafeBufferPointer<UInt8>, from: Int) -> Int? {
        var index = from
        while index + 2 < bytes.count {
            if bytes[index + 2] > 1 {
                index += 3
            } else if bytes[index] == 0, bytes[index + 1] == 0, bytes[index + 2] == 1 {
                return index + 3
            } else {
                index += 1
            }
        }
        return nil
    }
}
