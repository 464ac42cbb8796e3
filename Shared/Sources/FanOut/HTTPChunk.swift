import HTTPServer

/// HTTP's chunked transfer coding (RFC 9112 §7.1) with a size field of fixed width, so that a payload's place follows
/// from its frame's.
enum HTTPChunk {
    /// The last chunk.
    static let end: StaticString = "0\r\n\r\n"

    /// Writes `%08x\r\n` to the first 10 bytes of `buffer`.
    static func writeHead(_ count: Int, to buffer: UnsafeMutableRawBufferPointer) {
        for position in 0..<8 {
            let digit = UInt8(truncatingIfNeeded: count >> (28 - 4 * position)) & 15
            buffer[position] = digit < 10 ? 48 + digit : 87 + digit
        }
        buffer[8] = 0x0d
        buffer[9] = 0x0a
    }

    /// One whole chunk around `payload`.
    static func framed(_ payload: [UInt8]) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: StreamRing.headBytes)
        bytes.withUnsafeMutableBytes { writeHead(payload.count, to: $0) }
        return bytes + payload + [0x0d, 0x0a]
    }
}
