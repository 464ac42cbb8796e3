/// Reads bits, most significant first, from the payload of an H.264 NAL unit, skipping emulation prevention bytes.
/// Source: ITU-T H.264, 7.3.1 and 9.1.
struct BitReader {
    /// The payload ended, or a number is longer than 32 bits.
    struct Malformed: Error {}

    private let bytes: [UInt8]
    private var position = 0

    init(nal: some Collection<UInt8>) {
        var bytes: [UInt8] = []
        var zeros = 0
        for byte in nal {
            if zeros >= 2, byte == 3 {
                zeros = 0
                continue
            }
            zeros = byte == 0 ? zeros + 1 : 0
            bytes.append(byte)
        }
        self.bytes = bytes
    }

    mutating func bit() throws(Malformed) -> Bool {
        guard position < bytes.count * 8 else { throw Malformed() }
        defer { position += 1 }
        return bytes[position >> 3] >> (7 - UInt8(position & 7)) & 1 == 1
    }

    mutating func bits(_ count: Int) throws(Malformed) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<count { value = value << 1 | (try bit() ? 1 : 0) }
        return value
    }

    /// An unsigned Exp-Golomb number.
    mutating func unsigned() throws(Malformed) -> UInt32 {
        var zeros = 0
        while try !bit() {
            zeros += 1
            guard zeros < 32 else { throw Malformed() }
        }
        return (UInt32(1) << UInt32(zeros)) - 1 &+ (try bits(zeros))
    }

    /// A signed Exp-Golomb number.
    mutating func signed() throws(Malformed) -> Int32 {
        let code = try unsigned()
        let magnitude = Int32(bitPattern: code / 2 + code % 2)
        return code % 2 == 1 ? magnitude : -magnitude
    }
}
