import CoreTypes

/// How many children this viewer's uplink can feed, judged by what its links have carried.
///
/// What was acknowledged is only a lower bound of what an uplink carries; where it ends shows when the queues of children
/// do not drain. So the meter probes: while all children are served it declares one more, and when queues are stuck it
/// declares what 80 % of the carried rate feed, at once. What was found to be too much is not tried again for a minute,
/// then two, up to ten.
public struct UplinkMeter: Sendable {
    /// What the meter looks at, every tick.
    public struct View: Sendable {
        /// Children that are fed, by stripe and viewer.
        public var children = 0
        /// Links over which they are, and those whose queue is stuck.
        public var links = 0, stuckLinks = 0
        /// The upload's limit holds something back.
        public var isHeldBack = false
        /// Milliseconds of stream that wait for the child that waits for most.
        public var waitingMs: Int64 = 0
        /// What one child needs, in bytes a second; 0 while unknown.
        public var stripeBytesPerSecond = 0

        /// Nothing to be seen.
        public init() {}
    }

    /// Children that a viewer feeds before anything is measured, and the most that one ever feeds.
    public static let start = 2, most = 8
    /// Of what the uplink carries so much is declared; what a limit allows is given up only when so much would not do.
    static let share = 0.8, keptShare = 0.85
    /// Of what the children take, so much must be carried for their queues to drain: there are manifests and headers, too.
    static let drainingShare = 1.1
    /// All children must have been served for so long before one more is declared.
    static let growMs: Int64 = 5_000
    /// After children were given up, the queues of those who stay have so long to drain.
    static let settleMs: Int64 = 4_000
    /// What was too much is tried again after the first, doubled each time up to the second.
    static let retryMs: Int64 = 60_000, retryMaxMs: Int64 = 600_000
    /// What was too much and has been carried for so long is too much no longer: a queue that is a little too slow takes
    /// minutes to show.
    static let trustMs: Int64 = 300_000

    /// Children that can be fed, 0 ... 8.
    public private(set) var capacity: Int
    /// What the uplink carried when it was full, in bytes a second; nil while it never was.
    public private(set) var fullBytesPerSecond: Int?
    /// What the links have carried lately, in bytes a second.
    public private(set) var carriedBytesPerSecond = 0

    private let limit: Int?
    private let childrenMax: Int
    private var bytes = 0
    private var secondBegan: MonotonicInstant?
    private var lastSecond: Double?
    private var calmSince: MonotonicInstant?
    private var grownAt: MonotonicInstant?
    private var settlesUntil: MonotonicInstant?
    /// So many children were too much, and so many were found to be what can be fed: more are not tried before `retryAt`.
    private var found: (tooMany: Int, capacity: Int)?
    private var retryAt: MonotonicInstant?
    private var pauseMs = Self.retryMs

    /// Nothing measured yet.
    /// - Parameters:
    ///   - limitBytesPerSecond: what may be sent to others; nil for no limit.
    ///   - start: children to begin with.
    ///   - childrenMax: children at most, 0 ... 8 (clamped).
    public init(limitBytesPerSecond: Int? = nil, start: Int = Self.start, childrenMax: Int = Self.most) {
        limit = limitBytesPerSecond
        self.childrenMax = limitBytesPerSecond == 0 ? 0 : min(max(childrenMax, 0), Self.most)
        capacity = min(max(start, 0), self.childrenMax)
    }

    /// Queues are being given the time to drain: nobody else should be taken in.
    public func isSettling(now: MonotonicInstant) -> Bool { settlesUntil.map { now < $0 } ?? false }

    /// So many bytes have arrived at children.
    public mutating func carried(_ count: Int) { bytes += max(0, count) }

    /// Judges how things are.
    public mutating func look(_ view: View, now: MonotonicInstant) {
        measure(now)
        capacity = min(capacity, allowed(view.stripeBytesPerSecond, isKept: true))
        if isFull(view) {
            calmSince = nil
            // While children come and go there are more of them for a moment: that proves nothing against what was declared.
            if !isSettling(now: now), view.children <= capacity { shrink(view, now: now) }
        } else if view.stuckLinks > 0 || view.waitingMs > Backlog.toleratedMs {
            calmSince = nil
        } else {
            if calmSince == nil { calmSince = now }
            grow(view, now: now)
        }
    }

    /// This process stood still: what was seen meanwhile says nothing about the uplink.
    public mutating func interrupt() {
        calmSince = nil
        secondBegan = nil
        bytes = 0
    }

    // MARK: Judging

    /// One child that takes nothing may have itself to blame: it must be most of them, unless the limit is known to be it.
    private func isFull(_ view: View) -> Bool {
        view.stuckLinks > 0 && (view.isHeldBack || view.stuckLinks * 2 > view.links)
    }

    private mutating func measure(_ now: MonotonicInstant) {
        guard let began = secondBegan else { return secondBegan = now }
        let passedMs = now.milliseconds(since: began)
        guard passedMs >= 1_000 else { return }
        let rate = Double(bytes) * 1_000 / Double(passedMs)
        // The mean of two seconds: chunks of keyframes are large.
        carriedBytesPerSecond = Int((rate + (lastSecond ?? rate)) / 2)
        lastSecond = rate
        secondBegan = now
        bytes = 0
    }

    /// What the upload's limit allows. What is kept already may take a little more, so that a rate that varies does not
    /// cost a child its parent every few seconds.
    private func allowed(_ stripe: Int, isKept: Bool) -> Int {
        guard let limit, stripe > 0 else { return childrenMax }
        return min(childrenMax, Int(Double(limit) * (isKept ? Self.keptShare : Self.share) / Double(stripe)))
    }

    private mutating func shrink(_ view: View, now: MonotonicInstant) {
        let stripe = view.stripeBytesPerSecond
        fullBytesPerSecond = carriedBytesPerSecond
        // More goes out than comes in: what waits gets less, if slowly.
        let needed = Double(view.children * stripe) * Self.drainingShare
        guard stripe <= 0 || Double(carriedBytesPerSecond) < needed else { return }
        let fits = stripe > 0 ? Int(Self.share * Double(carriedBytesPerSecond) / Double(stripe)) : view.children - 1
        // Fewer than there are, or nothing gets better.
        capacity = max(0, min(capacity, fits, view.children - 1))
        settlesUntil = now.advanced(byMilliseconds: Self.settleMs)
        if found != nil { pauseMs = min(2 * pauseMs, Self.retryMaxMs) }
        found = (view.children, capacity)
        retryAt = now.advanced(byMilliseconds: pauseMs)
    }

    private mutating func grow(_ view: View, now: MonotonicInstant) {
        if let found, view.children >= found.tooMany, now.milliseconds(since: grownAt ?? now) >= Self.trustMs {
            // What was too much once is carried by now.
            self.found = nil
            pauseMs = Self.retryMs
        }
        guard view.children >= capacity, capacity < allowed(view.stripeBytesPerSecond, isKept: false),
            let calmSince, now.milliseconds(since: calmSince) >= Self.growMs
        else { return }
        if let found, capacity >= found.capacity, let retryAt, now < retryAt { return }
        // Children that take nothing, because nothing comes, prove nothing.
        let proof = Double(capacity * view.stripeBytesPerSecond) * Self.share
        guard Double(carriedBytesPerSecond) >= proof else { return }
        capacity += 1
        self.calmSince = now
        grownAt = now
    }
}
