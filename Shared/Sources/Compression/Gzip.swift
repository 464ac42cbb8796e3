import CZlib

/// The content coding `gzip` (RFC 1952), for what is compressed once and sent many times.
public enum Gzip {
    /// The bytes at the highest level; nil when they are too many for one call (4 GiB) or memory is out.
    public static func compressed(_ bytes: [UInt8]) -> [UInt8]? {
        var stream = z_stream()
        guard let count = UInt32(exactly: bytes.count), p2p_gzip_init(&stream, Z_BEST_COMPRESSION) == Z_OK else {
            return nil
        }
        defer { deflateEnd(&stream) }
        let bound = deflateBound(&stream, UInt(count))
        guard let room = UInt32(exactly: bound) else { return nil }
        var isWhole = false
        let output = [UInt8](unsafeUninitializedCapacity: Int(room)) { output, written in
            bytes.withUnsafeBufferPointer { input in
                // zlib reads its input, whatever the type says.
                stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                stream.avail_in = count
                stream.next_out = output.baseAddress
                stream.avail_out = room
                isWhole = deflate(&stream, Z_FINISH) == Z_STREAM_END
                written = isWhole ? Int(stream.total_out) : 0
            }
        }
        return isWhole ? output : nil
    }
}
