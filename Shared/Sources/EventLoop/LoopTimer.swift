import CLinux
import CoreTypes

/// A timer of the loop. It stays alive until it fired for the last time or was cancelled, whether or not anybody keeps
/// it; then it lets go of its body, which often holds the timer or its owner.
@LoopActor
public final class LoopTimer {
    let period: UInt64?
    private var body: @LoopActor () -> Void
    var order: UInt64 = 0
    private(set) var isCancelled = false

    private init(delay: UInt64, period: UInt64?, body: @escaping @LoopActor () -> Void) {
        self.period = period
        self.body = body
        LoopActor.shared.executor.timers.add(self, deadline: p2p_monotonic_ns() &+ delay)
    }

    /// Runs `body` once, `milliseconds` from now (0: in the next turn).
    @discardableResult
    public static func after(milliseconds: Int64, _ body: @escaping @LoopActor () -> Void) -> LoopTimer {
        LoopTimer(delay: UInt64(max(0, milliseconds)) &* 1_000_000, period: nil, body: body)
    }

    /// Runs `body` every `milliseconds` (at least 1), the first time after one period.
    @discardableResult
    public static func every(milliseconds: Int64, _ body: @escaping @LoopActor () -> Void) -> LoopTimer {
        let period = UInt64(max(1, milliseconds)) &* 1_000_000
        return LoopTimer(delay: period, period: period, body: body)
    }

    /// Stops it; the body is not called again. May be repeated.
    public func cancel() {
        isCancelled = true
        LoopActor.shared.executor.timers.remove(self)
        body = {}
    }

    func fire() {
        let told = body
        if period == nil { body = {} }
        told()
    }
}
