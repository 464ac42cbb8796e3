import CoreTypes
import OverlayCore

/// Peers that leave, and the work that is done in the background.
extension Swarm {
    /// A peer leaves, or has not been heard of for too long. It is out with the next `advance` after the window.
    public mutating func leave(_ id: RandomID, now: MonotonicInstant) {
        guard let member = member(id), !member.isDeparting else { return }
        change(id) { $0.isDeparting = true }
        departing.append(id)
        if departingSince == nil { departingSince = now }
    }

    /// Whether a peer has an event stream. While it has none it keeps the children it has and gets no others: it may be dead.
    public mutating func setSilent(_ id: RandomID, _ isSilent: Bool) {
        guard let member = member(id), member.isSilent != isSilent else { return }
        change(id) {
            $0.isSilent = isSilent
            $0.isMuted = true
        }
        if !member.isMuted { muted.append(id) }
    }

    /// Whether a peer has lost its event stream, or is none.
    public func isSilent(_ id: RandomID) -> Bool { member(id)?.isSilent ?? true }

    /// Has the overlay know who has become silent, and who is not any more.
    mutating func settleMuted(now: MonotonicInstant, into events: inout [SwarmEvent]) {
        guard !muted.isEmpty else { return }
        let ids = muted
        muted.removeAll(keepingCapacity: true)
        for id in ids {
            change(id) { $0.isMuted = false }
            applyCapacity(of: id, now: now, into: &events)
            guard let member = member(id), member.isSilent, !member.isAmongSilent else { continue }
            change(id) { $0.isAmongSilent = true }
            silent.append(id)
        }
    }

    /// Closes the slots of silent peers whose children have gone elsewhere. There are as many as have lost their event
    /// streams within the last seconds.
    private mutating func closeSlots(now: MonotonicInstant, into events: inout [SwarmEvent]) {
        guard !silent.isEmpty else { return }
        let ids = silent
        silent = ids.filter { member($0)?.isSilent ?? false }
        for id in ids where !(member(id)?.isSilent ?? false) { change(id) { $0.isAmongSilent = false } }
        for id in silent { applyCapacity(of: id, now: now, into: &events) }
    }

    /// Does what is due: departures, background work, the end of a resumption. To be called every 200 ms, and when the
    /// window of a departure is over.
    public mutating func advance(now: MonotonicInstant, into events: inout [SwarmEvent]) {
        settleMuted(now: now, into: &events)
        if let since = departingSince, now.milliseconds(since: since) >= SwarmTimes.departureWindowMs {
            flushDepartures(now: now, into: &events)
        }
        closeSlots(now: now, into: &events)
        if resumption?.isDue(now: now) ?? false { endResumption(now: now, into: &events) }
        guard resumption == nil else { return }
        let isStorm = stormUntil.map { now < $0 } ?? false
        guard now.milliseconds(since: tickedAt) >= (isStorm ? SwarmTimes.stormTickMs : SwarmTimes.tickMs) else {
            return
        }
        tickedAt = now
        endLeaves(now: now, into: &events)
        adjustRootLimit(peers: count, now: now)
        overlay.tick(budget: max(1, count / (isStorm ? 2_000 : 10_000)), into: &changes)
        counters.moves += UInt64(changes.count)
        tellChanges(now: now, into: &events)
        spreadRoots(into: &events)
    }

    /// Takes out at once who is about to leave.
    mutating func flushDepartures(now: MonotonicInstant, into events: inout [SwarmEvent]) {
        guard let since = departingSince else { return }
        let gone = departing
        departing.removeAll(keepingCapacity: true)
        departingSince = nil
        remove(gone, knownSince: since, now: now, into: &events)
    }

    mutating func remove(
        _ ids: [RandomID], knownSince: MonotonicInstant, now: MonotonicInstant, into events: inout [SwarmEvent]
    ) {
        var gone: [PeerIndex] = []
        for id in ids {
            guard let index = indices[id], let member = members[index] else { continue }
            for (stripe, told) in member.told.enumerated() {
                release(told, of: id, stripe, now: now, into: &events)
            }
            members[index] = nil
            indices[id] = nil
            gone.append(index.peer)
        }
        guard !gone.isEmpty else { return }
        counters.departures += UInt64(gone.count)
        unrest.left(gone.count, now: now)
        guard resumption == nil else { return }
        if gone.count >= Overlay.batchMin {
            overlay.leaveBatch(gone, into: &changes)
            stormUntil = now.advanced(byMilliseconds: SwarmTimes.stormMs)
        } else {
            for index in gone { overlay.leave(index, into: &changes) }
        }
        adjustRootLimit(peers: count, now: now)
        countRepairs(changes.count, since: knownSince, now: now)
        tellChanges(now: now, into: &events)
    }

    /// Brings the number of regular roots in line with the number of peers.
    ///
    /// More roots are let in at once. Fewer cost depth, for whole subtrees go to the bottom of others and come up again one
    /// by one; so a large swarm keeps the roots it has until it is a fifth of what they were for, and then lets them go one
    /// by one. Up to 4, trees are so small that it does not matter.
    mutating func adjustRootLimit(peers: Int, now: MonotonicInstant) {
        let limit = overlay.rootLimit
        unrest.look(peers: peers, now: now)
        // What unrest has brought goes with it: only what the size asked for is kept for the size.
        rootLimitBySize = Overlay.rootLimit(forPeers: peers, current: rootLimitBySize)
        let wanted = max(rootLimitBySize, unrest.rootLimit)
        if wanted >= limit || limit <= 4 { return overlay.setRootLimit(wanted) }
        guard peers < (limit > 8 ? 20_000 : 200),
            now.milliseconds(since: rootLimitLoweredAt ?? startedAt) >= SwarmTimes.rootLimitStepMs
        else { return }
        rootLimitLoweredAt = now
        overlay.setRootLimit(limit - 1)
    }

    mutating func countRepairs(_ links: Int, since: MonotonicInstant, now: MonotonicInstant) {
        let tookMs = now.milliseconds(since: since)
        counters.repairs += UInt64(links)
        counters.repairMs += tookMs * Int64(links)
        if links > 0 { counters.repairMsMax = max(counters.repairMsMax, tookMs) }
    }
}
