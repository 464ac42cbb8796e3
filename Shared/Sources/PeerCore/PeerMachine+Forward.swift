import CoreTypes

/// The one connection to a forward.
extension PeerMachine {
    /// How long a connection that carries a stripe too many goes on, in milliseconds: the others often follow.
    private static let tooManyMs: Int64 = 500

    /// The forward sends (again).
    public mutating func forwardOpened(now: PeerTime) {
        forward.isOpen = true
        inits.forget(.forward)
    }

    /// The connection is down; whoever keeps it makes another.
    public mutating func forwardClosed(now: PeerTime) { forward.isOpen = false }

    /// The forward has no room for this viewer's reason until `retryMs` from now.
    public mutating func forwardRefused(retryMs: Int64, now: PeerTime) {
        forward.isOpen = false
        let pause = min(max(retryMs, PeerConfiguration.forwardRetryMs), 10_000)
        if forward.reason == .root { forward.rootRefusedUntil = now.monotonic.advanced(byMilliseconds: pause) }
        forward.refusedUntil = now.monotonic.advanced(byMilliseconds: pause)
        forward.stripes = []
        for stripe in intakes.indices {
            if intakes[stripe].rescue == .forward {
                intakes[stripe].rescue = nil
                intakes[stripe].triedHelpers = []
            }
            // It was a root, and is none any more.
            if intakes[stripe].primary == .forward, intakes[stripe].assignment?.source != .forward {
                intakes[stripe].primary = nil
                intakes[stripe].primaryDelivers = false
                intakes[stripe].brokenSince = now.monotonic
            }
        }
        settle(now)
    }

    /// Up to which chunk all stripes that come from the forward are complete: while it rises, the forward delivers.
    public var forwardHead: UInt64 { intakes.filter(\.needsForward).map(\.completeHead).min() ?? 0 }

    /// Where a connection that is made anew begins; nil for the newest keyframe.
    public var forwardFrom: UInt64? { forward.stripes.compactMap(firstMissing).min() }

    /// Asks for another set of stripes when it has changed.
    mutating func useForward(now: PeerTime) {
        let needed = intakes.filter(\.needsForward)
        let stripes = needed.map(\.stripe)
        guard stripes != forward.stripes else {
            forward.tooManySince = nil
            return
        }
        let isSubset = !forward.stripes.isEmpty && stripes.allSatisfy(forward.stripes.contains)
        if isSubset, !stripes.isEmpty {
            if forward.tooManySince == nil { forward.tooManySince = now.monotonic }
            guard now.milliseconds(since: forward.tooManySince) >= Self.tooManyMs else { return }
        }
        // That there is no room for more does not keep a root from what is its own.
        let isRoots = needed.allSatisfy { $0.primary == .forward && $0.rescue != .forward }
        let refusedUntil = isRoots ? forward.rootRefusedUntil : forward.refusedUntil
        guard stripes.isEmpty || now.monotonic >= refusedUntil ?? now.monotonic else { return }
        forward.tooManySince = nil
        forward.stripes = stripes
        if stripes.isEmpty { forward.isOpen = false }
        let reasons = needed.map { $0.primary == .forward ? .root : $0.rescueReason }
        // The weakest claim of those that are none of a root's: with it the forward counts what is not a root's.
        forward.reason = reasons.filter { $0 != .root }.min() ?? .root
        act(.takeFromForward(stripes, from: forwardFrom, why: forward.reason))
    }
}
