import CoreTypes
import MediaWire
import PeerCore
import SafetyNet

/// What happens between viewers, and what their machines want done.
extension PieceViewers {
    mutating func handle(_ event: Event, _ core: inout Core) {
        let time = Self.time(core.now)
        switch event {
        case .message(let to, let from, let bytes): receive(bytes, at: Int(to), from: Int(from), &core)
        case .offer(let to, let from, let relay): offered(to: Int(to), from: Int(from), relay: Int(relay), &core)
        case .open(let one, let other):
            guard core.isAlive(Int(one)), core.isAlive(Int(other)) else { return }
            for (at, peer) in [(Int(one), Int(other)), (Int(other), Int(one))] {
                viewers[at].machine.opened(core.residents[peer].id, now: time)
                perform(at, &core)
            }
        case .closed(let at, let peer):
            guard core.isAlive(Int(at)) else { return }
            viewers[Int(at)].machine.closed(core.residents[Int(peer)].id, now: time)
            perform(Int(at), &core)
        case .forwardAnswer(let viewer, let wish, let stripes, let from, let why):
            answer(Int(viewer), wish: wish, stripes, from: from, why: why, &core)
        case .forwardRefused(let viewer, let wish):
            guard core.isAlive(Int(viewer)), viewers[Int(viewer)].forward.number == wish else { return }
            viewers[Int(viewer)].machine.forwardRefused(
                retryMs: Int64(StripePool.retryAfterSeconds) * 1_000, now: time)
            perform(Int(viewer), &core)
        case .forwarded(let viewer, let sequence, let stripes):
            guard core.isAlive(Int(viewer)) else { return }
            give(Int(viewer), sequence, stripes, &core)
        case .fetched(let viewer, let sequence, let indices):
            guard core.isAlive(Int(viewer)), let chunk = core.stream.chunk(sequence) else { return }
            for signed in chunk.signed { viewers[Int(viewer)].machine.takeFromForward(signed, now: time) }
            for index in indices.isEmpty ? Array(0..<chunk.layout.pieceCount) : indices {
                guard let count = chunk.layout.range(ofPiece: index)?.count else { continue }
                core.tally.forwardBytes += count
                viewers[Int(viewer)].machine.takeFromForward(
                    piece: Array(core.stream.piece(count)), index: index, sequence: sequence, now: time)
            }
            perform(Int(viewer), &core)
        }
    }

    private mutating func receive(_ bytes: [UInt8], at viewer: Int, from sender: Int, _ core: inout Core) {
        if let position = viewers[sender].outstanding.firstIndex(where: { $0.peer == viewer }) {
            viewers[sender].outstanding[position].bytes -= bytes.count
        }
        guard core.isAlive(viewer), core.brokenPairs.isEmpty || !core.brokenPairs.contains(Core.pair(viewer, sender))
        else { return }
        viewers[viewer].machine.received(bytes[...], from: core.residents[sender].id, now: Self.time(core.now))
        if viewers[viewer].losses.isOpen { noteRepairs(viewer, &core) }
        perform(viewer, &core)
    }

    /// Looks whether a lost parent has been replaced.
    private mutating func noteRepairs(_ viewer: Int, _ core: inout Core) {
        for stripe in 0..<SimulatedStream.stripeCount {
            guard let standing = viewers[viewer].machine.standing(ofStripe: stripe) else { continue }
            let primary = standing.primary?.peer.flatMap { core.numbers[$0] }
            let isGood =
                standing.primary == .forward
                || (primary.map {
                    core.isAlive($0)
                        && (core.brokenPairs.isEmpty || !core.brokenPairs.contains(Core.pair(viewer, $0)))
                } ?? false)
            viewers[viewer].losses.note(
                stripe: stripe, isRepaired: isGood && standing.primaryDelivers, lastProgress: standing.lastProgress,
                now: core.now, flightMs: scenario.network.delayMs.upperBound + scenario.network.farMs, &core.tally)
        }
    }

    private mutating func offered(to viewer: Int, from sender: Int, relay: Int, _ core: inout Core) {
        guard core.isAlive(viewer), core.isAlive(sender) else { return }
        let way = relay < 0 ? 2 * core.serverMs : core.network.delayMs(viewer, sender) * 2
        let relayID = relay < 0 ? nil : core.residents[relay].id
        let isTaken = viewers[viewer].machine.offered(
            by: core.residents[sender].id, relay: relayID, now: Self.time(core.now))
        perform(viewer, &core)
        // Who does not answer is waited for in vain; so is one behind the wrong NAT.
        guard isTaken, core.canConnect(viewer, sender) else { return }
        core.schedule(
            afterMs: core.network.setUpMs(viewer, sender, answerMs: way), .open(Int32(sender), Int32(viewer)))
    }

    // MARK: Actions

    mutating func perform(_ viewer: Int, _ core: inout Core) {
        while true {
            let actions = viewers[viewer].machine.takeActions()
            guard !actions.isEmpty else { return }
            for action in actions { perform(action, by: viewer, &core) }
        }
    }

    private mutating func perform(_ action: PeerAction, by viewer: Int, _ core: inout Core) {
        switch action {
        case .send(let peer, let bytes, let lifetimeMs): send(bytes, to: peer, from: viewer, lifetimeMs, &core)
        case .connect(let peer, let relay):
            guard let other = core.numbers[peer] else { return }
            let via = relay.flatMap { core.numbers[$0] }
            if via == nil, !core.isTrackerUp { return }
            let way =
                via.map { core.network.delayMs(viewer, $0) + core.network.delayMs($0, other) } ?? 2 * core.serverMs
            core.schedule(
                afterMs: way, .offer(to: Int32(other), from: Int32(viewer), relay: Int32(via ?? -1)))
        case .close(let peer, _):
            guard let other = core.numbers[peer] else { return }
            core.schedule(
                afterMs: core.network.delayMs(viewer, other), .closed(at: Int32(other), peer: Int32(viewer)))
        case .takeFromForward(let stripes, let from, let why): wish(stripes, from: from, why, by: viewer, &core)
        case .fetch(let sequence, let indices, let why): fetch(sequence, indices, why, by: viewer, &core)
        case .reportLost(let stripe, let peer, let reason):
            guard let other = core.numbers[peer] else { return }
            core.tally.lossesReported += 1
            core.trace.note(core.elapsedMs, "lost (viewer, stripe, parent): \(reason)", viewer, stripe, other)
            core.send(.lost(viewer, stripe: stripe, parent: other, reason: reason))
        case .accuse(let peer, let reason):
            guard let other = core.numbers[peer] else { return }
            core.tally.accusations += 1
            core.trace.note(core.elapsedMs, "accused (viewer, other): \(reason)", viewer, other)
            core.send(.accuse(viewer, accused: other))
        case .announce(let description): viewers[viewer].playout.announce(description, now: core.now)
        case .chunk(let chunk):
            viewers[viewer].lastCompletion = core.now
            viewers[viewer].playout.add(chunk, now: core.now)
        case .signal, .initSegment, .blameForward: break
        }
    }

    private mutating func send(
        _ bytes: [UInt8], to peer: PeerID, from viewer: Int, _ lifetimeMs: Int64?, _ core: inout Core
    ) {
        guard let other = core.numbers[peer] else { return }
        let departsAt = viewers[viewer].uplink.send(bytes.count, to: Int32(other), now: core.now)
        if let lifetimeMs, departsAt - core.now > lifetimeMs { return }
        if let position = viewers[viewer].outstanding.firstIndex(where: { $0.peer == other }) {
            viewers[viewer].outstanding[position].bytes += bytes.count
        } else {
            viewers[viewer].outstanding.append((Int32(other), bytes.count))
        }
        core.tally.messages += 1
        core.wheel.schedule(
            at: departsAt + core.network.delayMs(viewer, other),
            .viewer(.message(to: Int32(other), from: Int32(viewer), bytes: bytes)))
    }
}
