import CoreTypes

/// Answers Binding requests: tells each sender the address it comes from (RFC 8489), and with two addresses of its own
/// lets a client find out how its NAT maps and filters (RFC 5780). A pure value without state: an answer is never much
/// larger than its request, and nothing is remembered.
public struct STUNResponder: Sendable {
    /// An answer and the address of the server's that it must leave from.
    public struct Answer: Equatable, Sendable {
        /// The datagram.
        public let bytes: [UInt8]
        /// One of the server's own addresses.
        public let from: SocketAddress
    }

    /// The server's second address, whose IP address and port both differ from the first one's.
    public let alternate: SocketAddress?
    private let primary: SocketAddress

    /// A responder at `primary`. With `alternate` the server listens at all four combinations of both addresses and
    /// both ports; its IP address and port must then differ from those of `primary`.
    public init(primary: SocketAddress, alternate: SocketAddress? = nil) {
        self.primary = primary
        self.alternate = alternate
    }

    /// The answer to a datagram that came from `client` to `local`, one of the server's addresses; nil for whatever is
    /// no request that can be answered.
    public func answer(_ datagram: [UInt8], from client: SocketAddress, to local: SocketAddress) -> Answer? {
        if let answer = classicAnswer(datagram, to: client) { return Answer(bytes: answer, from: local) }
        guard let request = try? STUNMessage(datagram), request.kind == .request,
            request.method == STUNMessage.binding
        else { return nil }
        let unknown = request.attributes.map(\.type).filter { $0 < 0x8000 && !understands($0) }
        guard unknown.isEmpty else { return Answer(bytes: refusal(request, unknown), from: local) }
        var answer = STUNMessage(
            .success, transaction: request.transaction, hasFingerprint: request.hasFingerprint)
        answer.attributes = [
            STUNMessage.Attribute(type: STUNMessage.AttributeType.xorMappedAddress, value: answer.xored(client))
        ]
        guard let alternate else { return Answer(bytes: answer.encoded, from: local) }
        let flags = request.value(of: STUNMessage.AttributeType.changeRequest).flatMap { $0.count == 4 ? $0[3] : nil }
        let other = opposite(of: local, alternate)
        // CHANGE-REQUEST (RFC 5780, 7.2): 4 changes the address, 2 the port.
        let origin = SocketAddress(
            (flags ?? 0) & 4 == 0 ? local.address : other.address, (flags ?? 0) & 2 == 0 ? local.port : other.port)
        answer.attributes += [
            STUNMessage.Attribute(type: STUNMessage.AttributeType.responseOrigin, value: STUNMessage.plain(origin)),
            STUNMessage.Attribute(type: STUNMessage.AttributeType.otherAddress, value: STUNMessage.plain(other)),
        ]
        return Answer(bytes: answer.encoded, from: origin)
    }

    /// The answer to a bare Binding request of RFC 3489, whose transaction has 16 bytes and no magic cookie: libnice still
    /// asks like that. Such a client knows MAPPED-ADDRESS only (RFC 8489, section 11).
    private func classicAnswer(_ datagram: [UInt8], to client: SocketAddress) -> [UInt8]? {
        guard datagram.count == STUNMessage.headerBytes, datagram[..<4] == [0, 1, 0, 0],
            (try? STUNMessage(datagram)) == nil
        else { return nil }
        let value = STUNMessage.plain(client)
        var writer = ByteWriter()
        writer.write(STUNMessage.Class.success.rawValue | STUNMessage.binding)
        writer.write(UInt16(4 + value.count))
        writer.write(datagram[4...])
        writer.write(STUNMessage.AttributeType.mappedAddress)
        writer.write(UInt16(value.count))
        writer.write(value)
        return writer.bytes
    }

    /// MAPPED-ADDRESS is of no use in a request; names and proofs of RFC 8489, 14.3 to 14.10, need not be checked by a
    /// server that everybody may ask.
    private static let ignored: Set<UInt16> = [0x0001, 0x0006, 0x0008, 0x0014, 0x0015, 0x001C, 0x001D, 0x001E]

    private func understands(_ type: UInt16) -> Bool {
        Self.ignored.contains(type) || type == STUNMessage.AttributeType.changeRequest && alternate != nil
    }

    private func opposite(of local: SocketAddress, _ alternate: SocketAddress) -> SocketAddress {
        SocketAddress(
            local.address == primary.address ? alternate.address : primary.address,
            local.port == primary.port ? alternate.port : primary.port)
    }

    /// 420: the request holds attributes that must be understood and are not; the answer names up to eight of them.
    private func refusal(_ request: STUNMessage, _ unknown: [UInt16]) -> [UInt8] {
        var types = ByteWriter()
        for type in unknown.prefix(8) { types.write(type) }
        let reason = [0, 0, 4, 20] + Array("Unknown Attribute".utf8)
        return STUNMessage(
            .failure, transaction: request.transaction,
            attributes: [
                STUNMessage.Attribute(type: STUNMessage.AttributeType.errorCode, value: reason),
                STUNMessage.Attribute(type: STUNMessage.AttributeType.unknownAttributes, value: types.bytes),
            ], hasFingerprint: request.hasFingerprint
        ).encoded
    }
}
