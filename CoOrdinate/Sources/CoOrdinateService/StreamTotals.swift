import EventLoop

/// What all streams of a coordinate have published since its start, those that are gone included.
@LoopActor
final class StreamTotals {
    /// Chunks published.
    var chunks: UInt64 = 0
    /// Their bytes.
    var chunkBytes: UInt64 = 0

    nonisolated init() {}
}
