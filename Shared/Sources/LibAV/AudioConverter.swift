import CLibAV

/// Brings sound of any rate, format and layout to planar float stereo at 48 kHz, and hands it out in blocks. For one
/// thread.
final class AudioConverter {
    static let sampleRate: Int32 = 48_000
    static let channels: Int32 = 2
    static let blockSamples: Int32 = 1024

    private let fifo: OpaquePointer
    private let converted: Frame
    private var resampler: OpaquePointer?
    private var source: (rate: Int32, format: Int32, channels: Int32) = (0, -1, 0)

    init() throws(AVError) {
        converted = try Frame()
        fifo = try allocated(
            av_audio_fifo_alloc(AV_SAMPLE_FMT_FLTP, Self.channels, 4 * Self.blockSamples), "allocate an audio buffer")
    }

    deinit {
        swr_free(&resampler)
        av_audio_fifo_free(fifo)
    }

    /// Samples waiting to be taken.
    var pendingSamples: Int64 { Int64(max(0, av_audio_fifo_size(fifo))) }

    func append(_ frame: Frame) throws(AVError) {
        let layout = frame.pointer.pointee.ch_layout
        // A source that only counts its channels gets their usual order.
        if layout.order == AV_CHANNEL_ORDER_UNSPEC {
            av_channel_layout_default(&frame.pointer.pointee.ch_layout, layout.nb_channels)
        }
        try prepareResampler(for: frame)
        let room = swr_get_out_samples(resampler, frame.pointer.pointee.nb_samples)
        guard room > 0 else { return }
        try allocate(converted, samples: room)
        try check(swr_convert_frame(resampler, converted.pointer, frame.pointer), "convert sound")
        let status = withPlanes(of: converted) { av_audio_fifo_write(fifo, $0, converted.pointer.pointee.nb_samples) }
        try check(status, "buffer sound")
    }

    /// Fills `block` with the next 1024 samples; false when fewer are waiting.
    func take(into block: Frame) throws(AVError) -> Bool {
        guard pendingSamples >= Int64(Self.blockSamples) else { return false }
        try allocate(block, samples: Self.blockSamples)
        try check(withPlanes(of: block) { av_audio_fifo_read(fifo, $0, Self.blockSamples) }, "read buffered sound")
        return true
    }

    private func prepareResampler(for frame: Frame) throws(AVError) {
        let sound = frame.pointer.pointee
        let shape = (sound.sample_rate, sound.format, sound.ch_layout.nb_channels)
        guard resampler == nil || shape != source else { return }
        swr_free(&resampler)
        var target = AVChannelLayout()
        av_channel_layout_default(&target, Self.channels)
        try check(
            swr_alloc_set_opts2(
                &resampler, &target, AV_SAMPLE_FMT_FLTP, Self.sampleRate, &frame.pointer.pointee.ch_layout,
                AVSampleFormat(sound.format), sound.sample_rate, 0, nil), "configure the resampler")
        try check(swr_init(resampler), "start the resampler")
        source = shape
    }

    private func allocate(_ frame: Frame, samples: Int32) throws(AVError) {
        frame.reset()
        frame.pointer.pointee.format = AV_SAMPLE_FMT_FLTP.rawValue
        frame.pointer.pointee.nb_samples = samples
        frame.pointer.pointee.sample_rate = Self.sampleRate
        av_channel_layout_default(&frame.pointer.pointee.ch_layout, Self.channels)
        try check(av_frame_get_buffer(frame.pointer, 0), "allocate sound")
    }

    private func withPlanes(
        of frame: Frame, _ body: (UnsafeMutablePointer<UnsafeMutableRawPointer?>) -> Int32
    ) -> Int32 {
        let data = frame.pointer.pointee.data
        var planes: [UnsafeMutableRawPointer?] = [UnsafeMutableRawPointer(data.0), UnsafeMutableRawPointer(data.1)]
        return body(&planes)
    }
}
