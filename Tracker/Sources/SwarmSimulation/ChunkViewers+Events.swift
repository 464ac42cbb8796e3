import CoreTypes
import MediaWire
import PeerCore
import PlayoutCore
import SafetyNet

/// What happens between viewers.
extension ChunkViewers {
    mutating func handle(_ event: Event, _ core: inout Core) {
        switch event {
        case .chunk(let to, let from, let sequence, let stripe, let spreadMs):
            arrived(Int(to), from, sequence, Int(stripe), Int64(spreadMs), &core)
        case .look(let viewer): look(Int(viewer), &core)
        case .linked(let viewer, let stripe, let parent):
            guard core.isAlive(Int(viewer)), viewers[Int(viewer)].intakes[Int(stripe)].assigned == parent else {
                return
            }
            viewers[Int(viewer)].intakes[Int(stripe)].linkedAt = core.now
            wake(Int(viewer), &core)
        case .unreachable(let viewer, let stripe, let parent):
            guard core.isAlive(Int(viewer)), viewers[Int(viewer)].intakes[Int(stripe)].assigned == parent,
                viewers[Int(viewer)].intakes[Int(stripe)].linkedAt == .max
            else { return }
            report(Int(viewer), Int(stripe), Int(parent), .unreachable, &core)
        case .subscribe(let at, let child, let stripe, let from):
            subscribed(Int(at), child, Int(stripe), from, &core)
        case .unsubscribe(let at, let child, let stripe, let until):
            unsubscribed(Int(at), child, stripe, until)
        case .refused(let viewer, let stripe, let by): refused(Int(viewer), Int(stripe), by: by, &core)
        case .starving(let viewer, let stripe, let parent, let isStarving):
            guard core.isAlive(Int(viewer)), viewers[Int(viewer)].intakes[Int(stripe)].primary == parent else { return }
            let since = viewers[Int(viewer)].intakes[Int(stripe)].starvingSince
            viewers[Int(viewer)].intakes[Int(stripe)].starvingSince = isStarving ? since ?? core.now : nil
            wake(Int(viewer), &core)
        case .silent(let viewer, let stripe, let parent):
            guard core.isAlive(Int(viewer)) else { return }
            if viewers[Int(viewer)].intakes[Int(stripe)].primary == parent {
                lose(Int(viewer), Int(stripe), .silent, &core)
            }
            if viewers[Int(viewer)].intakes[Int(stripe)].rescue == parent {
                viewers[Int(viewer)].intakes[Int(stripe)].rescue = ChunkViewer.nobody
            }
            wake(Int(viewer), &core)
        case .farewell(let viewer, let stripe, let parent):
            guard core.isAlive(Int(viewer)), viewers[Int(viewer)].intakes[Int(stripe)].primary == parent else { return }
            report(Int(viewer), Int(stripe), Int(parent), .bye, &core)
        case .hole(let viewer, let sequence, let stripe): fill(Int(viewer), sequence, Int(stripe), &core)
        case .forwardAnswer(let viewer, let wish): answer(Int(viewer), wish: wish, &core)
        case .forwardRefused(let viewer, let wish): forwardRefused(Int(viewer), wish: wish, &core)
        }
    }

    // MARK: Chunks

    private mutating func arrived(
        _ viewer: Int, _ from: Int32, _ sequence: UInt64, _ stripe: Int, _ spreadMs: Int64, _ core: inout Core
    ) {
        guard core.isAlive(viewer) else { return }
        if from >= 0, !core.brokenPairs.isEmpty, core.brokenPairs.contains(Core.pair(viewer, Int(from))) { return }
        if from == ChunkViewer.forward {
            core.tally.forwardBytes += core.stream.chunkBytes / SimulatedStream.stripeCount
        }
        let now = core.now
        viewers[viewer].newest = max(viewers[viewer].newest, sequence)
        if viewers[viewer].intakes[stripe].primary == from {
            viewers[viewer].intakes[stripe].lastPrimaryProgress = now
            viewers[viewer].intakes[stripe].starvingSince = nil
            if sequence >= viewers[viewer].intakes[stripe].primaryFrom {
                viewers[viewer].intakes[stripe].primaryDelivers = true
            }
        }
        if viewers[viewer].played >= viewers[viewer].intakes[stripe].head, viewers[viewer].intakes[stripe].head > 0 {
            viewers[viewer].intakes[stripe].move(to: viewers[viewer].played)
        }
        if viewers[viewer].intakes[stripe].take(sequence) {
            viewers[viewer].intakes[stripe].lastProgress = now
            play(viewer, sequence, &core)
            for position in viewers[viewer].subscriptions.indices
            where Int(viewers[viewer].subscriptions[position].stripe) == stripe {
                pass(viewer, position, sequence, spreadMs, &core)
            }
        }
        if viewers[viewer].losses.isOpen { noteRepairs(viewer, &core) }
        if !viewers[viewer].isAwake, !viewers[viewer].isSettled { wake(viewer, &core) }
    }

    /// Hands the chunk to the player once all stripes of it are here.
    private mutating func play(_ viewer: Int, _ sequence: UInt64, _ core: inout Core) {
        guard let chunk = core.stream.chunk(sequence) else { return }
        let isWhole =
            viewers[viewer].intakes.allSatisfy { $0.head > 0 && $0.has(sequence) }
            && !viewers[viewer].lost.contains(sequence)
        if isWhole {
            viewers[viewer].playout.add(VerifiedChunk(description: chunk.description, bytes: []), now: core.now)
        } else {
            viewers[viewer].playout.announce(chunk.description, now: core.now)
        }
        guard viewers[viewer].playout.nextDue.map({ $0 <= core.now }) ?? !viewers[viewer].hasStarted else { return }
        release(viewer, &core)
    }

    /// A chunk comes no more from where it should: a forward gives it, if there is room, or nobody does.
    private mutating func fill(_ viewer: Int, _ sequence: UInt64, _ stripe: Int, _ core: inout Core) {
        guard core.isAlive(viewer), !viewers[viewer].intakes[stripe].has(sequence) else { return }
        if core.areForwardsUp, let claim = PoolClaim(standing: .peer, reason: .descendant),
            core.pool.takeChunk(for: core.residents[viewer].id, claim: claim, now: core.instant)
        {
            core.tally.fetches += 1
            return core.schedule(
                afterMs: 4 * core.serverMs,
                .chunk(
                    to: Int32(viewer), from: ChunkViewer.forward, sequence: sequence, stripe: UInt8(stripe), spreadMs: 0
                ))
        }
        core.tally.refusals += 1
        if viewers[viewer].lost.count >= 64 { viewers[viewer].lost.removeFirst() }
        viewers[viewer].lost.append(sequence)
        _ = viewers[viewer].intakes[stripe].take(sequence)
    }

    mutating func release(_ viewer: Int, _ core: inout Core) {
        _ = viewers[viewer].playout.advance(to: core.now)
        viewers[viewer].played = max(viewers[viewer].played, viewers[viewer].playout.dealtWith ?? 0)
        guard !viewers[viewer].hasStarted, viewers[viewer].playout.hasStarted else { return }
        viewers[viewer].hasStarted = true
        core.tally.startups.add(core.now - core.residents[viewer].joinedAt)
    }

    /// Sends a chunk on. Its pieces leave as they come, as fast as the upload that the children share allows.
    private mutating func pass(
        _ viewer: Int, _ position: Int, _ sequence: UInt64, _ spreadMs: Int64, _ core: inout Core
    ) {
        let subscription = viewers[viewer].subscriptions[position]
        guard sequence >= subscription.from, sequence < subscription.until,
            let chunk = core.stream.chunk(sequence)
        else { return }
        let (child, now) = (Int(subscription.child), core.now)
        var (leftAt, spread) = (now + pieceMs, spreadMs)
        if let uploadMs = viewers[viewer].chunkUploadMs {
            // Those that the tracker wants to be fed come first, as real viewers have it; others get what is left.
            let others = viewers[viewer].subscriptions.filter {
                $0.child != subscription.child && $0.isAssigned == subscription.isAssigned
                    && $0.busyUntil > now - spreadMs
            }
            let takesMs = Int64(uploadMs * Double(others.count + 1))
            var startsAt = max(now - spreadMs, subscription.busyUntil)
            if !subscription.isAssigned {
                for other in viewers[viewer].subscriptions where other.isAssigned {
                    startsAt = max(startsAt, other.busyUntil)
                }
            }
            leftAt = max(startsAt + takesMs, leftAt)
            spread = max(spread, takesMs)
            // After its time nobody plays it.
            guard leftAt < chunk.description.publishedAt + scenario.bufferMs else {
                return core.schedule(
                    afterMs: core.network.delayMs(viewer, child),
                    .hole(subscription.child, sequence: sequence, stripe: subscription.stripe))
            }
            viewers[viewer].subscriptions[position].busyUntil = leftAt
        }
        core.tally.messages += 1
        core.schedule(
            afterMs: leftAt - now + core.network.delayMs(viewer, child),
            .chunk(
                to: subscription.child, from: Int32(viewer), sequence: sequence, stripe: UInt8(subscription.stripe),
                spreadMs: UInt16(clamping: spread)))
    }

    // MARK: Subscriptions

    private mutating func subscribed(
        _ viewer: Int, _ child: Int32, _ stripe: Int, _ from: UInt64, _ core: inout Core
    ) {
        guard core.isAlive(viewer), core.isAlive(Int(child)) else { return }
        let isAssigned = viewers[viewer].children.contains { $0 == (stripe, child) }
        guard isAssigned || admitsGuest(viewer, child, stripe, core), !viewers[viewer].isLeaving else {
            return core.schedule(
                afterMs: core.network.delayMs(viewer, Int(child)),
                .refused(child, stripe: UInt8(stripe), by: Int32(viewer)))
        }
        let start = from > 0 ? from : firstForNewcomer(viewer, core)
        viewers[viewer].subscriptions.removeAll { $0.child == child && Int($0.stripe) == stripe }
        viewers[viewer].subscriptions.append(
            ChunkViewer.Subscription(child: child, stripe: UInt8(stripe), from: start, isAssigned: isAssigned))
        let position = viewers[viewer].subscriptions.count - 1
        let oldest = core.stream.chunks.first?.description.sequence ?? start
        for sequence in stride(from: max(start, oldest), through: viewers[viewer].newest, by: 1)
        where viewers[viewer].intakes[stripe].has(sequence) {
            pass(viewer, position, sequence, 0, &core)
        }
    }

    /// As real viewers do: a fresh keyframe, or what comes next.
    private func firstForNewcomer(_ viewer: Int, _ core: Core) -> UInt64 {
        let newest = viewers[viewer].newest
        let keyframe = newest - newest % UInt64(max(1, scenario.chunksPerGroup))
        return Int64(newest - keyframe) * scenario.chunkMs <= 400 ? keyframe : newest + 1
    }

    private func admitsGuest(_ viewer: Int, _ child: Int32, _ stripe: Int, _ core: Core) -> Bool {
        guard core.residents[viewer].capacity > 0, viewers[viewer].intakes[stripe].primary != child else {
            return false
        }
        return viewers[viewer].subscriptions.count { !$0.isAssigned && $0.until == .max && $0.child != child }
            < PeerConfiguration.guestsMax
    }

    private mutating func unsubscribed(_ viewer: Int, _ child: Int32, _ stripe: UInt8, _ until: UInt64) {
        for position in viewers[viewer].subscriptions.indices
        where viewers[viewer].subscriptions[position].child == child
            && viewers[viewer].subscriptions[position].stripe == stripe
        {
            viewers[viewer].subscriptions[position].until = until
        }
        let newest = viewers[viewer].newest
        viewers[viewer].subscriptions.removeAll { $0.until == 0 || $0.until < newest }
    }

    // MARK: Repairs

    mutating func noteRepairs(_ viewer: Int, _ core: inout Core) {
        for stripe in viewers[viewer].intakes.indices {
            let intake = viewers[viewer].intakes[stripe]
            let isGood =
                intake.primary == ChunkViewer.forward
                || (intake.primary >= 0 && core.isAlive(Int(intake.primary))
                    && (core.brokenPairs.isEmpty
                        || !core.brokenPairs.contains(Core.pair(viewer, Int(intake.primary)))))
            let progress = intake.lastProgress > 0 ? Core.instant(intake.lastProgress) : nil
            viewers[viewer].losses.note(
                stripe: stripe, isRepaired: isGood && intake.primaryDelivers, lastProgress: progress, now: core.now,
                flightMs: scenario.network.delayMs.upperBound + scenario.network.farMs, &core.tally)
        }
    }
}
