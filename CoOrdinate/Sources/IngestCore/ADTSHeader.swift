/// The header before each AAC frame in MPEG-TS and raw AAC. Source: ISO/IEC 14496-3, 1.A.2.2.
public struct ADTSHeader: Sendable, Hashable {
    /// Bytes of the header: 7, or 9 with a checksum.
    public let headerBytes: Int
    /// Bytes of header and frame together.
    public let frameBytes: Int
    /// Audio object type 1…4; 2 is AAC-LC.
    public let objectType: UInt8
    /// Index into the table of sample rates, 0…12.
    public let rateIndex: UInt8
    /// Channel configuration 0…7; 0 means that the frame itself says it.
    public let channelConfiguration: UInt8

    /// Reads the header at the start of `bytes`; nil when there is none.
    public init?(_ bytes: some RandomAccessCollection<UInt8>) {
        let head = Array(bytes.prefix(7))
        // Sync word of 12 bits, then layer, which is always 0.
        guard head.count == 7, head[0] == 0xff, head[1] & 0xf6 == 0xf0 else { return nil }
        headerBytes = head[1] & 1 == 1 ? 7 : 9
        objectType = (head[2] >> 6) + 1
        rateIndex = (head[2] >> 2) & 0x0f
        channelConfiguration = (head[2] & 1) << 2 | head[3] >> 6
        frameBytes = Int(head[3] & 3) << 11 | Int(head[4]) << 3 | Int(head[5] >> 5)
        guard Int(rateIndex) < AudioSpecificConfig.sampleRates.count, frameBytes >= headerBytes else { return nil }
    }

    /// The same statement in the form that MP4 needs.
    public var configuration: AudioSpecificConfig {
        AudioSpecificConfig(
            objectType: objectType, rateIndex: rateIndex, channelConfiguration: channelConfiguration)
    }
}
