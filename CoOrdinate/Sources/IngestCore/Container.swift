/// A container or elementary stream that publishers may send.
public enum Container: String, Sendable, Hashable, CaseIterable {
    /// MPEG transport stream, ISO/IEC 13818-1.
    case mpegts
    /// Flash Video, as RTMP encoders write it.
    case flv
    /// Matroska or WebM.
    case matroska
    /// MP4 or QuickTime; live only when fragmented.
    case mp4
    /// MPEG program stream.
    case mpegps
    /// Ogg.
    case ogg
    /// Raw MPEG-1 or MPEG-2 video.
    case mpegvideo
    /// Raw H.264, Annex B.
    case h264
    /// Raw HEVC, Annex B.
    case hevc
    /// Raw AAC in ADTS frames.
    case adts

    /// The name of libavformat's demuxer for it.
    public var demuxerName: String {
        switch self {
        case .mp4: "mov"
        case .mpegps: "mpeg"
        case .adts: "aac"
        case .mpegts, .flv, .matroska, .ogg, .mpegvideo, .h264, .hevc: rawValue
        }
    }

    /// False for raw video, whose pictures only follow each other.
    public var hasTimestamps: Bool {
        switch self {
        case .mpegvideo, .h264, .hevc: false
        case .mpegts, .flv, .matroska, .mp4, .mpegps, .ogg, .adts: true
        }
    }

    /// True when probing would only cost time, because the decoder finds out everything from the first picture.
    public var isSelfDescribing: Bool { self == .mpegvideo }
}
