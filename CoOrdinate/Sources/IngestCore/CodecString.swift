/// Builds the `codecs` parameter by which browsers and HLS players are told what a stream needs. Source: RFC 6381, and
/// the codec bindings named at each function.
public enum CodecString {
    /// What is known about a track.
    public struct Track: Sendable {
        /// libav's name of the codec.
        public var codec: String
        /// The decoder's configuration as the container stores it.
        public var configuration: [UInt8]
        /// The codec's profile number; nil when unknown.
        public var profile: Int?
        /// Width in pixels; 0 for sound.
        public var width: Int
        /// Height in pixels; 0 for sound.
        public var height: Int
        /// Frames a second; 0 when unknown.
        public var frameRate: Double

        /// Describes a track.
        public init(
            codec: String, configuration: [UInt8], profile: Int? = nil, width: Int = 0, height: Int = 0,
            frameRate: Double = 0
        ) {
            self.codec = codec
            self.configuration = configuration
            self.profile = profile
            self.width = width
            self.height = height
            self.frameRate = frameRate
        }
    }

    /// The string for one track; nil for a codec that is never passed on or a configuration that says nothing.
    public static func track(_ track: Track) -> String? {
        switch track.codec {
        case "h264": h264(track.configuration)
        case "av1": av1(track.configuration)
        case "vp9": vp9(track)
        case "aac": aac(track.configuration)
        case "opus": "opus"
        case "flac": "flac"
        default: nil
        }
    }

    /// `avc1.PPCCLL` (ISO/IEC 14496-15): the three bytes after the NAL header of the SPS.
    private static func h264(_ configuration: [UInt8]) -> String? {
        guard let sps = H264ParameterSets.firstSPS(in: configuration), sps.count >= 4 else { return nil }
        return "avc1." + sps[1...3].map { twoDigits(Int($0), radix: 16) }.joined()
    }

    /// `av01.P.LLT.DD` (AV1 Codec ISO Media File Format Binding, section 5), read from av1C.
    private static func av1(_ configuration: [UInt8]) -> String? {
        guard configuration.count >= 4, configuration[0] == 0x81 else { return nil }
        let profile = configuration[1] >> 5, level = configuration[1] & 0x1f
        let tier = configuration[2] & 0x80 != 0 ? "H" : "M"
        let isHigh = configuration[2] & 0x40 != 0, isTwelve = configuration[2] & 0x20 != 0
        let depth = isHigh ? (profile == 2 && isTwelve ? 12 : 10) : 8
        return "av01.\(profile).\(twoDigits(Int(level)))\(tier).\(twoDigits(depth))"
    }

    /// `vp09.PP.LL.DD` (VP Codec ISO Media File Format Binding). The level follows from size and rate.
    private static func vp9(_ track: Track) -> String? {
        let profile = track.profile.map { $0.clamped(to: 0...3) } ?? 0
        let depth = profile >= 2 ? 10 : 8
        return "vp09.\(twoDigits(profile)).\(vp9Level(track)).\(twoDigits(depth))"
    }

    private static func vp9Level(_ track: Track) -> Int {
        // Level, most luma samples a second, most luma samples of a picture (VP9 levels, WebM project).
        let levels: [(level: Int, rate: Double, size: Int)] = [
            (10, 829_440, 36_864), (11, 2_764_800, 73_728), (20, 4_608_000, 122_880), (21, 9_216_000, 245_760),
            (30, 20_736_000, 552_960), (31, 36_864_000, 983_040), (40, 83_558_400, 2_228_224),
            (41, 160_432_128, 2_228_224), (50, 311_951_360, 8_912_896), (51, 588_251_136, 8_912_896),
            (52, 1_176_502_272, 8_912_896), (60, 1_176_502_272, 35_651_584), (61, 2_353_004_544, 35_651_584),
        ]
        let width = track.width.clamped(to: 0...H264SequenceParameters.sideMax)
        let size = width * track.height.clamped(to: 0...H264SequenceParameters.sideMax)
        let rate = Double(size) * (track.frameRate > 0 ? track.frameRate : 60)
        return levels.first { size <= $0.size && rate <= $0.rate }?.level ?? 62
    }

    /// `mp4a.40.N` with the audio object type (ISO/IEC 14496-3), which 31 extends by six bits.
    private static func aac(_ configuration: [UInt8]) -> String? {
        guard configuration.count >= 2 else { return nil }
        let type = configuration[0] >> 3
        guard type == 31 else { return "mp4a.40.\(type)" }
        return "mp4a.40.\(32 + ((configuration[0] & 7) << 3 | configuration[1] >> 5))"
    }

    private static func twoDigits(_ value: Int, radix: Int = 10) -> String {
        let text = String(value, radix: radix, uppercase: true)
        return text.count < 2 ? "0" + text : text
    }
}
