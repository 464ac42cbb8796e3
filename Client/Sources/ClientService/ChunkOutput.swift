import EventLoop
import PlayoutCore

/// Where released chunks go. All outputs of a viewer get the same fragments on the same time.
@LoopActor
protocol ChunkOutput: AnyObject {
    /// The next chunk; its `newInit` comes before it when there is one. Must not block.
    func write(_ fragment: OutputTimeline.Fragment, of release: PlayoutBuffer.Release)
    /// Nothing more comes: write out what waits, within a second or two.
    func finish() async
}
