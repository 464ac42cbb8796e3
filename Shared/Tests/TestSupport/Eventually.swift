import CoreTypes
import EventLoop

/// A condition did not come true in time.
public struct NotInTime: Error, CustomStringConvertible {
    /// What was waited for.
    public let description: String
}

/// Lets the loop turn until `condition` holds. Throws `NotInTime` after thirty seconds.
@LoopActor
public func eventually(_ what: String = "the condition", _ condition: @LoopActor () -> Bool) async throws {
    let start = Clock.now
    while !condition() {
        guard Clock.now.milliseconds(since: start) < 30_000 else {
            throw NotInTime(description: "not within thirty seconds: \(what)")
        }
        await withCheckedContinuation { done in LoopTimer.after(milliseconds: 5) { done.resume() } }
    }
}
