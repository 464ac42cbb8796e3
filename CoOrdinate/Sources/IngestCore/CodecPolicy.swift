/// Which codecs are passed on as they are: those that browsers play from fragmented MP4 through Media Source
/// Extensions. Everything else is transcoded, to H.264 and AAC.
public enum CodecPolicy {
    /// What happens to a stream.
    public enum Treatment: Sendable, Hashable {
        /// Its frames are packaged untouched.
        case copy
        /// Its frames are decoded and encoded again.
        case transcode
    }

    /// Constrained Baseline/Baseline, Main, Extended, High: 4:2:0 with 8 bits. The rest of the family (High 10, 4:2:2,
    /// 4:4:4) plays in some browsers and in no hardware.
    static let h264Profiles: Set<Int> = [66, 77, 88, 100, 578]
    static let pixelFormats: Set<String> = ["yuv420p", "yuvj420p"]

    /// Treatment of video, by libav's names; nil for what probing did not find out. Raw streams without timestamps are
    /// always transcoded, because their pictures' order is known only after decoding.
    public static func video(
        codec: String, profile: Int?, pixelFormat: String?, hasConfiguration: Bool, hasTimestamps: Bool
    ) -> Treatment {
        guard hasTimestamps else { return .transcode }
        switch codec {
        case "h264":
            let isProfileFine = profile.map { h264Profiles.contains($0) } ?? true
            let isFormatFine = pixelFormat.map { pixelFormats.contains($0) } ?? true
            return isProfileFine && isFormatFine ? .copy : .transcode
        case "av1": return hasConfiguration ? .copy : .transcode
        case "vp9": return .copy
        default: return .transcode  // HEVC plays in some browsers only; MPEG-1, MPEG-2 and VP8 in no MP4
        }
    }

    /// Treatment of sound, by libav's name. MP3, AC-3 and MP2 are refused inside MP4 by common browsers.
    public static func audio(codec: String, hasConfiguration: Bool) -> Treatment {
        switch codec {
        case "aac": .copy
        case "opus", "flac": hasConfiguration ? .copy : .transcode
        default: .transcode
        }
    }
}
