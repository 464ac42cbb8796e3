import CoreTypes
import PeerCore

/// What a viewer decides: as `PeerMachine` does, with the same ladder.
extension ChunkViewers {
    /// Looks at everything, and again in a tenth of a second unless all is well.
    mutating func look(_ viewer: Int, _ core: inout Core) {
        guard core.isAlive(viewer) else { return }
        release(viewer, &core)
        for stripe in viewers[viewer].intakes.indices {
            approach(viewer, stripe, &core)
            climb(viewer, stripe, &core)
            tellStarving(viewer, stripe, &core)
        }
        useForward(viewer, &core)
        if viewers[viewer].isSettled {
            viewers[viewer].isAwake = false
        } else {
            core.schedule(afterMs: PeerConfiguration.tickMs, .look(Int32(viewer)))
        }
    }

    // MARK: Primaries

    private mutating func approach(_ viewer: Int, _ stripe: Int, _ core: inout Core) {
        let intake = viewers[viewer].intakes[stripe]
        guard intake.assigned != ChunkViewer.nobody, intake.assigned != intake.primary,
            core.now >= intake.connectNotBefore
        else { return }
        guard intake.assigned >= 0 else { return adopt(viewer, stripe, intake.assigned, &core) }
        guard intake.linkedAt <= core.now else { return }
        let parent = Int(intake.assigned)
        let parentHead = viewers[parent].intakes.map(\.head).min() ?? 0
        let newest = viewers[viewer].newest
        let behindMs = Int64(newest - min(newest, parentHead)) * scenario.chunkMs
        let isTooFar = viewers[parent].intakes[stripe].hasToldStarving || behindMs > PeerConfiguration.lagAcceptedMs
        if isTooFar, intake.primary != ChunkViewer.nobody, intake.primaryDelivers {
            let since = intake.waitsSince ?? core.now
            viewers[viewer].intakes[stripe].waitsSince = since
            guard core.now - since > PeerConfiguration.lagWaitMs else { return }
        }
        adopt(viewer, stripe, intake.assigned, &core)
    }

    private mutating func adopt(_ viewer: Int, _ stripe: Int, _ source: Int32, _ core: inout Core) {
        let intake = viewers[viewer].intakes[stripe]
        let isRunning = intake.primaryDelivers || intake.rescue != ChunkViewer.nobody
        var from: UInt64 = intake.head == 0 ? 0 : viewers[viewer].firstMissing(stripe)
        if isRunning, intake.head > 0 { from = max(from, intake.head + 1) }
        if intake.head == 0, intake.rescue == ChunkViewer.forward, source >= 0 {
            let head = viewers[Int(source)].intakes.map(\.head).min() ?? 0
            from = head > 0 ? head + 1 : 0
        }
        for old in [intake.primary, intake.rescue] where old >= 0 {
            send(.unsubscribe, viewer, old, stripe, from, &core)
        }
        if intake.primary == ChunkViewer.forward {
            viewers[viewer].intakes[stripe].rescue = ChunkViewer.forward
            viewers[viewer].intakes[stripe].rescueReason = .start
            viewers[viewer].intakes[stripe].rescueSince = core.now
        } else if intake.rescue >= 0 {
            viewers[viewer].intakes[stripe].rescue = ChunkViewer.nobody
        }
        if source == ChunkViewer.forward, viewers[viewer].intakes[stripe].rescue == ChunkViewer.forward {
            viewers[viewer].intakes[stripe].rescue = ChunkViewer.nobody
        }
        viewers[viewer].intakes[stripe].primary = source
        viewers[viewer].intakes[stripe].primarySince = core.now
        viewers[viewer].intakes[stripe].primaryFrom = from
        viewers[viewer].intakes[stripe].primaryDelivers = false
        viewers[viewer].intakes[stripe].lastPrimaryProgress = -1 << 40
        viewers[viewer].intakes[stripe].starvingSince = nil
        viewers[viewer].intakes[stripe].waitsSince = nil
        if source >= 0 { send(.subscribe, viewer, source, stripe, from, &core) }
    }

    private enum Wish { case subscribe, unsubscribe }

    private mutating func send(
        _ wish: Wish, _ viewer: Int, _ peer: Int32, _ stripe: Int, _ sequence: UInt64, _ core: inout Core
    ) {
        let delay = core.network.delayMs(viewer, Int(peer))
        switch wish {
        case .subscribe:
            core.schedule(
                afterMs: delay,
                .subscribe(at: peer, child: Int32(viewer), stripe: UInt8(stripe), from: sequence))
        case .unsubscribe:
            core.schedule(
                afterMs: delay,
                .unsubscribe(at: peer, child: Int32(viewer), stripe: UInt8(stripe), until: sequence))
        }
    }

    mutating func report(_ viewer: Int, _ stripe: Int, _ parent: Int, _ reason: LossReason, _ core: inout Core) {
        core.tally.lossesReported += 1
        core.trace.note(core.elapsedMs, "lost (viewer, stripe, parent): \(reason)", viewer, stripe, parent)
        if viewers[viewer].intakes[stripe].assigned == Int32(parent), reason != .bye {
            viewers[viewer].intakes[stripe].connectNotBefore = core.now + 3_000
        }
        core.send(.lost(viewer, stripe: stripe, parent: parent, reason: reason))
    }

    mutating func lose(_ viewer: Int, _ stripe: Int, _ reason: LossReason, _ core: inout Core) {
        let parent = viewers[viewer].intakes[stripe].primary
        guard parent >= 0 else { return }
        report(viewer, stripe, Int(parent), reason, &core)
        send(.unsubscribe, viewer, parent, stripe, 0, &core)
        viewers[viewer].intakes[stripe].primary = ChunkViewer.nobody
        viewers[viewer].intakes[stripe].primaryDelivers = false
    }

    mutating func refused(_ viewer: Int, _ stripe: Int, by peer: Int32, _ core: inout Core) {
        guard core.isAlive(viewer) else { return }
        if viewers[viewer].intakes[stripe].primary == peer { lose(viewer, stripe, .stalled, &core) }
        if viewers[viewer].intakes[stripe].rescue == peer {
            viewers[viewer].intakes[stripe].rescue = ChunkViewer.nobody
        }
        wake(viewer, &core)
    }

    // MARK: The ladder

    private mutating func climb(_ viewer: Int, _ stripe: Int, _ core: inout Core) {
        let situation = situation(viewer, stripe, core)
        let step = viewers[viewer].intakes[stripe].ladder.next(
            situation, bufferMs: scenario.bufferMs, chunkMs: scenario.chunkMs, now: core.instant)
        switch step {
        case .wait: break
        case .lose(let reason): lose(viewer, stripe, reason, &core)
        case .endRescue: endRescue(viewer, stripe, &core)
        case .askForward(let reason): askForward(viewer, stripe, reason, &core)
        case .askNeighbour(let reason):
            guard !askHelper(viewer, stripe, &core), let reason else { return }
            askForward(viewer, stripe, reason, &core)
        }
    }

    private func situation(_ viewer: Int, _ stripe: Int, _ core: Core) -> RescueLadder.Situation {
        let (state, intake, now) = (viewers[viewer], viewers[viewer].intakes[stripe], core.now)
        var situation = RescueLadder.Situation()
        situation.hasBegun = intake.head > 0 || state.played > 0
        situation.primary = Self.sender(intake.primary)
        situation.rescue = Self.sender(intake.rescue)
        situation.primaryDelivers = intake.primaryDelivers
        let dealtWith = max(intake.head, state.played)
        let publishedAt = core.stream.chunk(dealtWith)?.description.publishedAt ?? 0
        situation.reserveMs = publishedAt == 0 ? 0 : publishedAt + scenario.chunkMs + scenario.bufferMs - now
        situation.sinceProgressMs = now - intake.lastProgress
        situation.sinceRescueMs = now - intake.rescueSince
        situation.isStarving = intake.starvingSince != nil
        situation.starvingMs = now - (intake.starvingSince ?? now)
        situation.sinceAdoptionMs = now - intake.primarySince
        situation.sincePrimaryProgressMs = now - intake.lastPrimaryProgress
        situation.behindMs = Int64(state.newest - min(state.newest, dealtWith)) * scenario.chunkMs
        situation.isOutrun = state.newest > dealtWith
        if intake.primary >= 0 {
            situation.primaryIsThere = viewers[Int(intake.primary)].intakes[stripe].head >= intake.primaryFrom
        }
        return situation
    }

    private static func sender(_ number: Int32) -> RescueLadder.Sender {
        switch number {
        case ChunkViewer.nobody: .nobody
        case ChunkViewer.forward: .forward
        default: .peer
        }
    }

    private mutating func endRescue(_ viewer: Int, _ stripe: Int, _ core: inout Core) {
        let intake = viewers[viewer].intakes[stripe]
        guard intake.rescue != ChunkViewer.nobody, intake.head + 1 >= intake.primaryFrom else { return }
        if intake.rescue >= 0 { send(.unsubscribe, viewer, intake.rescue, stripe, 0, &core) }
        viewers[viewer].intakes[stripe].rescue = ChunkViewer.nobody
        viewers[viewer].intakes[stripe].tried = []
    }

    /// The parents of the other stripes, then the grandparent.
    private mutating func askHelper(_ viewer: Int, _ stripe: Int, _ core: inout Core) -> Bool {
        let intake = viewers[viewer].intakes[stripe]
        var candidates = viewers[viewer].intakes.indices.filter { $0 != stripe }.map {
            viewers[viewer].intakes[$0].primary
        }
        candidates.append(intake.grandparent)
        let helper = candidates.first { peer in
            peer >= 0 && peer != intake.primary && peer != intake.rescue && !intake.tried.contains(peer)
                && core.isAlive(Int(peer)) && core.canConnect(viewer, Int(peer))
                && !viewers[Int(peer)].intakes[stripe].hasToldStarving
        }
        guard let helper else { return false }
        if intake.rescue >= 0 { send(.unsubscribe, viewer, intake.rescue, stripe, 0, &core) }
        viewers[viewer].intakes[stripe].rescue = helper
        viewers[viewer].intakes[stripe].rescueSince = core.now
        viewers[viewer].intakes[stripe].tried.append(helper)
        send(.subscribe, viewer, helper, stripe, viewers[viewer].firstMissing(stripe), &core)
        return true
    }

    private mutating func askForward(_ viewer: Int, _ stripe: Int, _ reason: ForwardReason, _ core: inout Core) {
        guard viewers[viewer].intakes[stripe].rescue != ChunkViewer.forward, core.now >= viewers[viewer].refusedUntil
        else { return }
        let old = viewers[viewer].intakes[stripe].rescue
        if old >= 0 { send(.unsubscribe, viewer, old, stripe, 0, &core) }
        viewers[viewer].intakes[stripe].rescue = ChunkViewer.forward
        viewers[viewer].intakes[stripe].rescueSince = core.now
        viewers[viewer].intakes[stripe].rescueReason = reason
    }

    /// Tells the children that a stripe does not come, or comes again.
    private mutating func tellStarving(_ viewer: Int, _ stripe: Int, _ core: inout Core) {
        let intake = viewers[viewer].intakes[stripe]
        let isIdle = core.now - intake.lastProgress > PeerConfiguration.nextHelperMs
        let isShort =
            switch intake.primary {
            case ChunkViewer.nobody: intake.rescue == ChunkViewer.nobody || isIdle
            case ChunkViewer.forward: !viewers[viewer].forwardIsOpen
            default: intake.starvingSince != nil
            }
        let isStarving = isShort || (isIdle && viewers[viewer].newest > max(intake.head, viewers[viewer].played))
        guard isStarving != intake.hasToldStarving else { return }
        viewers[viewer].intakes[stripe].hasToldStarving = isStarving
        for subscription in viewers[viewer].subscriptions where Int(subscription.stripe) == stripe {
            core.schedule(
                afterMs: core.network.delayMs(viewer, Int(subscription.child)),
                .starving(subscription.child, stripe: UInt8(stripe), parent: Int32(viewer), isStarving))
        }
    }
}
