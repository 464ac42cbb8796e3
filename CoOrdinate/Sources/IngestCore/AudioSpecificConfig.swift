/// The two bytes by which an AAC decoder is configured. Source: ISO/IEC 14496-3, 1.6.2.1.
public struct AudioSpecificConfig: Sendable, Hashable {
    /// Sample rates by index.
    public static let sampleRates = [
        96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
    ]

    /// Audio object type 1…30; 2 is AAC-LC.
    public let objectType: UInt8
    /// Index into `sampleRates`.
    public let rateIndex: UInt8
    /// Channel configuration 0…15, of which 1…7 are in use; 0 means that the frames say it.
    public let channelConfiguration: UInt8

    init(objectType: UInt8, rateIndex: UInt8, channelConfiguration: UInt8) {
        self.objectType = objectType
        self.rateIndex = rateIndex
        self.channelConfiguration = channelConfiguration
    }

    /// AAC-LC of a sample rate and 1…8 channels; nil for a rate or count without an index.
    public init?(sampleRate: Int, channels: Int) {
        guard let index = Self.sampleRates.firstIndex(of: sampleRate) else { return nil }
        guard (1...6).contains(channels) || channels == 8 else { return nil }
        self.init(
            objectType: 2, rateIndex: UInt8(index), channelConfiguration: channels == 8 ? 7 : UInt8(channels))
    }

    /// Reads the fixed part of a coded configuration; nil for escape codes, which no live encoder uses.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count >= 2 else { return nil }
        let type = bytes[0] >> 3, index = (bytes[0] & 7) << 1 | bytes[1] >> 7
        guard (1...30).contains(type), Int(index) < Self.sampleRates.count else { return nil }
        self.init(objectType: type, rateIndex: index, channelConfiguration: bytes[1] >> 3 & 0x0f)
    }

    /// Samples a second of the core coder (HE-AAC plays at twice that).
    public var sampleRate: Int { Self.sampleRates[Int(rateIndex)] }

    /// Channels; 0 when the frames say it or the configuration is reserved.
    public var channels: Int {
        switch channelConfiguration {
        case 1...6: Int(channelConfiguration)
        case 7: 8
        default: 0
        }
    }

    /// The coded form.
    public var bytes: [UInt8] {
        [objectType << 3 | rateIndex >> 1, (rateIndex & 1) << 7 | channelConfiguration << 3]
    }
}
