import CLibAV

/// Turns video that browsers do not play into H.264 (Constrained Baseline, one keyframe a second), one frame in and one
/// frame out. For one thread.
public final class VideoTranscoder {
    /// Where presentation times come from.
    public enum Timing: Sendable {
        /// The packets carry them, in the time base given at init.
        case packets
        /// The source has none (raw MPEG video): pictures follow each other at the bit stream's own rate, the first at
        /// this time of the 90 kHz clock.
        case counted(from: Int64)
    }

    /// Their decoders hold back one picture always, unless told that there are no B-frames.
    private static let codecsOfFixedDelay: Set<String> = ["mpeg1video", "mpeg2video"]
    private static let fallbackRate = Rational(30, 1)
    private static let plausibleRates = 1.0...240.0

    private let parameters: CodecParameters
    private var decoder: FrameDecoder
    private var isReordering: Bool
    private let frame: Frame
    private let timeBase: Rational
    private let timing: Timing
    private let containerRate: Rational?
    private var encoder: H264Encoder?
    private var pictures: Int64 = 0
    private var lastPts = Int64.min
    private var hasSeenBFrame = false

    /// Damaged or undecodable pictures so far.
    public private(set) var damagedFrames = 0
    /// Pictures decoded so far.
    public private(set) var decodedFrames = 0

    /// A transcoder for a stream of `parameters` whose packets count in `timeBase`. Throws when there is no decoder.
    public init(
        _ parameters: CodecParameters, timeBase: Rational, frameRate: Rational?, timing: Timing
    ) throws(AVError) {
        self.parameters = parameters
        isReordering = !Self.codecsOfFixedDelay.contains(parameters.codecName)
        decoder = try FrameDecoder(
            parameters, timeBase: timeBase, purpose: isReordering ? .transcoding : .transcodingWithoutReordering)
        frame = try Frame()
        self.timeBase = timeBase
        self.timing = timing
        containerRate = frameRate
    }

    /// Parameters of the output, whose packets count in the 90 kHz clock; nil until the first picture is decoded.
    public var outputParameters: CodecParameters? { encoder?.parameters }

    /// Frames a second: the bit stream's statement, else the container's, else 30.
    public var frameRate: Rational {
        [decoder.frameRate, containerRate].compactMap { $0 }.first { Self.plausibleRates.contains($0.value) }
            ?? Self.fallbackRate
    }

    /// Transcodes one packet; damaged input yields fewer frames, never an error. Throws when encoding fails.
    public func transcode(_ packet: Packet) throws(AVError) -> [Packet] {
        var packets: [Packet] = []
        if !isReordering, packet.isKeyframe, needsReordering(packet) {
            packets = try exchange(nil)
            isReordering = true
            decoder = try FrameDecoder(parameters, timeBase: timeBase, purpose: .transcoding)
        }
        return packets + (try exchange(packet))
    }

    /// A keyframe that is shown later than decoded tells of B-frames before any is seen; without times, one must be.
    private func needsReordering(_ keyframe: Packet) -> Bool {
        if let pts = keyframe.pts, let dts = keyframe.dts, pts > dts { return true }
        return hasSeenBFrame
    }

    /// What is still held back; the last call.
    public func drain() throws(AVError) -> [Packet] {
        var packets = try exchange(nil)
        if let encoder { packets += try encoder.drain() }
        return packets
    }

    private func exchange(_ packet: Packet?) throws(AVError) -> [Packet] {
        var packets: [Packet] = []
        damagedFrames += try decoder.decode(packet, into: frame) { frame throws(AVError) in
            if frame.isDamaged { damagedFrames += 1 }
            decodedFrames += 1
            if frame.pointer.pointee.pict_type == AV_PICTURE_TYPE_B { hasSeenBFrame = true }
            packets += try openEncoder(like: frame).encode(frame, pts: presentationTime(of: frame))
        }
        return packets
    }

    private func openEncoder(like frame: Frame) throws(AVError) -> H264Encoder {
        if let encoder { return encoder }
        let opened = try H264Encoder(like: frame, frameRate: frameRate)
        encoder = opened
        return opened
    }

    private func presentationTime(of frame: Frame) -> Int64 {
        var pts: Int64
        switch timing {
        case .packets:
            let step = rescale(1, from: frameRate.inverse, to: .ninetyKilohertz)
            let next = lastPts == .min ? 0 : lastPts &+ step
            pts = frame.pts.map { rescale($0, from: timeBase, to: .ninetyKilohertz) } ?? next
        case .counted(let start):
            pts = start &+ rescale(pictures, from: frameRate.inverse, to: .ninetyKilohertz)
        }
        pictures += 1
        // x264 mistreats times that do not rise.
        if pts <= lastPts { pts = lastPts &+ 1 }
        lastPts = pts
        return pts
    }
}
