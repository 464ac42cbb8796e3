import CoreTypes

/// One box of an ISO base media file (ISO/IEC 14496-12 §4.2), as a view into the bytes that hold it.
public struct Box: Sendable {
    /// What it is.
    public let type: FourCC
    /// What follows size, type and, for `uuid`, the extended type. Its indices are those of the bytes parsed.
    public let payload: ArraySlice<UInt8>

    /// Most boxes side by side that `children` accepts.
    public static let siblingsMax = 4_096

    /// A reader of the payload.
    var reader: BoxReader { BoxReader(type: type, bytes: payload) }

    /// The boxes inside, after `skip` bytes of fields. Throws `MP4Error`.
    public func children(skipping skip: Int = 0) throws(MP4Error) -> [Box] {
        guard skip >= 0, skip <= payload.count else { throw .truncated(type) }
        return try Self.parse(payload[(payload.startIndex + skip)...], isTopLevel: false)
    }

    /// The first box of `type` inside, after `skip` bytes of fields. Throws `MP4Error`.
    func child(_ wanted: FourCC, skipping skip: Int = 0) throws(MP4Error) -> Box {
        guard let found = try children(skipping: skip).first(where: { $0.type == wanted }) else {
            throw .missing(wanted, in: type)
        }
        return found
    }

    /// The boxes that fill `bytes` side by side; nothing is entered, so no nesting can exhaust the stack.
    /// - Parameters:
    ///   - bytes: whole boxes, back to back.
    ///   - isTopLevel: only there may a last box have size 0, which means "to the end" (§4.2).
    /// Throws `MP4Error`.
    public static func parse(_ bytes: ArraySlice<UInt8>, isTopLevel: Bool) throws(MP4Error) -> [Box] {
        var boxes: [Box] = []
        var rest = bytes
        while !rest.isEmpty {
            guard boxes.count < siblingsMax else { throw .tooMany("box", limit: siblingsMax) }
            boxes.append(try first(of: &rest, isTopLevel: isTopLevel))
        }
        return boxes
    }

    private static func first(of rest: inout ArraySlice<UInt8>, isTopLevel: Bool) throws(MP4Error) -> Box {
        var reader = BoxReader(type: "size", bytes: rest)
        var size = UInt64(try reader.number(UInt32.self))
        let type = FourCC(rawValue: try reader.number())
        reader.type = type
        if size == 1 {
            size = try reader.number()
        } else if size == 0 {
            guard isTopLevel else { throw .badBoxSize(type, size: 0) }
            size = UInt64(rest.count)
        }
        if type == "uuid" { try reader.skip(16) }
        guard size >= UInt64(reader.offset) else { throw .badBoxSize(type, size: size) }
        guard size <= UInt64(rest.count) else { throw .boxOverrun(type, size: size, available: rest.count) }
        let end = rest.startIndex + Int(size)
        defer { rest = rest[end...] }
        return Box(type: type, payload: rest[(rest.startIndex + reader.offset)..<end])
    }
}

/// Reads the fields of one box; running out of bytes names the box.
struct BoxReader {
    var type: FourCC
    private var reader: ByteReader
    private let start: Int

    init(type: FourCC, bytes: ArraySlice<UInt8>) {
        self.type = type
        reader = ByteReader(bytes)
        start = bytes.startIndex
    }

    /// Bytes read so far.
    var offset: Int { reader.offset }

    /// Bytes not yet read.
    var remaining: Int { reader.remaining }

    /// Index of the next byte in the bytes that were parsed.
    var index: Int { start + reader.offset }

    mutating func number<Number: FixedWidthInteger & UnsignedInteger>(
        _ type: Number.Type = Number.self
    ) throws(MP4Error) -> Number {
        do { return try reader.read(type) } catch { throw MP4Error.truncated(self.type) }
    }

    mutating func skip(_ count: Int) throws(MP4Error) { _ = try take(count) }

    mutating func take(_ count: Int) throws(MP4Error) -> ArraySlice<UInt8> {
        do { return try reader.slice(count) } catch { throw MP4Error.truncated(type) }
    }

    /// Version and flags of a full box (ISO/IEC 14496-12 §4.2).
    mutating func versionAndFlags() throws(MP4Error) -> (version: UInt8, flags: UInt32) {
        let word: UInt32 = try number()
        return (UInt8(truncatingIfNeeded: word >> 24), word & 0xff_ffff)
    }
}
