import IngestCore
import LibAV

/// Follows the codec parameters of a track that is passed on untouched: strips what MP4 keeps elsewhere (ADTS), and
/// notices when the publisher changes them in mid-stream. For one thread.
final class ParameterWatch {
    /// The parameters in force, or next in force after a change was reported.
    private(set) var parameters: CodecParameters
    private let isH264: Bool
    private let isAAC: Bool
    private var configuration: [UInt8]
    /// Announced beside the packets, and waiting for a keyframe.
    private var announced: [UInt8]?

    init(_ parameters: CodecParameters) throws(AVError) {
        self.parameters = try CodecParameters(copying: parameters)
        isH264 = parameters.codecName == "h264"
        isAAC = parameters.codecName == "aac"
        configuration = parameters.extradata
        if isAAC, configuration.isEmpty { try assumeAACConfiguration() }
    }

    /// The parameters when they suffice for an init segment.
    var complete: CodecParameters? {
        let needsConfiguration = isH264 || isAAC
        return needsConfiguration && configuration.isEmpty ? nil : parameters
    }

    /// Looks at the next packet, and cuts an ADTS header off it. True when the parameters change with this packet.
    func inspect(_ packet: Packet) throws(PackagerError) -> Bool {
        if let announced = packet.newExtradata { self.announced = announced }
        if isAAC, let header = packet.withBytes({ ADTSHeader($0) }) {
            packet.removeFirst(header.headerBytes)
            return try libav { () throws(AVError) in try adopt(header.configuration) }
        }
        if isH264, packet.isKeyframe, isAnnexB {
            let sets = packet.withBytes { H264ParameterSets.scan($0) }
            if !sets.isEmpty { announced = sets }
        }
        guard let next = announced, isAAC || !isVideo || packet.isKeyframe else { return false }
        announced = nil
        return try adopt(next)
    }

    private var isVideo: Bool { parameters.kind == .video }

    /// Annex B configuration starts with a start code, avcC with version 1.
    private var isAnnexB: Bool { configuration.first != 1 }

    private func adopt(_ next: [UInt8]) throws(PackagerError) -> Bool {
        guard next != configuration else { return false }
        let changed = try libav { () throws(AVError) in try CodecParameters(copying: parameters) }
        try libav { () throws(AVError) in try changed.setExtradata(next) }
        if isH264, let nal = H264ParameterSets.firstSPS(in: next), let sps = H264SequenceParameters(nal: nal) {
            guard sps.isCopied else {
                throw .unsupportedChange(
                    "the publisher changed to H.264 profile \(sps.profile), which needs transcoding; publish again")
            }
            changed.width = sps.width
            changed.height = sps.height
            changed.profile = sps.profile
            changed.level = sps.level
        }
        if isAAC, let audio = AudioSpecificConfig(next) {
            changed.sampleRate = audio.sampleRate
            if audio.channels > 0 { changed.channels = audio.channels }
        }
        parameters = changed
        configuration = next
        return true
    }

    private func adopt(_ audio: AudioSpecificConfig) throws(AVError) -> Bool {
        guard audio.bytes != configuration else { return false }
        let changed = try CodecParameters(copying: parameters)
        try changed.setExtradata(audio.bytes)
        changed.sampleRate = audio.sampleRate
        changed.frameSamples = 1024
        if audio.channels > 0 { changed.channels = audio.channels }
        parameters = changed
        configuration = audio.bytes
        return true
    }

    /// MPEG-TS states the AAC configuration only in the frames, but a header may be due before the first of them. HE-AAC
    /// is probed by what it decodes to; ADTS states the core's rate and channels.
    private func assumeAACConfiguration() throws(AVError) {
        let (he, heVersion2) = (4, 28)
        let isHE = parameters.profile == he || parameters.profile == heVersion2
        let rate = isHE ? parameters.sampleRate / 2 : parameters.sampleRate
        let channels = parameters.profile == heVersion2 ? 1 : parameters.channels
        guard let assumed = AudioSpecificConfig(sampleRate: rate, channels: channels) else { return }
        _ = try adopt(assumed)
    }
}
