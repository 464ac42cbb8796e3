/// What an H.264 sequence parameter set says about the pictures. Source: ITU-T H.264, 7.3.2.1.1.
public struct H264SequenceParameters: Sendable, Hashable {
    /// Profile, such as 66 Baseline, 77 Main, 100 High, 244 High 4:4:4.
    public let profile: Int
    /// The constraint flags, as the byte between profile and level.
    public let constraints: Int
    /// Level times ten, such as 31.
    public let level: Int
    /// 0 monochrome, 1 is 4:2:0, 2 is 4:2:2, 3 is 4:4:4.
    public let chromaFormat: Int
    /// Bits of a luma sample.
    public let bitDepth: Int
    /// Width of the shown picture in pixels.
    public let width: Int
    /// Height of the shown picture in pixels.
    public let height: Int

    /// Largest side that is believed, in pixels.
    static let sideMax = 16_384

    /// Reads a set, given with its NAL header. Nil when it is damaged or absurd.
    public init?(nal: [UInt8]) {
        guard nal.count > 4, nal[0] & 0x1f == 7 else { return nil }
        profile = Int(nal[1])
        constraints = Int(nal[2])
        level = Int(nal[3])
        var reader = BitReader(nal: nal.dropFirst(4))
        do {
            _ = try reader.unsigned()
            let format = try Self.readFormat(&reader, profile: Int(nal[1]))
            (chromaFormat, bitDepth) = (format.chroma, format.depth)
            try Self.skipPictureOrder(&reader)
            _ = try reader.unsigned()  // max_num_ref_frames
            _ = try reader.bit()  // gaps_in_frame_num_value_allowed_flag
            guard let size = try Self.readSize(&reader, chroma: format.chroma) else { return nil }
            (width, height) = size
        } catch {
            return nil
        }
    }

    /// True for what `CodecPolicy` passes on untouched.
    public var isCopied: Bool {
        CodecPolicy.h264Profiles.contains(profile) && chromaFormat == 1 && bitDepth == 8
    }

    private static let profilesWithFormat: Set<Int> = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]

    private static func readFormat(
        _ reader: inout BitReader, profile: Int
    ) throws(BitReader.Malformed) -> (chroma: Int, depth: Int) {
        guard profilesWithFormat.contains(profile) else { return (1, 8) }
        let chroma = try reader.unsigned()
        guard chroma <= 3 else { throw BitReader.Malformed() }
        if chroma == 3 { _ = try reader.bit() }
        let depth = try reader.unsigned()
        guard depth <= 6, try reader.unsigned() <= 6 else { throw BitReader.Malformed() }
        _ = try reader.bit()  // qpprime_y_zero_transform_bypass_flag
        if try reader.bit() {
            for list in 0..<(chroma == 3 ? 12 : 8) where try reader.bit() {
                try skipScalingList(&reader, count: list < 6 ? 16 : 64)
            }
        }
        return (Int(chroma), Int(depth) + 8)
    }

    private static func skipScalingList(_ reader: inout BitReader, count: Int) throws(BitReader.Malformed) {
        var last: Int32 = 8, next: Int32 = 8
        for _ in 0..<count {
            if next != 0 { next = (last &+ (try reader.signed())) & 0xff }
            if next != 0 { last = next }
        }
    }

    private static func skipPictureOrder(_ reader: inout BitReader) throws(BitReader.Malformed) {
        _ = try reader.unsigned()  // log2_max_frame_num_minus4
        switch try reader.unsigned() {
        case 0: _ = try reader.unsigned()
        case 1:
            _ = try reader.bit()
            _ = try reader.signed()
            _ = try reader.signed()
            let count = try reader.unsigned()
            guard count <= 255 else { throw BitReader.Malformed() }
            for _ in 0..<count { _ = try reader.signed() }
        default: break
        }
    }

    private static func readSize(
        _ reader: inout BitReader, chroma: Int
    ) throws(BitReader.Malformed) -> (width: Int, height: Int)? {
        var width = (Int(try reader.unsigned()) + 1) * 16
        let mapUnits = (Int(try reader.unsigned()) + 1) * 16
        let isFrameOnly = try reader.bit()
        var height = isFrameOnly ? mapUnits : mapUnits * 2
        if !isFrameOnly { _ = try reader.bit() }
        _ = try reader.bit()  // direct_8x8_inference_flag
        if try reader.bit() {
            let unitX = chroma == 1 || chroma == 2 ? 2 : 1
            let unitY = (chroma == 1 ? 2 : 1) * (isFrameOnly ? 1 : 2)
            width -= (Int(try reader.unsigned()) + Int(try reader.unsigned())) * unitX
            height -= (Int(try reader.unsigned()) + Int(try reader.unsigned())) * unitY
        }
        guard (1...sideMax).contains(width), (1...sideMax).contains(height) else { return nil }
        return (width, height)
    }
}
