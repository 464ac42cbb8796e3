import CoreTypes
import OverlayCore

/// Capacity that is declared and not believed.
///
/// What a peer declares is its own measure. Its children are the only ones who know whether it keeps what it says: when
/// they complain it feeds nobody for a minute, and then no more of them than were content, one more each minute.
extension Swarm {
    /// Makes a peer a leaf for a time; its children get other parents.
    mutating func demote(_ id: RandomID, now: MonotonicInstant, into events: inout [SwarmEvent]) {
        change(id) { $0.leafUntil = now.advanced(byMilliseconds: SwarmTimes.leafMs) }
        if !leaves.contains(id) { leaves.append(id) }
        applyCapacity(of: id, now: now, into: &events)
    }

    /// Children of a peer have complained, `child` last: it becomes a leaf for a time, and must earn trust anew.
    mutating func doubt(
        _ id: RandomID, child: RandomID, now: MonotonicInstant, into events: inout [SwarmEvent]
    ) {
        let content = contentChildren(of: id, but: child, now: now)
        // One it may always try: how else should it show that it is better than that?
        change(id) {
            $0.reportedBy = nil
            $0.trust = SwarmMember.Trust(
                children: max(1, content), since: now.advanced(byMilliseconds: SwarmTimes.leafMs))
        }
        demote(id, now: now, into: &events)
    }

    /// Children of a peer, other than `child`, that have had it for a while without a complaint.
    func contentChildren(of id: RandomID, but child: RandomID, now: MonotonicInstant) -> Int {
        place(of: id).children.count { served in
            guard served.peer != child, let told = member(served.peer)?.told[served.stripe] else { return false }
            return told.since.map { now.milliseconds(since: $0) >= SwarmTimes.confirmedMs } ?? false
        }
    }

    /// Gives peers more of their capacity back for which the time has come.
    mutating func endLeaves(now: MonotonicInstant, into events: inout [SwarmEvent]) {
        guard !leaves.isEmpty else { return }
        var kept: [RandomID] = []
        for id in leaves {
            guard let member = member(id) else { continue }
            let isLeaf = member.leafUntil.map { now < $0 } ?? false
            let isTrusted = member.trust.map { $0.capacity(now: now) >= Overlay.capacityMax } ?? true
            if isLeaf || !isTrusted { kept.append(id) }
            change(id) {
                if !isLeaf { $0.leafUntil = nil }
                if isTrusted { $0.trust = nil }
            }
            if !isLeaf { applyCapacity(of: id, now: now, into: &events) }
        }
        leaves = kept
    }

    /// Has the overlay count with what is believed of a peer now.
    mutating func applyCapacity(of id: RandomID, now: MonotonicInstant, into events: inout [SwarmEvent]) {
        guard resumption == nil, let index = indices[id], let member = members[index] else { return }
        var capacity = member.effectiveCapacity(now: now)
        if member.isSilent { capacity = min(capacity, overlay.children(of: index.peer).count) }
        overlay.setCapacity(index.peer, capacity, into: &changes)
        tellChanges(now: now, into: &events)
    }
}
