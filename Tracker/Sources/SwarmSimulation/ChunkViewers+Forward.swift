import CoreTypes
import PeerCore
import SafetyNet

/// What viewers take from the forward.
extension ChunkViewers {
    /// Asks for another set of stripes when it has changed.
    mutating func useForward(_ viewer: Int, _ core: inout Core) {
        let needed = viewers[viewer].intakes.indices.filter { viewers[viewer].intakes[$0].needsForward }
        guard needed != viewers[viewer].wanted else { return }
        let isRoots = needed.allSatisfy {
            viewers[viewer].intakes[$0].primary == ChunkViewer.forward
                && viewers[viewer].intakes[$0].rescue != ChunkViewer.forward
        }
        let until = isRoots ? viewers[viewer].rootRefusedUntil : viewers[viewer].refusedUntil
        guard needed.isEmpty || core.now >= until else { return }
        viewers[viewer].wanted = needed
        viewers[viewer].wish.number += 1
        guard !needed.isEmpty else {
            viewers[viewer].forwardIsOpen = false
            fed.remove(viewer)
            if let lease = viewers[viewer].wish.lease { core.pool.release(lease) }
            viewers[viewer].wish.lease = nil
            return
        }
        let reasons = needed.map { stripe in
            viewers[viewer].intakes[stripe].primary == ChunkViewer.forward
                ? ForwardReason.root : viewers[viewer].intakes[stripe].rescueReason
        }
        viewers[viewer].reason = reasons.filter { $0 != .root }.min() ?? .root
        guard core.areForwardsUp else { return }
        core.schedule(
            afterMs: 3 * core.serverMs, .forwardAnswer(Int32(viewer), wish: viewers[viewer].wish.number))
    }

    mutating func answer(_ viewer: Int, wish: Int32, _ core: inout Core) {
        guard core.isAlive(viewer), viewers[viewer].wish.number == wish, core.areForwardsUp else { return }
        let stripes = viewers[viewer].wanted
        let isRoot = viewers[viewer].intakes.contains { $0.assigned == ChunkViewer.forward }
        guard let claim = PoolClaim(standing: isRoot ? .root : .peer, reason: viewers[viewer].reason),
            let lease = core.pool.open(
                stripes: stripes.count, for: core.residents[viewer].id, claim: claim, now: core.instant)
        else {
            core.tally.refusals += 1
            return core.schedule(afterMs: core.serverMs, .forwardRefused(Int32(viewer), wish: wish))
        }
        viewers[viewer].wish.lease = lease
        viewers[viewer].forwardIsOpen = true
        fed.set(viewer, stripes)
        let begun = stripes.filter { viewers[viewer].intakes[$0].head > 0 }
        let from =
            begun.count == stripes.count
            ? begun.map { viewers[viewer].firstMissing($0) }.min() ?? core.stream.newestKeyframe
            : core.stream.newestKeyframe
        for sequence in stride(from: from, through: core.stream.newest, by: 1) {
            for stripe in stripes { give(viewer, sequence, stripe, &core) }
        }
    }

    private mutating func give(_ viewer: Int, _ sequence: UInt64, _ stripe: Int, _ core: inout Core) {
        core.schedule(
            afterMs: core.serverMs,
            .chunk(
                to: Int32(viewer), from: ChunkViewer.forward, sequence: sequence, stripe: UInt8(stripe), spreadMs: 0))
    }

    mutating func forwardRefused(_ viewer: Int, wish: Int32, _ core: inout Core) {
        guard core.isAlive(viewer), viewers[viewer].wish.number == wish else { return }
        let until = core.now + Int64(StripePool.retryAfterSeconds) * 1_000
        if viewers[viewer].reason == .root { viewers[viewer].rootRefusedUntil = until }
        viewers[viewer].refusedUntil = until
        viewers[viewer].wanted = []
        viewers[viewer].forwardIsOpen = false
        for stripe in viewers[viewer].intakes.indices {
            if viewers[viewer].intakes[stripe].rescue == ChunkViewer.forward {
                viewers[viewer].intakes[stripe].rescue = ChunkViewer.nobody
                viewers[viewer].intakes[stripe].tried = []
            }
            if viewers[viewer].intakes[stripe].primary == ChunkViewer.forward,
                viewers[viewer].intakes[stripe].assigned != ChunkViewer.forward
            {
                viewers[viewer].intakes[stripe].primary = ChunkViewer.nobody
                viewers[viewer].intakes[stripe].primaryDelivers = false
            }
        }
        wake(viewer, &core)
    }

    mutating func published(_ core: inout Core) {
        guard core.areForwardsUp else { return }
        for (viewer, stripes) in fed.all {
            for stripe in stripes { give(viewer, core.stream.newest, stripe, &core) }
        }
    }

    mutating func forwardsChanged(_ core: inout Core) {
        guard core.areForwardsUp else {
            for (viewer, _) in fed.all where core.isAlive(viewer) {
                viewers[viewer].forwardIsOpen = false
                wake(viewer, &core)
            }
            return
        }
        // Whoever wants something connects anew.
        for viewer in viewers.indices where core.isAlive(viewer) && !viewers[viewer].wanted.isEmpty {
            core.schedule(
                afterMs: 3 * core.serverMs, .forwardAnswer(Int32(viewer), wish: viewers[viewer].wish.number))
        }
    }
}
