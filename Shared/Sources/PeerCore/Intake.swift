import CoreTypes

/// Who sends one stripe here.
struct Intake: Sendable {
    let stripe: Int
    /// What the tracker wants.
    var assignment: Assignment?
    /// Who is to send it all the time; nil between two.
    var primary: Source?
    var primarySince: MonotonicInstant?
    /// The first chunk asked of the primary.
    var primaryFrom: UInt64 = 0
    /// The primary has sent something of this stripe since it was adopted.
    var primaryDelivers = false
    /// Who helps out until the primary delivers (again).
    var rescue: Source?
    var rescueSince: MonotonicInstant?
    /// Why, when it is the forward.
    var rescueReason = ForwardReason.start
    /// Helpers that were asked in this emergency and did not help.
    var triedHelpers: [PeerID] = []
    /// The newest chunk of which the primary, and whoever helps out, has sent this stripe's manifest.
    var primaryHead: UInt64 = 0, rescueHead: UInt64 = 0
    /// Chunks that the primary passed by and did not send whole, or of which nothing had come from it when they were due;
    /// less what is forgiven.
    var withheld = 0.0
    /// More than that, and the primary is left: it has less upload than it says, or keeps pieces back. A hiccup of four
    /// seconds is forgiven, and one chunk in five for ever.
    static let withheldMax = 20.0, forgivenPerSecond = 1.0
    /// Chunks not due yet of which the primary has sent the manifest. As many as a window has, unless the clock is far off.
    private var sentByPrimary: Set<UInt64> = []
    private static let sentMax = 1_024
    /// All chunks up to this one have been due.
    private(set) var dueHead: UInt64 = 0
    /// When anything new of the stripe came last, from anybody.
    var lastProgress: MonotonicInstant?
    /// When anything new came last from the primary.
    var lastPrimaryProgress: MonotonicInstant?
    /// The newest chunk of which this stripe's manifest is here.
    var head: UInt64 = 0
    /// Every chunk of the window up to this one is complete in this stripe.
    var completeHead: UInt64 = 0
    var completeHeadPublishedAt: WallMilliseconds?
    /// What is done when it does not come.
    var ladder = RescueLadder()
    /// The primary was lost then; nil while all is well.
    var brokenSince: MonotonicInstant?
    /// A parent that the tracker named could not be reached before then.
    var connectNotBefore: MonotonicInstant?
    /// The grandparent is not asked for a link before then.
    var grandparentNotBefore: MonotonicInstant?
    /// Since when a new parent is connected and only too far behind.
    var waitsSince: MonotonicInstant?

    init(_ stripe: Int) { self.stripe = stripe }

    /// Takes note of a manifest, new or not.
    mutating func noteHead(_ sequence: UInt64, from source: Source) {
        if source == primary {
            primaryHead = max(primaryHead, sequence)
            if sentByPrimary.count >= Self.sentMax { sentByPrimary = [] }
            if sequence > dueHead { sentByPrimary.insert(sequence) }
        }
        if source == rescue { rescueHead = max(rescueHead, sequence) }
    }

    /// Whether the primary has sent the manifest of a chunk that is not due yet.
    func hasSent(_ sequence: UInt64) -> Bool { sentByPrimary.contains(sequence) }

    /// A chunk is due. Returns whether the primary has sent its manifest.
    mutating func due(_ sequence: UInt64) -> Bool {
        dueHead = max(dueHead, sequence)
        return sentByPrimary.remove(sequence) != nil
    }

    /// Chunks up to this one, the newest known, are held against nobody.
    mutating func excuse(upTo sequence: UInt64) {
        dueHead = max(dueHead, sequence)
        sentByPrimary = []
    }

    /// Another primary has sent nothing yet.
    mutating func forgetPrimary() {
        primaryHead = 0
        primaryDelivers = false
        lastPrimaryProgress = nil
        withheld = 0
        sentByPrimary = []
    }

    /// Whether somebody who sends the stripe has not come to a chunk yet: what goes over one link keeps its order, so a
    /// chunk is not lost before the next but one has begun. When it is due soon, only who has sent something lately counts.
    func awaits(_ sequence: UInt64, isDueSoon: Bool, isForwardOpen: Bool, now: PeerTime) -> Bool {
        if primary != nil, sequence >= primaryFrom, sequence + 2 > primaryHead {
            let isActive = primary == .forward ? isForwardOpen : isRecent(lastPrimaryProgress, now)
            if isActive || !isDueSoon { return true }
        }
        guard rescue != nil, sequence + 2 > rescueHead else { return false }
        let isActive = rescue == .forward ? isForwardOpen : rescueHead > 0 && isRecent(lastProgress, now)
        return isActive || !isDueSoon
    }

    private func isRecent(_ progress: MonotonicInstant?, _ now: PeerTime) -> Bool {
        now.milliseconds(since: progress) <= PeerConfiguration.parentSilenceMs
    }

    var needsForward: Bool { primary == .forward || rescue == .forward }
}
