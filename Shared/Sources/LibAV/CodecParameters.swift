import CLibAV

/// What a stream carries.
public enum MediaKind: Sendable, Hashable {
    /// Pictures.
    case video
    /// Sound.
    case audio
    /// Subtitles, data, attachments.
    case other
}

/// The coded parameters of one stream or track. For one thread; `init(copying:)` makes an independent copy.
public final class CodecParameters {
    let pointer: UnsafeMutablePointer<AVCodecParameters>

    /// Empty parameters. Throws when memory is out.
    init() throws(AVError) { pointer = try allocated(avcodec_parameters_alloc(), "allocate codec parameters") }

    /// An independent copy. Throws when memory is out.
    public convenience init(copying other: CodecParameters) throws(AVError) {
        try self.init(other.pointer)
    }

    convenience init(_ source: UnsafePointer<AVCodecParameters>) throws(AVError) {
        try self.init()
        try check(avcodec_parameters_copy(pointer, source), "copy codec parameters")
    }

    convenience init(encoder: UnsafePointer<AVCodecContext>) throws(AVError) {
        try self.init()
        try check(avcodec_parameters_from_context(pointer, encoder), "copy an encoder's parameters")
    }

    convenience init(_ source: UnsafeMutablePointer<AVCodecParameters>) throws(AVError) {
        try self.init(UnsafePointer(source))
    }

    deinit {
        var pointer: UnsafeMutablePointer<AVCodecParameters>? = pointer
        avcodec_parameters_free(&pointer)
    }

    /// Pictures, sound or something else.
    public var kind: MediaKind {
        switch pointer.pointee.codec_type {
        case AVMEDIA_TYPE_VIDEO: .video
        case AVMEDIA_TYPE_AUDIO: .audio
        default: .other
        }
    }

    /// libav's name of the codec, such as `h264`, `aac`, `mpeg1video`.
    public var codecName: String { String(cString: avcodec_get_name(pointer.pointee.codec_id)) }

    /// The codec's own profile number; nil when unknown.
    public var profile: Int? {
        get { pointer.pointee.profile >= 0 ? Int(pointer.pointee.profile) : nil }
        set { pointer.pointee.profile = newValue.map { Int32(clamping: $0) } ?? -99 }
    }

    /// The codec's own level number; nil when unknown.
    public var level: Int? {
        get { pointer.pointee.level >= 0 ? Int(pointer.pointee.level) : nil }
        set { pointer.pointee.level = newValue.map { Int32(clamping: $0) } ?? -99 }
    }

    /// libav's name of the pixel format, such as `yuv420p`; nil for sound and when unknown.
    public var pixelFormat: String? {
        guard kind == .video, pointer.pointee.format >= 0 else { return nil }
        return av_get_pix_fmt_name(AVPixelFormat(pointer.pointee.format)).map { String(cString: $0) }
    }

    /// Picture width in pixels; 0 when unknown.
    public var width: Int {
        get { Int(pointer.pointee.width) }
        set { pointer.pointee.width = Int32(clamping: newValue) }
    }

    /// Picture height in pixels; 0 when unknown.
    public var height: Int {
        get { Int(pointer.pointee.height) }
        set { pointer.pointee.height = Int32(clamping: newValue) }
    }

    /// Samples a second; 0 when unknown.
    public var sampleRate: Int {
        get { Int(pointer.pointee.sample_rate) }
        set { pointer.pointee.sample_rate = Int32(clamping: newValue) }
    }

    /// Channels; 0 when unknown. Setting it chooses the codec's usual layout for that many.
    public var channels: Int {
        get { Int(pointer.pointee.ch_layout.nb_channels) }
        set {
            av_channel_layout_uninit(&pointer.pointee.ch_layout)
            av_channel_layout_default(&pointer.pointee.ch_layout, Int32(clamping: newValue))
        }
    }

    /// Samples in each coded frame; 0 when they vary or are unknown.
    public var frameSamples: Int {
        get { Int(pointer.pointee.frame_size) }
        set { pointer.pointee.frame_size = Int32(clamping: newValue) }
    }

    /// The codec's configuration outside the frames (avcC or Annex B parameter sets, AudioSpecificConfig, av1C …).
    public var extradata: [UInt8] {
        guard let data = pointer.pointee.extradata, pointer.pointee.extradata_size > 0 else { return [] }
        return Array(UnsafeBufferPointer(start: data, count: Int(pointer.pointee.extradata_size)))
    }

    /// Replaces `extradata`. Throws when memory is out.
    public func setExtradata(_ bytes: [UInt8]) throws(AVError) {
        let room = bytes.count + Int(AV_INPUT_BUFFER_PADDING_SIZE)
        let memory = try allocated(av_mallocz(room), "allocate codec configuration")
        memory.copyMemory(from: bytes, byteCount: bytes.count)
        av_freep(&pointer.pointee.extradata)
        pointer.pointee.extradata = memory.assumingMemoryBound(to: UInt8.self)
        pointer.pointee.extradata_size = Int32(clamping: bytes.count)
    }

    /// Forgets the tag of the container it came from, which another container may not allow.
    func clearTag() { pointer.pointee.codec_tag = 0 }
}
