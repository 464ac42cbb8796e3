/// Times on the broadcast clock: 90 kHz ticks that never go back within a stream, over all its publisher sessions.
public enum BroadcastTime {
    /// Where a stream's clock starts: 1 s. Sound may lead the first keyframe, and a decode time below zero would be
    /// read as a huge unsigned one.
    public static let start: Int64 = 90_000

    /// `milliseconds` in ticks.
    public static func ticks(milliseconds: Int) -> Int64 { Int64(milliseconds) &* 90 }
}
