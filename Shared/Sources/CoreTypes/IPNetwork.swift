/// A block of addresses in CIDR notation (RFC 4632, RFC 4291 §2.3); a lone address is a block of one.
public struct IPNetwork: Hashable, Sendable, CustomStringConvertible {
    /// The first address, host bits cleared.
    public let base: IPAddress
    /// Leading bits that must agree: 0…32 for IPv4, 0…128 for IPv6.
    public let prefixLength: Int

    /// Parses `10.0.0.0/8`, `fd00::/8` or a lone address; nil when it is none of them.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let address = IPAddress(first) else { return nil }
        let bits = address.bytes.count * 8
        var length = bits
        if parts.count == 2 {
            guard (1...3).contains(parts[1].utf8.count), parts[1].utf8.allSatisfy({ (48...57).contains($0) }),
                let parsed = Int(parts[1]), parsed <= bits
            else { return nil }
            length = parsed
        }
        let masked = address.bytes.enumerated().map { index, byte in byte & Self.mask(length, byteIndex: index) }
        guard let base = IPAddress(bytes: masked) else { return nil }
        self.base = base
        prefixLength = length
    }

    /// True when `address` is of the same family and inside the block.
    public func contains(_ address: IPAddress) -> Bool {
        guard address.bytes.count == base.bytes.count else { return false }
        return base.bytes.indices.allSatisfy {
            address.bytes[$0] & Self.mask(prefixLength, byteIndex: $0) == base.bytes[$0]
        }
    }

    /// `base/length`.
    public var description: String { "\(base)/\(prefixLength)" }

    private static func mask(_ length: Int, byteIndex: Int) -> UInt8 {
        let bits = min(8, max(0, length - byteIndex * 8))
        return bits == 0 ? 0 : UInt8(truncatingIfNeeded: 0xff << (8 - bits))
    }
}
