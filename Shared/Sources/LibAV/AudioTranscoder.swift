import CLibAV

/// Turns sound that browsers do not play into AAC-LC, 48 kHz stereo, 128 kbit/s. For one thread.
public final class AudioTranscoder {
    /// Seconds per tick of the output's packets.
    public static let outputTimeBase = Rational(1, AudioConverter.sampleRate)
    /// A clock difference that is mended; less is a source's rounding. In samples at 48 kHz (100 ms).
    private static let resyncSamples: Int64 = 4_800

    private let decoder: FrameDecoder
    private let encoder: FrameEncoder
    private let converter: AudioConverter
    private let frame: Frame
    private let block: Frame
    private let timeBase: Rational
    private var nextPts: Int64?

    /// Parameters of the output.
    public var outputParameters: CodecParameters { encoder.parameters }
    /// Frames that could not be decoded so far.
    public private(set) var damagedFrames = 0

    /// A transcoder for a stream of `parameters` whose packets count in `timeBase`. Throws when there is no decoder.
    public init(_ parameters: CodecParameters, timeBase: Rational) throws(AVError) {
        decoder = try FrameDecoder(parameters, timeBase: timeBase, purpose: .transcoding)
        converter = try AudioConverter()
        frame = try Frame()
        block = try Frame()
        self.timeBase = timeBase
        encoder = try .aac(bitsPerSecond: 128_000)
    }

    /// Transcodes one packet; damaged input yields less sound, never an error. Throws when encoding fails.
    public func transcode(_ packet: Packet) throws(AVError) -> [Packet] { try exchange(packet) }

    /// What is still held back, short of a last incomplete block; the last call.
    public func drain() throws(AVError) -> [Packet] {
        var packets = try exchange(nil)
        packets += try encoder.encode(nil)
        return packets
    }

    private func exchange(_ packet: Packet?) throws(AVError) -> [Packet] {
        var packets: [Packet] = []
        damagedFrames += try decoder.decode(packet, into: frame) { frame throws(AVError) in
            guard frame.pointer.pointee.sample_rate > 0, frame.pointer.pointee.ch_layout.nb_channels > 0 else { return }
            synchronize(with: frame)
            try converter.append(frame)
            while try converter.take(into: block) {
                let pts = nextPts ?? 0
                block.pointer.pointee.pts = pts
                nextPts = pts &+ Int64(AudioConverter.blockSamples)
                packets += try encoder.encode(block)
            }
        }
        return packets
    }

    private func synchronize(with frame: Frame) {
        guard let pts = frame.pts else { return }
        let expected = rescale(pts, from: timeBase, to: Self.outputTimeBase) &- converter.pendingSamples
        if let nextPts, (expected &- nextPts).magnitude <= UInt64(Self.resyncSamples) { return }
        nextPts = expected
    }
}
