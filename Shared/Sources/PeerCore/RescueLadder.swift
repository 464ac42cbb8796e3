import CoreTypes

/// What a viewer does about one stripe that does not come as it should: the one place where the order of helpers is
/// decided. It sees numbers only, so that viewers of every kind, and simulations of many, climb the very same ladder.
///
/// The owner of a broken link asks a neighbour at once, another one when that does not help, and a forward when little of
/// the buffer is left. Those below hear that their parent starves, and leave the repair to the owner until their own
/// buffer runs low; or else a whole subtree would fall upon the forward for one broken link.
public struct RescueLadder: Sendable {
    /// Who sends a stripe, or helps out.
    public enum Sender: Hashable, Sendable {
        /// Nobody.
        case nobody
        /// A forward.
        case forward
        /// Another viewer.
        case peer
    }

    /// How a stripe stands. Times are in milliseconds; those since something that never was are very long.
    public struct Situation: Sendable {
        /// Who is to send it all the time.
        public var primary = Sender.nobody
        /// Who helps out.
        public var rescue = Sender.nobody
        /// Something of it is here, or was played.
        public var hasBegun = false
        /// The primary has sent something since it was adopted.
        public var primaryDelivers = false
        /// The primary says that it has what it was asked for.
        public var primaryIsThere = false
        /// The primary says that the stripe does not reach it either, or is not linked; for how long it has said so.
        public var isStarving = false, starvingMs: Int64 = 0
        /// Since the primary was adopted, and since it sent something new.
        public var sinceAdoptionMs: Int64 = 0, sincePrimaryProgressMs: Int64 = 0
        /// The primary has left too many chunks incomplete.
        public var isWithheld = false
        /// The forward has just said that there is no room.
        public var isForwardRefused = false
        /// Since anybody sent something new, and since the helper was asked.
        public var sinceProgressMs: Int64 = 0, sinceRescueMs: Int64 = 0
        /// How far the stripe is behind the newest chunk known.
        public var behindMs: Int64 = 0
        /// Until its first missing chunk is due.
        public var reserveMs: Int64 = 0
        /// Other stripes have chunks that this one lacks.
        public var isOutrun = false

        /// Nothing known yet.
        public init() {}
    }

    /// What is to be done.
    public enum Step: Hashable, Sendable {
        /// Nothing.
        case wait
        /// The primary is given up for good.
        case lose(LossReason)
        /// Whoever helps out is not needed any more.
        case endRescue
        /// The next neighbour is asked to help out; a forward for this reason if there is none.
        case askNeighbour(orForward: ForwardReason?)
        /// A forward is asked to help out.
        case askForward(ForwardReason)
    }

    /// Since when the stripe is behind although the primary does not say that it starves.
    private var behindSince: MonotonicInstant?
    /// Since when other stripes have had chunks that this one lacks.
    private var outrunSince: MonotonicInstant?

    /// At its foot.
    public init() {}

    /// This process stood still: what lasted meanwhile lasted for nobody.
    mutating func forgive() {
        behindSince = nil
        outrunSince = nil
    }

    /// The next step.
    /// - Parameters:
    ///   - bufferMs: from publication to release.
    ///   - chunkMs: how long a chunk plays.
    public mutating func next(
        _ stripe: Situation, bufferMs: Int64, chunkMs: Int64, now: MonotonicInstant
    ) -> Step {
        guard stripe.hasBegun else {
            // Nothing here yet: the forward gives it at once, parents follow.
            return stripe.primaryDelivers || stripe.primary == .forward ? .wait : .askForward(.start)
        }
        switch stripe.primary {
        case .nobody: return ownerStep(stripe, bufferMs)
        case .forward: return .wait
        case .peer: return peerStep(stripe, bufferMs, chunkMs, now)
        }
    }

    /// A share of the buffer, for buffers shorter than the default.
    private static func reserve(_ ms: Int64, _ bufferMs: Int64) -> Int64 { min(ms, ms * bufferMs / 3_000) }

    /// The link to the parent is broken: another neighbour at once, the next one if that does not help, then a forward.
    private func ownerStep(_ stripe: Situation, _ bufferMs: Int64) -> Step {
        guard stripe.rescue != .forward else { return .wait }
        let idleMs = min(stripe.sinceProgressMs, stripe.sinceRescueMs)
        guard stripe.rescue == .nobody || idleMs > PeerConfiguration.nextHelperMs else { return .wait }
        let isLow = stripe.reserveMs < Self.reserve(PeerConfiguration.ownerReserveMs, bufferMs)
        return .askNeighbour(orForward: isLow ? .owner : nil)
    }

    private mutating func peerStep(
        _ stripe: Situation, _ bufferMs: Int64, _ chunkMs: Int64, _ now: MonotonicInstant
    ) -> Step {
        // After an outage one stripe comes before the other: being behind counts when it lasts.
        if stripe.isStarving || stripe.behindMs <= PeerConfiguration.parentSilenceMs {
            behindSince = nil
        } else if behindSince == nil {
            behindSince = now
        }
        if !stripe.isOutrun { outrunSince = nil } else if outrunSince == nil { outrunSince = now }
        let outrunForMs = now.milliseconds(since: outrunSince ?? now)
        let behindForMs = now.milliseconds(since: behindSince ?? now)
        // A parent that was behind when it was adopted needs so much longer.
        let firstDataMs =
            stripe.primaryIsThere ? PeerConfiguration.firstDataMs : PeerConfiguration.lagWaitMs
        if !stripe.primaryDelivers, stripe.sinceAdoptionMs > firstDataMs, stripe.behindMs > 0, !stripe.isStarving {
            return .lose(.stalled)
        }
        if stripe.isWithheld { return .lose(.stalled) }
        // One that delivers steadily, only late, is as good as any.
        let isOfUse = stripe.sincePrimaryProgressMs <= PeerConfiguration.parentSilenceMs
        if stripe.behindMs > PeerConfiguration.stalledMs, behindForMs > PeerConfiguration.stalledMs,
            stripe.sinceAdoptionMs > PeerConfiguration.stalledMs, !isOfUse
        {
            return .lose(.stalled)
        }
        if stripe.isStarving, outrunForMs > PeerConfiguration.stalledMs,
            stripe.starvingMs > PeerConfiguration.starvingMs
        {
            // Others get the stream, as manifests of another stripe show: this branch of the tree does not recover.
            return .lose(.starving)
        }
        if stripe.primaryDelivers, stripe.behindMs <= 2 * chunkMs, stripe.sincePrimaryProgressMs < 500 {
            return .endRescue
        }
        guard stripe.behindMs > PeerConfiguration.parentSilenceMs || stripe.isStarving else { return .wait }
        return descendantStep(stripe, bufferMs)
    }

    /// A link above is broken: its owner repairs it. Only when the buffer runs low anything is done here.
    private func descendantStep(_ stripe: Situation, _ bufferMs: Int64) -> Step {
        if stripe.reserveMs < Self.reserve(PeerConfiguration.descendantReserveMs, bufferMs), stripe.rescue != .forward,
            !stripe.isForwardRefused
        {
            return .askForward(.descendant)
        }
        // Neighbours of a parent that is only slow are no faster, and what they send comes twice.
        let isSilent = stripe.isStarving || stripe.sincePrimaryProgressMs > PeerConfiguration.parentSilenceMs
        if stripe.reserveMs < Self.reserve(PeerConfiguration.helperReserveMs, bufferMs), stripe.rescue == .nobody,
            isSilent
        {
            return .askNeighbour(orForward: nil)
        }
        return .wait
    }
}
