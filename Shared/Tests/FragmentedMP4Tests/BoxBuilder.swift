import CoreTypes
import FragmentedMP4

/// A box with a 32-bit size.
func box(_ type: FourCC, _ parts: [UInt8]...) -> [UInt8] {
    let body = parts.flatMap { $0 }
    var writer = ByteWriter()
    writer.write(UInt32(8 + body.count))
    writer.write(type.rawValue)
    writer.write(body)
    return writer.bytes
}

/// A box with version, flags and 32-bit words.
func fullBox(_ type: FourCC, version: UInt32 = 0, flags: UInt32 = 0, _ words: UInt32...) -> [UInt8] {
    box(type, words32([version << 24 | flags] + words))
}

/// Big-endian 32-bit words.
func words32(_ words: [UInt32]) -> [UInt8] {
    var writer = ByteWriter()
    for word in words { writer.write(word) }
    return writer.bytes
}
