import CoreTypes

/// The Data Channel Establishment Protocol: who opens a channel says its name and how its messages travel, the other side
/// acknowledges. Source: RFC 8832, section 5.
public enum DCEPMessage: Hashable, Sendable {
    /// DATA_CHANNEL_OPEN.
    case open(Open)
    /// DATA_CHANNEL_ACK.
    case acknowledgement

    /// What loss does to a channel's messages.
    public enum Reliability: Hashable, Sendable {
        /// Repeated until they arrive.
        case reliable
        /// Repeated at most so many times.
        case retransmissions(UInt32)
        /// Repeated for so many milliseconds.
        case lifetime(milliseconds: UInt32)
    }

    /// A wish to open the channel of the stream that the message came on.
    public struct Open: Hashable, Sendable {
        /// The channel's name, at most `labelBytesMax` bytes of UTF-8.
        public var label: String
        /// The name of the protocol spoken on it, often empty; at most `labelBytesMax` bytes.
        public var subprotocol: String
        /// What happens to lost messages.
        public var reliability: Reliability
        /// Messages arrive in the order of sending.
        public var isOrdered: Bool
        /// Weight among the channels of a link: 128 below normal, 256 normal, 512 high, 1024 extra high.
        public var priority: UInt16

        /// A reliable, unordered channel of normal priority.
        public init(
            label: String, subprotocol: String = "", reliability: Reliability = .reliable, isOrdered: Bool = false,
            priority: UInt16 = 256
        ) {
            self.label = label
            self.subprotocol = subprotocol
            self.reliability = reliability
            self.isOrdered = isOrdered
            self.priority = priority
        }
    }

    /// Why bytes are no message of the protocol.
    public enum ParseError: Error, Hashable, Sendable, CustomStringConvertible {
        /// Shorter or longer than its fields say.
        case wrongLength
        /// A message type or channel type that RFC 8832 does not define.
        case unknownType(UInt8)
        /// A label or subprotocol of more than `labelBytesMax` bytes.
        case nameTooLong(bytes: Int)
        /// A label or subprotocol that is no UTF-8.
        case notUTF8

        /// What is wrong.
        public var description: String {
            switch self {
            case .wrongLength: "a data channel message is not as long as it says"
            case .unknownType(let type): "data channel type \(type) is unknown"
            case .nameTooLong(let bytes): "a data channel's name has \(bytes) bytes, more than \(labelBytesMax)"
            case .notUTF8: "a data channel's name is no UTF-8"
            }
        }
    }

    /// Longest label and longest subprotocol that are taken, in bytes; the protocol itself would allow 65,535.
    public static let labelBytesMax = 256

    private static let headerBytes = 12

    // MARK: Wire

    /// Reads one message. Throws `ParseError`.
    public init(_ bytes: [UInt8]) throws(ParseError) {
        guard let type = bytes.first else { throw .wrongLength }
        if type == 2 {
            guard bytes.count == 1 else { throw .wrongLength }
            self = .acknowledgement
            return
        }
        guard type == 3 else { throw .unknownType(type) }
        guard bytes.count >= Self.headerBytes else { throw .wrongLength }
        let number = { (position: Int) in UInt16(bytes[position]) << 8 | UInt16(bytes[position + 1]) }
        let parameter = UInt32(number(4)) << 16 | UInt32(number(6))
        let reliability: Reliability
        switch bytes[1] & 0x7f {
        case 0: reliability = .reliable
        case 1: reliability = .retransmissions(parameter)
        case 2: reliability = .lifetime(milliseconds: parameter)
        default: throw .unknownType(bytes[1])
        }
        let (labelCount, subprotocolCount) = (Int(number(8)), Int(number(10)))
        guard max(labelCount, subprotocolCount) <= Self.labelBytesMax else {
            throw .nameTooLong(bytes: max(labelCount, subprotocolCount))
        }
        guard bytes.count == Self.headerBytes + labelCount + subprotocolCount else { throw .wrongLength }
        let labelEnd = Self.headerBytes + labelCount
        guard let label = String(validating: bytes[Self.headerBytes..<labelEnd], as: UTF8.self),
            let subprotocol = String(validating: bytes[labelEnd...], as: UTF8.self)
        else { throw .notUTF8 }
        self = .open(
            Open(
                label: label, subprotocol: subprotocol, reliability: reliability, isOrdered: bytes[1] & 0x80 == 0,
                priority: number(2)))
    }

    /// The message's bytes. Names must be of at most 65,535 bytes; `labelBytesMax` is what peers like this one take.
    public var encoded: [UInt8] {
        guard case .open(let open) = self else { return [2] }
        let (type, parameter): (UInt8, UInt32) =
            switch open.reliability {
            case .reliable: (0, 0)
            case .retransmissions(let count): (1, count)
            case .lifetime(let milliseconds): (2, milliseconds)
            }
        let (label, subprotocol) = (open.label.utf8, open.subprotocol.utf8)
        var writer = ByteWriter(capacity: Self.headerBytes + label.count + subprotocol.count)
        writer.write(UInt8(3))
        writer.write(type | (open.isOrdered ? 0 : 0x80))
        writer.write(open.priority)
        writer.write(parameter)
        writer.write(UInt16(clamping: label.count))
        writer.write(UInt16(clamping: subprotocol.count))
        writer.write(label)
        writer.write(subprotocol)
        return writer.bytes
    }
}
