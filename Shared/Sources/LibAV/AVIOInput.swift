import CLibAV

/// libav's byte input over a `ByteSource`. It keeps the source alive and must outlive the demuxer that reads it.
final class AVIOInput {
    private static let bufferSize = 32 << 10

    private final class Box {
        let source: any ByteSource
        init(_ source: any ByteSource) { self.source = source }
    }

    let context: UnsafeMutablePointer<AVIOContext>
    private let box: Unmanaged<Box>

    init(_ source: any ByteSource) throws(AVError) {
        let buffer = try allocated(av_malloc(Self.bufferSize), "allocate an input buffer")
        box = Unmanaged.passRetained(Box(source))
        let context = avio_alloc_context(
            buffer.assumingMemoryBound(to: UInt8.self), Int32(Self.bufferSize), 0, box.toOpaque(),
            { opaque, buffer, size in
                guard let opaque, let buffer, size > 0 else { return p2p_AVERROR_EOF }
                let source = Unmanaged<Box>.fromOpaque(opaque).takeUnretainedValue().source
                let count = source.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: Int(size)))
                // libav takes a plain 0 for "try again" and would spin.
                return count > 0 ? Int32(count) : p2p_AVERROR_EOF
            }, nil, nil)
        guard let context else {
            av_free(buffer)
            box.release()
            throw .outOfMemory("allocate an input context")
        }
        context.pointee.seekable = 0
        self.context = context
    }

    deinit {
        // The buffer may have been replaced by libav while probing, so it is freed where it is now.
        av_freep(&context.pointee.buffer)
        var context: UnsafeMutablePointer<AVIOContext>? = context
        avio_context_free(&context)
        box.release()
    }
}

/// libav's byte output into memory that grows. Write callbacks changed their signature between libav's versions; this
/// way needs none.
struct AVIOBuffer {
    /// Starts collecting what `format` writes.
    static func open(_ format: UnsafeMutablePointer<AVFormatContext>) throws(AVError) {
        try check(avio_open_dyn_buf(&format.pointee.pb), "allocate an output buffer")
    }

    /// Ends collecting and returns what was written since `open`.
    static func close(_ format: UnsafeMutablePointer<AVFormatContext>) -> [UInt8] {
        guard format.pointee.pb != nil else { return [] }
        var bytes: UnsafeMutablePointer<UInt8>?
        let count = avio_close_dyn_buf(format.pointee.pb, &bytes)
        format.pointee.pb = nil
        defer { av_free(bytes) }
        return Array(UnsafeBufferPointer(start: bytes, count: bytes == nil ? 0 : max(0, Int(count))))
    }
}

/// Runs `body` with libav's dictionary of `options`, and frees what libav left in it.
func withOptions(_ options: [String: String], _ body: (inout OpaquePointer?) -> Int32) -> Int32 {
    var dictionary: OpaquePointer?
    for (key, value) in options { av_dict_set(&dictionary, key, value, 0) }
    defer { av_dict_free(&dictionary) }
    return body(&dictionary)
}
