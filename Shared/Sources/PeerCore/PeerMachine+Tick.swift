import CoreTypes
import MediaWire

extension PeerMachine {
    /// To be called every `PeerConfiguration.tickMs`.
    public mutating func tick(now: PeerTime) {
        let isLate = now.milliseconds(since: lastTick ?? now.monotonic) > PeerConfiguration.lateTickMs
        lastTick = now.monotonic
        budget.refill(now: now.monotonic)
        if let newest = store.newestPublishedAt {
            store.forget(publishedBefore: newest - configuration.bufferMs - PeerConfiguration.windowExtraMs)
        }
        linkBufferedMax = min(max(Link.bufferedLeast, stripeBytesPerSecond / 2), Link.bufferedMost)
        if isLate { forgive(now: now) }
        tendLinks(now: now)
        for stripe in intakes.indices {
            updateCompleteHead(stripe)
            judgePrimary(stripe, now: now)
            fillHoles(stripe, now: now)
        }
        settle(now)
        serve(now: now)
        judgeUplink(now: now)
    }

    /// This process stood still: what did not come, and did not go, meanwhile is nobody's fault.
    private mutating func forgive(now: PeerTime) {
        for position in links.indices {
            links[position].lastHeard = max(links[position].lastHeard, now.monotonic)
            links[position].backlog.clear()
        }
        for stripe in intakes.indices {
            intakes[stripe].ladder.forgive()
            intakes[stripe].excuse(upTo: store.newest)
            if !intakes[stripe].primaryDelivers { intakes[stripe].primarySince = now.monotonic }
        }
        uplink.interrupt()
    }

    /// Signs of life, and a turn for each child.
    private mutating func serve(now: PeerTime) {
        guard !links.isEmpty else { return }
        turn = (turn + 1) % links.count
        let starving = starvingStripes(now: now)
        var dismissed: [PeerID] = []
        for step in links.indices {
            let position = (turn + step) % links.count
            guard links[position].isOpen else { continue }
            for stripe in links[position].child.expire(newest: store.newest, now: now.monotonic) {
                send(.refuse(stripe: UInt8(stripe), reason: .full), to: links[position].peer, now: now)
                dismissed.append(links[position].peer)
            }
            pump(position, now: now)
            let isChild = links[position].child.isSubscribed
            let pause = isChild ? PeerConfiguration.aliveMs : PeerConfiguration.idleAliveMs
            // Half a tick early rather than late; and when there is news, whatever else is being sent.
            if starving != links[position].starvingTold
                || now.milliseconds(since: links[position].lastSent) >= pause - PeerConfiguration.tickMs / 2
            {
                sendAlive(position, now: now)
            }
        }
        for peer in dismissed where !isNeeded(peer) && link(peer)?.child.isSubscribed == false {
            close(peer, "no child any more", loss: .closed, now: now)
        }
    }

    /// Counts the chunks of which nothing has come from the primary when they are due. A forward may have sent them in its
    /// place, again and again, so that nothing was ever missing for long. A primary that gets them late itself still passes
    /// them on in time, and one that starves cannot help it.
    private mutating func judgePrimary(_ stripe: Int, now: PeerTime) {
        let forgiven = Intake.forgivenPerSecond * Double(PeerConfiguration.tickMs) / 1_000
        intakes[stripe].withheld = max(0, intakes[stripe].withheld - forgiven)
        for chunk in store.chunks(from: intakes[stripe].dueHead + 1) {
            guard chunk.description.publishedAt + configuration.bufferMs <= now.wall else { break }
            let hasCome = intakes[stripe].due(chunk.sequence)
            let intake = intakes[stripe]
            guard !hasCome, intake.primaryDelivers, chunk.sequence >= intake.primaryFrom,
                let parent = intake.primary?.peer, openLink(parent)?.isStarving(stripe) == false
            else { continue }
            intakes[stripe].withheld += 1
        }
    }

    // MARK: Holes

    /// Most chunks looked after in one tick.
    private static let holesMax = 8

    /// Asks for what is missing among newer pieces: the parent first, then another neighbour, a forward when it is due soon.
    private mutating func fillHoles(_ stripe: Int, now: PeerTime) {
        let intake = intakes[stripe]
        let head = intake.head
        guard head > 0, dealtWith(stripe) > 0 else { return }
        var looked = 0
        for chunk in store.chunks(from: dealtWith(stripe) + 1) {
            guard chunk.sequence + 2 <= head else { break }
            guard !chunk.isComplete(stripe) else { continue }
            let dueMs = chunk.description.publishedAt + configuration.bufferMs - now.wall
            let isDueSoon = dueMs < min(PeerConfiguration.helperReserveMs, configuration.bufferMs / 2)
            // What is due in a moment is fetched, whoever may be on the way to send it.
            let isDue = dueMs < min(PeerConfiguration.descendantReserveMs, configuration.bufferMs / 3) / 2
            let isAwaited = intake.awaits(
                chunk.sequence, isDueSoon: isDueSoon, isForwardOpen: forward.isOpen, now: now)
            guard isDue || !isAwaited else { continue }
            looked += 1
            guard looked <= Self.holesMax else { return }
            fillHole(of: chunk, stripe, now: now)
        }
    }

    private mutating func fillHole(of chunk: StoredChunk, _ stripe: Int, now: PeerTime) {
        let repair = chunk.repairs[stripe]
        let dueMs = chunk.description.publishedAt + configuration.bufferMs - now.wall
        guard dueMs > 0 else { return }
        let isUrgent = dueMs < min(PeerConfiguration.descendantReserveMs, configuration.bufferMs / 3)
        let waitedMs = now.milliseconds(since: repair.at?.monotonic ?? now.monotonic)
        let indices = chunk.manifest(stripe) == nil ? [] : chunk.missingPieces(stripe)
        switch repair.step {
        case 0:
            store.noteRepair(chunk.sequence, stripe: stripe, step: 1, at: now)
            noteWithheld(chunk.sequence, stripe)
        case 1, 2:
            if isUrgent {
                fetch(chunk, stripe, indices, now: now)
            } else if waitedMs >= PeerConfiguration.holeMs {
                store.noteRepair(chunk.sequence, stripe: stripe, step: repair.step + 1, at: now)
                ask(repair.step, stripe, chunk.sequence, indices, now: now)
            }
        case 3:
            if isUrgent { fetch(chunk, stripe, indices, now: now) }
        default: break
        }
    }

    /// A chunk that the primary has begun and passed by is incomplete. One that it has not begun counts when it is due.
    private mutating func noteWithheld(_ sequence: UInt64, _ stripe: Int) {
        let intake = intakes[stripe]
        guard intake.primaryDelivers, sequence >= intake.primaryFrom, sequence + 2 <= intake.primaryHead,
            intake.hasSent(sequence)
        else { return }
        intakes[stripe].withheld += 1
    }

    /// Asks the sender of the stripe in the first step, another neighbour in the second.
    private mutating func ask(_ step: Int, _ stripe: Int, _ sequence: UInt64, _ indices: [Int], now: PeerTime) {
        let sender = intakes[stripe].primary?.peer ?? intakes[stripe].rescue?.peer
        let others = intakes.filter { $0.stripe != stripe }.compactMap { $0.primary?.peer } + links.map(\.peer)
        let asked = step == 1 ? sender : others.first { $0 != sender && openLink($0)?.isStarving(stripe) == false }
        guard let asked, openLink(asked) != nil else { return }
        let wanted = indices.prefix(PeerMessage.requestedPiecesMax).map { UInt16($0) }
        counters.piecesRequested += UInt64(max(1, wanted.count))
        send(.request(stripe: UInt8(stripe), sequence: sequence, indices: Array(wanted)), to: asked, now: now)
    }

    private mutating func fetch(_ chunk: StoredChunk, _ stripe: Int, _ indices: [Int], now: PeerTime) {
        // When the forward is about to send the stripe anyway.
        guard !intakes[stripe].needsForward || !forward.isOpen else { return }
        guard fetchTokens.tolerate(.wish, now: now.monotonic) else { return }
        store.noteRepair(chunk.sequence, stripe: stripe, step: 4, at: now)
        counters.piecesRequested += UInt64(max(1, indices.count))
        let why: ForwardReason = intakes[stripe].primary == nil ? .owner : .descendant
        act(.fetch(sequence: chunk.sequence, indices: indices, why: why))
    }
}
