import CoreTypes

/// A STUN message: its header and its attributes in order. Source: RFC 8489, sections 5 and 14.
public struct STUNMessage: Hashable, Sendable {
    /// What a message is, the two class bits.
    public enum Class: UInt16, Sendable, CaseIterable {
        /// Wants an answer.
        case request = 0x000
        /// Wants none.
        case indication = 0x010
        /// The answer to a request that was understood.
        case success = 0x100
        /// The answer to one that was not.
        case failure = 0x110
    }

    /// One attribute with its value, without padding.
    public struct Attribute: Hashable, Sendable {
        /// Its type; below 0x8000 a receiver must understand it.
        public let type: UInt16
        /// Its value.
        public let value: [UInt8]

        /// An attribute.
        public init(type: UInt16, value: [UInt8]) {
            self.type = type
            self.value = value
        }
    }

    /// The attributes in use here.
    public enum AttributeType {
        static let mappedAddress: UInt16 = 0x0001
        static let changeRequest: UInt16 = 0x0003
        static let errorCode: UInt16 = 0x0009
        static let unknownAttributes: UInt16 = 0x000A
        static let xorMappedAddress: UInt16 = 0x0020
        static let fingerprint: UInt16 = 0x8028
        static let responseOrigin: UInt16 = 0x802B
        static let otherAddress: UInt16 = 0x802C
    }

    /// Why bytes are no STUN message.
    public enum ParseError: Error, Equatable, Sendable, CustomStringConvertible {
        /// Too short, or not as long as its header says.
        case wrongLength
        /// The first two bits or the magic cookie are not STUN's.
        case notSTUN
        /// An attribute exceeds the message.
        case truncatedAttribute
        /// The checksum is wrong, or something follows it.
        case badFingerprint

        /// What is wrong.
        public var description: String {
            switch self {
            case .wrongLength: "the length is not what the header says"
            case .notSTUN: "this is no STUN message"
            case .truncatedAttribute: "an attribute exceeds the message"
            case .badFingerprint: "the fingerprint is wrong"
            }
        }
    }

    /// The method of Binding requests.
    public static let binding: UInt16 = 0x001
    /// The fixed field of every message.
    public static let magicCookie: UInt32 = 0x2112_A442
    /// Bytes of the header.
    public static let headerBytes = 20
    /// Longest message that is read: what fits any path.
    public static let bytesMax = 1_280

    private static let fingerprintMask: UInt32 = 0x5354_554E

    /// Its class.
    public let kind: Class
    /// Its method, 12 bits.
    public let method: UInt16
    /// Twelve bytes that an answer repeats.
    public let transaction: [UInt8]
    /// In the order of the message; the fingerprint is none of them.
    public var attributes: [Attribute]
    /// It ended in a right fingerprint, or will when it is encoded.
    public var hasFingerprint: Bool

    /// A message of a transaction of 12 bytes.
    public init(
        _ kind: Class, method: UInt16 = binding, transaction: [UInt8], attributes: [Attribute] = [],
        hasFingerprint: Bool = false
    ) {
        self.kind = kind
        self.method = method & 0xFFF
        self.transaction = transaction
        self.attributes = attributes
        self.hasFingerprint = hasFingerprint
    }

    /// The first value of an attribute.
    public func value(of type: UInt16) -> [UInt8]? { attributes.first { $0.type == type }?.value }

    // MARK: Wire

    /// Reads one datagram. Throws `ParseError`.
    public init(_ bytes: [UInt8]) throws(ParseError) {
        guard bytes.count >= Self.headerBytes, bytes.count <= Self.bytesMax, bytes.count % 4 == 0 else {
            throw .wrongLength
        }
        let type = UInt16(bytes[0]) << 8 | UInt16(bytes[1])
        guard type & 0xC000 == 0, Self.number(bytes, at: 4) == Self.magicCookie,
            let kind = Class(rawValue: type & 0x110)
        else { throw .notSTUN }
        guard Int(bytes[2]) << 8 | Int(bytes[3]) == bytes.count - Self.headerBytes else { throw .wrongLength }
        self.kind = kind
        // The class bits stand between the method's (RFC 8489, figure 3).
        method = type & 0x000F | (type & 0x00E0) >> 1 | (type & 0x3E00) >> 2
        transaction = Array(bytes[8..<20])
        attributes = []
        hasFingerprint = false
        var position = Self.headerBytes
        while position < bytes.count {
            guard !hasFingerprint else { throw .badFingerprint }
            let type = UInt16(bytes[position]) << 8 | UInt16(bytes[position + 1])
            let length = Int(bytes[position + 2]) << 8 | Int(bytes[position + 3])
            guard position + 4 + length <= bytes.count else { throw .truncatedAttribute }
            let value = Array(bytes[(position + 4)..<(position + 4 + length)])
            if type == AttributeType.fingerprint {
                guard length == 4, Self.number(value, at: 0) == Self.fingerprint(of: bytes[..<position]) else {
                    throw .badFingerprint
                }
                hasFingerprint = true
            } else {
                attributes.append(Attribute(type: type, value: value))
            }
            position += 4 + (length + 3) / 4 * 4
        }
    }

    /// The datagram.
    public var encoded: [UInt8] {
        var body = ByteWriter()
        for attribute in attributes {
            body.write(attribute.type)
            body.write(UInt16(attribute.value.count))
            body.write(attribute.value)
            body.write(repeatElement(0, count: (4 - attribute.value.count % 4) % 4))
        }
        var writer = ByteWriter()
        writer.write(kind.rawValue | method & 0x000F | (method & 0x0070) << 1 | (method & 0x0F80) << 2)
        writer.write(UInt16(body.bytes.count + (hasFingerprint ? 8 : 0)))
        writer.write(Self.magicCookie)
        writer.write(transaction)
        writer.write(body.bytes)
        if hasFingerprint {
            let fingerprint = Self.fingerprint(of: writer.bytes[...])
            writer.write(AttributeType.fingerprint)
            writer.write(UInt16(4))
            writer.write(fingerprint)
        }
        return writer.bytes
    }

    private static func fingerprint(of bytes: ArraySlice<UInt8>) -> UInt32 {
        CRC32.checksum(bytes) ^ fingerprintMask
    }

    private static func number(_ bytes: [UInt8], at position: Int) -> UInt32 {
        bytes[position..<(position + 4)].reduce(0) { $0 << 8 | UInt32($1) }
    }
}
