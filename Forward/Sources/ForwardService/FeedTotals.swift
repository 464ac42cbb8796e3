import EventLoop

/// What all feeds of a forward have done since its start, those that are gone included.
@LoopActor
final class FeedTotals {
    /// Chunks received from upstreams.
    var chunksReceived: UInt64 = 0
    /// Pulls that broke or were refused.
    var reconnects: UInt64 = 0

    nonisolated init() {}
}
