import CoreTypes
import MediaWire

/// Who sends what: primaries, rescues, and what is taken from a forward.
extension PeerMachine {
    /// Looks at everything again after a change.
    mutating func settle(_ now: PeerTime) {
        for stripe in intakes.indices {
            approach(stripe, now: now)
            rescue(stripe, now: now)
        }
        useForward(now: now)
    }

    // MARK: Primaries

    /// Goes towards whom the tracker assigned.
    private mutating func approach(_ stripe: Int, now: PeerTime) {
        let intake = intakes[stripe]
        guard let assignment = intake.assignment, assignment.source != intake.primary else { return }
        guard case .peer(let parent) = assignment.source else { return adopt(.forward, stripe, now: now) }
        // What came through a neighbour is somebody else's word: a parent's link is made through the tracker.
        if let link = link(parent), !link.isOurs, link.relay != nil {
            // No loss: nobody is to be told of it.
            links.removeAll { $0.peer == parent }
            act(.close(parent, reason: "made anew through the tracker"))
            for other in intakes.indices where intakes[other].rescue == .peer(parent) { intakes[other].rescue = nil }
        }
        guard let link = link(parent) else {
            if now.monotonic >= intake.connectNotBefore ?? now.monotonic { connect(parent, now: now) }
            return
        }
        guard link.isOpen, !link.isLeaving, now.monotonic >= link.refusedUntil ?? now.monotonic else { return }
        let behindMs = Int64(clamping: store.newest - min(store.newest, link.head)) * configuration.chunkMs
        let isTooFar = link.isStarving(stripe) || behindMs > PeerConfiguration.lagAcceptedMs
        if isTooFar, intake.primary != nil, intake.primaryDelivers {
            // What runs is better for now.
            if intake.waitsSince == nil { intakes[stripe].waitsSince = now.monotonic }
            guard now.milliseconds(since: intake.waitsSince ?? now.monotonic) > PeerConfiguration.lagWaitMs else {
                return
            }
        }
        adopt(assignment.source, stripe, now: now)
    }

    /// Takes the stripe from `source` from a chunk boundary on; whoever sent it before ends there.
    private mutating func adopt(_ source: Source, _ stripe: Int, now: PeerTime) {
        let intake = intakes[stripe]
        let isRunning = intake.primaryDelivers || intake.rescue != nil
        var from = firstMissing(stripe) ?? 0
        if isRunning, intake.head > 0 { from = max(from, intake.head + 1) }
        if intake.head == 0, intake.rescue == .forward, let parent = source.peer {
            // The forward gives the first group; the parent's upload is not to be spent on the same.
            from = link(parent)?.head ?? 0
            if from > 0 { from += 1 }
        }
        for old in [intake.primary, intake.rescue] {
            if case .peer(let peer) = old, openLink(peer) != nil {
                send(.unsubscribe(stripe: UInt8(stripe), from: from), to: peer, now: now)
            }
        }
        if intake.primary == .forward {
            intakes[stripe].rescue = .forward
            intakes[stripe].rescueReason = .start
            intakes[stripe].rescueSince = now.monotonic
        } else if intake.rescue?.peer != nil {
            intakes[stripe].rescue = nil
        }
        if source == .forward, intake.rescue == .forward { intakes[stripe].rescue = nil }
        intakes[stripe].primary = source
        intakes[stripe].primarySince = now.monotonic
        intakes[stripe].primaryFrom = from
        intakes[stripe].forgetPrimary()
        intakes[stripe].waitsSince = nil
        if let parent = source.peer { send(.subscribe(stripe: UInt8(stripe), from: from), to: parent, now: now) }
    }

    /// A neighbour is gone: whatever it did is undone.
    mutating func forget(_ peer: PeerID, _ reason: LossReason, now: PeerTime) {
        for stripe in intakes.indices {
            let intake = intakes[stripe]
            if intake.primary == .peer(peer) {
                lose(stripe, reason, now: now)
            } else if intake.assignment?.source == .peer(peer) {
                // Never came about.
                act(.reportLost(stripe: stripe, peer, reason == .closed ? .closed : .unreachable))
                intakes[stripe].connectNotBefore = now.monotonic.advanced(byMilliseconds: 3_000)
            }
            if intake.rescue == .peer(peer) { intakes[stripe].rescue = nil }
        }
    }

    /// The parent of a stripe is gone, or useless.
    mutating func lose(_ stripe: Int, _ reason: LossReason, now: PeerTime) {
        guard case .peer(let parent) = intakes[stripe].primary else { return }
        act(.reportLost(stripe: stripe, parent, reason))
        if openLink(parent) != nil { send(.unsubscribe(stripe: UInt8(stripe), from: 0), to: parent, now: now) }
        intakes[stripe].primary = nil
        intakes[stripe].primaryDelivers = false
        if intakes[stripe].brokenSince == nil { intakes[stripe].brokenSince = now.monotonic }
        if intakes[stripe].assignment?.source == .peer(parent) {
            // The same one is tried again only if the tracker has nobody else for a while.
            intakes[stripe].connectNotBefore = now.monotonic.advanced(byMilliseconds: 3_000)
            if let position = position(parent) {
                links[position].refusedUntil = now.monotonic.advanced(byMilliseconds: 3_000)
            }
        }
    }

    mutating func refused(_ stripe: Int, by peer: PeerID, now: PeerTime) {
        guard let position = position(peer), intakes.indices.contains(stripe) else { return }
        links[position].refusedUntil = now.monotonic.advanced(byMilliseconds: 2_000)
        if intakes[stripe].primary == .peer(peer) { lose(stripe, .stalled, now: now) }
        if intakes[stripe].rescue == .peer(peer) { intakes[stripe].rescue = nil }
        settle(now)
    }

    // MARK: Rescues

    /// Milliseconds until the stripe's first missing chunk is due.
    func reserveMs(_ stripe: Int, now: PeerTime) -> Int64 {
        guard let publishedAt = intakes[stripe].completeHeadPublishedAt else { return 0 }
        return publishedAt + configuration.chunkMs + configuration.bufferMs - now.wall
    }

    /// How far the stripe is behind the newest chunk of which a manifest, or for some time the coordinate, tells.
    func behindMs(_ stripe: Int, now: PeerTime) -> Int64 {
        let head = dealtWith(stripe)
        guard head > 0 else { return 0 }
        // Chunks that are known, rather than numbers, which jump between sessions.
        let known = store.newest > head ? store.chunks(from: head + 1).count : 0
        let isLate = sequenceTold > store.newest && now.milliseconds(since: toldAt) > PeerConfiguration.toldMs
        return Int64(known) * configuration.chunkMs + (isLate ? now.milliseconds(since: toldAt) : 0)
    }

    private mutating func rescue(_ stripe: Int, now: PeerTime) {
        let situation = situation(stripe, now: now)
        let step = intakes[stripe].ladder.next(
            situation, bufferMs: configuration.bufferMs, chunkMs: configuration.chunkMs, now: now.monotonic)
        switch step {
        case .wait: break
        case .lose(let reason): lose(stripe, reason, now: now)
        case .endRescue: endRescue(stripe, now: now)
        case .askForward(let reason): askForward(stripe, reason, now: now)
        case .askNeighbour(let reason):
            guard !askHelper(stripe, now: now), let reason else { return }
            askForward(stripe, reason, now: now)
        }
    }

    /// How the stripe stands, for the ladder.
    private func situation(_ stripe: Int, now: PeerTime) -> RescueLadder.Situation {
        let intake = intakes[stripe]
        var situation = RescueLadder.Situation()
        situation.hasBegun = intake.completeHead > 0 || played > 0
        situation.primary = intake.primary.ladderSender
        situation.primaryDelivers = intake.primaryDelivers
        guard situation.hasBegun, situation.primary != .forward else { return situation }
        situation.rescue = intake.rescue.ladderSender
        situation.reserveMs = reserveMs(stripe, now: now)
        situation.sinceProgressMs = now.milliseconds(since: intake.lastProgress)
        situation.sinceRescueMs = now.milliseconds(since: intake.rescueSince)
        guard let parent = intake.primary?.peer else { return situation }
        let link = openLink(parent)
        situation.isStarving = link?.isStarving(stripe) ?? true
        situation.primaryIsThere = (link?.head ?? 0) >= intake.primaryFrom
        situation.starvingMs = now.milliseconds(since: link?.starvingSince(stripe) ?? now.monotonic)
        situation.sinceAdoptionMs = now.milliseconds(since: intake.primarySince)
        situation.isWithheld = intake.withheld > Intake.withheldMax
        situation.isForwardRefused = now.monotonic < forward.refusedUntil ?? now.monotonic
        situation.sincePrimaryProgressMs = now.milliseconds(since: intake.lastPrimaryProgress)
        situation.behindMs = behindMs(stripe, now: now)
        situation.isOutrun = store.newest > dealtWith(stripe)
        return situation
    }

    private mutating func endRescue(_ stripe: Int, now: PeerTime) {
        guard let rescue = intakes[stripe].rescue, intakes[stripe].completeHead + 1 >= intakes[stripe].primaryFrom
        else {
            return
        }
        if case .peer(let helper) = rescue { send(.unsubscribe(stripe: UInt8(stripe), from: 0), to: helper, now: now) }
        intakes[stripe].rescue = nil
        intakes[stripe].triedHelpers = []
    }

    /// Asks the next neighbour that may have the stripe: parents of the other stripes, then grandparents, then anybody.
    private mutating func askHelper(_ stripe: Int, now: PeerTime) -> Bool {
        var candidates = intakes.filter { $0.stripe != stripe }.compactMap { $0.primary?.peer }
        candidates += intakes[stripe].assignment?.grandparent.map { [$0] } ?? []
        candidates += links.map(\.peer)
        let helper = candidates.first { peer in
            guard let link = openLink(peer), !link.isLeaving, !link.isStarving(stripe),
                now.monotonic >= link.refusedUntil ?? now.monotonic
            else { return false }
            return intakes[stripe].primary != .peer(peer) && intakes[stripe].rescue != .peer(peer)
                && !intakes[stripe].triedHelpers.contains(peer) && link.child.subscription(stripe) == nil
        }
        guard let helper else { return false }
        if case .peer(let old) = intakes[stripe].rescue {
            send(.unsubscribe(stripe: UInt8(stripe), from: 0), to: old, now: now)
        }
        intakes[stripe].rescue = .peer(helper)
        intakes[stripe].rescueHead = 0
        intakes[stripe].rescueSince = now.monotonic
        intakes[stripe].triedHelpers.append(helper)
        send(.subscribe(stripe: UInt8(stripe), from: firstMissing(stripe) ?? 0), to: helper, now: now)
        return true
    }

    private mutating func askForward(_ stripe: Int, _ reason: ForwardReason, now: PeerTime) {
        guard intakes[stripe].rescue != .forward, now.monotonic >= forward.refusedUntil ?? now.monotonic else { return }
        if case .peer(let old) = intakes[stripe].rescue, openLink(old) != nil {
            send(.unsubscribe(stripe: UInt8(stripe), from: 0), to: old, now: now)
        }
        intakes[stripe].rescue = .forward
        intakes[stripe].rescueHead = 0
        intakes[stripe].rescueSince = now.monotonic
        intakes[stripe].rescueReason = reason
    }
}

extension Source? {
    /// What the ladder needs to know of it.
    var ladderSender: RescueLadder.Sender {
        switch self {
        case nil: .nobody
        case .forward: .forward
        case .peer: .peer
        }
    }
}
