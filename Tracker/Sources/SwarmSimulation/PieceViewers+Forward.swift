import CoreTypes
import PeerCore
import SafetyNet
import SwarmCore

/// What viewers take from the forward.
extension PieceViewers {
    mutating func wish(
        _ stripes: [Int], from: UInt64?, _ why: ForwardReason, by viewer: Int, _ core: inout Core
    ) {
        viewers[viewer].forward.number += 1
        let number = viewers[viewer].forward.number
        viewers[viewer].forward.stripes = stripes
        viewers[viewer].forward.from = from
        viewers[viewer].forward.why = why
        guard !stripes.isEmpty else {
            fed.remove(viewer)
            if let lease = viewers[viewer].forward.lease { core.pool.release(lease) }
            viewers[viewer].forward.lease = nil
            return
        }
        guard core.areForwardsUp else { return }
        // A connection, and the request over it.
        core.schedule(
            afterMs: 3 * core.serverMs,
            .forwardAnswer(
                Int32(viewer), wish: number, stripes: stripes, from: from, why: why))
    }

    mutating func answer(
        _ viewer: Int, wish: Int32, _ stripes: [Int], from: UInt64?, why: ForwardReason, _ core: inout Core
    ) {
        guard core.isAlive(viewer), viewers[viewer].forward.number == wish, core.areForwardsUp else { return }
        let id = core.residents[viewer].id
        // A token tells forwards who is a root; trackers give it with the place.
        let isRoot = viewers[viewer].machine.assignments.contains { $0.source == .forward }
        guard let claim = PoolClaim(standing: isRoot ? .root : .peer, reason: why),
            let lease = core.pool.open(stripes: stripes.count, for: id, claim: claim, now: core.instant)
        else {
            core.tally.refusals += 1
            return core.schedule(afterMs: core.serverMs, .forwardRefused(Int32(viewer), wish: wish))
        }
        viewers[viewer].forward.lease = lease
        fed.set(viewer, stripes)
        viewers[viewer].machine.forwardOpened(now: Self.time(core.now))
        perform(viewer, &core)
        for sequence in stride(from: from ?? core.stream.newestKeyframe, through: core.stream.newest, by: 1) {
            give(viewer, sequence, stripes, &core)
        }
    }

    mutating func published(_ core: inout Core) {
        guard core.areForwardsUp else { return }
        for (viewer, stripes) in fed.all {
            core.schedule(
                afterMs: core.serverMs,
                .forwarded(Int32(viewer), sequence: core.stream.newest, stripes: stripes))
        }
    }

    mutating func forwardsChanged(_ core: inout Core) {
        guard core.areForwardsUp else {
            for viewer in fed.all.map(\.viewer) where core.isAlive(viewer) {
                viewers[viewer].machine.forwardClosed(now: Self.time(core.now))
                perform(viewer, &core)
            }
            return
        }
        // Whoever wants something connects anew, and goes on where it was.
        for viewer in viewers.indices where core.isAlive(viewer) && !viewers[viewer].forward.stripes.isEmpty {
            let wish = viewers[viewer].forward
            core.schedule(
                afterMs: 3 * core.serverMs,
                .forwardAnswer(
                    Int32(viewer), wish: wish.number, stripes: wish.stripes,
                    from: viewers[viewer].machine.forwardFrom ?? wish.from, why: wish.why))
        }
    }

    /// A chunk of some stripes has come from the forward.
    mutating func give(_ viewer: Int, _ sequence: UInt64, _ stripes: [Int], _ core: inout Core) {
        guard let chunk = core.stream.chunk(sequence), fed.takes(viewer, stripes) else { return }
        let time = Self.time(core.now)
        for stripe in stripes {
            viewers[viewer].machine.takeFromForward(chunk.signed[stripe], now: time)
            for index in chunk.layout.pieces(ofStripe: stripe) {
                guard let count = chunk.layout.range(ofPiece: index)?.count else { continue }
                core.tally.forwardBytes += count
                viewers[viewer].machine.takeFromForward(
                    piece: Array(core.stream.piece(count)), index: index, sequence: sequence, now: time)
            }
        }
        if viewers[viewer].losses.isOpen { noteForwardRepairs(viewer, &core) }
        perform(viewer, &core)
    }

    private mutating func noteForwardRepairs(_ viewer: Int, _ core: inout Core) {
        for stripe in 0..<SimulatedStream.stripeCount {
            guard let standing = viewers[viewer].machine.standing(ofStripe: stripe) else { continue }
            viewers[viewer].losses.note(
                stripe: stripe, isRepaired: standing.primary == .forward && standing.primaryDelivers,
                lastProgress: standing.lastProgress, now: core.now, flightMs: 0, &core.tally)
        }
    }

    mutating func fetch(
        _ sequence: UInt64, _ indices: [Int], _ why: ForwardReason, by viewer: Int, _ core: inout Core
    ) {
        guard core.areForwardsUp, let claim = PoolClaim(standing: .peer, reason: why),
            core.pool.takeChunk(for: core.residents[viewer].id, claim: claim, now: core.instant)
        else {
            core.tally.refusals += 1
            return
        }
        core.tally.fetches += 1
        core.schedule(
            afterMs: 4 * core.serverMs, .fetched(Int32(viewer), sequence: sequence, indices: indices))
    }
}
