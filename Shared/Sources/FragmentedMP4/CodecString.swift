import CoreTypes

/// The codec strings of MIME types (RFC 6381 §3.3) from the configuration boxes of the codecs.
enum CodecString {
    /// `avc1.PPCCLL`: profile, constraints and level of the decoder configuration (ISO/IEC 14496-15 §5.3.3.1).
    static func h264(_ format: FourCC, _ box: Box) throws(MP4Error) -> String {
        var reader = box.reader
        try reader.skip(1)
        return "\(format)." + hexadecimal(try reader.take(3)).uppercased()
    }

    /// `vp09.PP.LL.DD`: profile, level and bit depth (VP Codec ISO Media File Format Binding 1.0, "Codecs Parameter").
    static func vp9(_ box: Box) throws(MP4Error) -> String {
        var reader = box.reader
        _ = try reader.versionAndFlags()
        let profile: UInt8 = try reader.number()
        let level: UInt8 = try reader.number()
        let depth = try reader.number(UInt8.self) >> 4
        return "vp09.\(twoDigits(profile)).\(twoDigits(level)).\(twoDigits(depth))"
    }

    /// `av01.P.LLT.DD`: profile, level, tier and bit depth (AV1 Codec ISO Media File Format Binding §5).
    static func av1(_ box: Box) throws(MP4Error) -> String {
        var reader = box.reader
        try reader.skip(1)
        let profileAndLevel: UInt8 = try reader.number()
        let bits: UInt8 = try reader.number()
        let isHighBitDepth = bits & 0x40 != 0, isTwelveBit = bits & 0x20 != 0
        let depth: UInt8 = isHighBitDepth ? (isTwelveBit ? 12 : 10) : 8
        let tier = bits & 0x80 == 0 ? "M" : "H"
        return "av01.\(profileAndLevel >> 5).\(twoDigits(profileAndLevel & 31))\(tier).\(twoDigits(depth))"
    }

    /// `mp4a.40.2` for MPEG-4 audio object type 2, `mp4a.6b` for other object types (ISO/IEC 14496-1 §7.2.6).
    static func mpeg4Audio(_ box: Box) throws(MP4Error) -> String {
        var reader = box.reader
        _ = try reader.versionAndFlags()
        try descriptor(3, in: &reader)
        try reader.skip(2)
        let flags: UInt8 = try reader.number()
        if flags & 0x80 != 0 { try reader.skip(2) }
        if flags & 0x40 != 0 { try reader.skip(Int(try reader.number(UInt8.self))) }
        if flags & 0x20 != 0 { try reader.skip(2) }
        try descriptor(4, in: &reader)
        let objectType: UInt8 = try reader.number()
        let prefix = "mp4a." + hexadecimal([objectType])
        guard objectType == 0x40 else { return prefix }
        try reader.skip(12)
        try descriptor(5, in: &reader)
        let first: UInt8 = try reader.number()
        guard first >> 3 == 31 else { return prefix + ".\(first >> 3)" }
        // Object types from 32 on take six more bits (ISO/IEC 14496-3 §1.6.2.1).
        let second: UInt8 = try reader.number()
        return prefix + ".\(32 + (first & 7) << 3 + second >> 5)"
    }

    /// Steps into the descriptor `tag`; its length is 7 bits a byte, four bytes at most (ISO/IEC 14496-1 §8.3.3).
    private static func descriptor(_ tag: UInt8, in reader: inout BoxReader) throws(MP4Error) {
        guard try reader.number(UInt8.self) == tag else { throw .badField("esds", name: "descriptor tag \(tag)") }
        for _ in 0..<4 where try reader.number(UInt8.self) & 0x80 == 0 { return }
        throw .badField("esds", name: "descriptor length")
    }

    private static func twoDigits(_ number: UInt8) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
