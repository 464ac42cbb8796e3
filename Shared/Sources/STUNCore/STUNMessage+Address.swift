import CoreTypes

extension STUNMessage {
    /// The value of MAPPED-ADDRESS, RESPONSE-ORIGIN and OTHER-ADDRESS (RFC 8489, 14.1; RFC 5780, 7).
    static func plain(_ address: SocketAddress) -> [UInt8] {
        [0, address.address.isIPv4 ? 1 : 2, UInt8(address.port >> 8), UInt8(address.port & 0xFF)]
            + address.address.bytes
    }

    /// The value of XOR-MAPPED-ADDRESS (RFC 8489, 14.2): translators that rewrite addresses they see do not know it.
    func xored(_ address: SocketAddress) -> [UInt8] { mask(Self.plain(address)) }

    /// The sender's address as the server saw it; nil when the message does not tell it.
    public var mappedAddress: SocketAddress? {
        if let value = value(of: AttributeType.xorMappedAddress) { return Self.address(mask(value)) }
        return value(of: AttributeType.mappedAddress).flatMap(Self.address)
    }

    /// Another address and port of the server, for finding out how a NAT behaves (RFC 5780, 7.4).
    public var otherAddress: SocketAddress? { value(of: AttributeType.otherAddress).flatMap(Self.address) }

    /// Where the answer came from, as the server says (RFC 5780, 7.3).
    public var responseOrigin: SocketAddress? { value(of: AttributeType.responseOrigin).flatMap(Self.address) }

    private func mask(_ value: [UInt8]) -> [UInt8] {
        let cookie = (0..<4).map { UInt8(truncatingIfNeeded: Self.magicCookie >> (24 - 8 * UInt32($0))) }
        let key = cookie + transaction
        guard value.count >= 4, value.count - 4 <= key.count else { return value }
        return [value[0], value[1], value[2] ^ cookie[0], value[3] ^ cookie[1]]
            + zip(value[4...], key).map { $0 ^ $1 }
    }

    private static func address(_ value: [UInt8]) -> SocketAddress? {
        guard value.count == 8 && value[1] == 1 || value.count == 20 && value[1] == 2 else { return nil }
        let port = UInt16(value[2]) << 8 | UInt16(value[3])
        return IPAddress(bytes: Array(value[4...])).map { SocketAddress($0, port) }
    }
}
