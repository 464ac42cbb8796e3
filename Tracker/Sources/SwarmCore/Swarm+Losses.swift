import CoreTypes
import OverlayCore

/// What peers report of others.
extension Swarm {
    /// A peer could not get a stripe from its parent, or not any longer. `parent` is nil for a forward; `isFarewell` says
    /// that the parent itself announced it, which is never held against it.
    ///
    /// A parent that has no event stream either, or `isUnheard` because it missed its reports, is taken for dead. Of one that
    /// has, two children must complain within 5 s before it is taken to be the cause: then it feeds nobody for a minute, and
    /// must earn trust anew. While it does so, one complaint will do, unless no link came about (`isUnreachable`). Such a
    /// link counts only after another child's complaint, and when no child is content: an uplink that breaks down serves
    /// nobody and admits nobody.
    /// Otherwise only the one who reports gets another parent. Who reports more than anybody honest would need to feeds
    /// nobody for a minute.
    public mutating func lost(
        _ id: RandomID, stripe: Int, parent: RandomID?, isFarewell: Bool, isUnheard: Bool = false,
        isUnreachable: Bool = false, now: MonotonicInstant, into events: inout [SwarmEvent]
    ) {
        guard let index = indices[id], let member = members[index], (0..<stripeCount).contains(stripe) else { return }
        counters.losses += 1
        var isAllowed = true
        change(id) { isAllowed = $0.losses.take(now: now) }
        guard isAllowed else {
            if member.leafUntil == nil { demote(id, now: now, into: &events) }
            return
        }
        // Who reports what does not hold any more has been told better already.
        guard let parent else {
            if case .forward = member.told[stripe].source { reroute(index, stripe, into: &events) }
            return
        }
        guard member.told[stripe].source == .peer(parent) else { return }
        counters.lossesRepaired += 1
        guard resumption == nil else {
            // It is not waited for any more: who has lost it knows better than those who still name it.
            resumption?.awaited.remove(parent)
            return forget(id, stripe, now: now, into: &events)
        }
        settleMuted(now: now, into: &events)
        guard let parentIndex = indices[parent], let suspect = members[parentIndex] else { return }
        var isCorroborated = false
        if isUnreachable {
            // Some pairs never connect, and neither is to blame; who connects to nobody is of no use as a parent.
            change(parent) { isCorroborated = $0.noteUnreachable(by: id, now: now) }
            if suspect.wasReported(notBy: id, within: SwarmTimes.doubtMs, now: now),
                contentChildren(of: parent, but: id, now: now) == 0
            {
                isCorroborated = true
            }
        } else if !isFarewell {
            isCorroborated = suspect.wasReported(notBy: id, within: SwarmTimes.doubtMs, now: now)
            change(parent) { $0.reportedBy = (id, now) }
        }
        if suspect.isSilent || suspect.isDeparting || isUnheard {
            remove([parent], knownSince: now, now: now, into: &events)
            departing.removeAll { $0 == parent }
            return
        }
        if isCorroborated || (suspect.trust != nil && !isFarewell && !isUnreachable) {
            doubt(parent, child: id, now: now, into: &events)
            // It may still be the one: with the last resort of the overlay, or because it was a leaf already.
            guard self.member(id)?.told[stripe].source == .peer(parent) else { return }
        }
        overlay.lost(
            index.peer, stripe: stripe, parent: .peer(parentIndex.peer), remembersPair: !isFarewell, into: &changes)
        countRepairs(changes.count, since: now, now: now)
        tellChanges(now: now, into: &events)
    }

    /// What an accusation came to.
    public enum Verdict: Hashable, Sendable {
        /// The two are kept apart from now on, and nothing else.
        case separated
        /// They are no neighbours, or one of them is not here (any more).
        case irrelevant
        /// The accused is thrown out.
        case guilty
        /// It was one accusation too many: the accuser is thrown out.
        case slander
    }

    /// A peer says that another one sent what no honest peer sends.
    ///
    /// One of the two lies, and the swarm cannot know which. So an accusation costs the accused its place, and costs the
    /// accuser its right to accuse for a minute: a liar harms one neighbour, and not more than its own number.
    ///
    /// Ids are cheap: of a newcomer, or when `isBelieved` says that its address has accused enough, it only has the effect
    /// that the two are no neighbours any more, unless another one accuses the same peer within a minute, and
    /// `mayCorroborate` has no objection.
    public mutating func accuse(
        _ accused: RandomID, by id: RandomID, isBelieved: () -> Bool = { true },
        mayCorroborate: () -> Bool = { true }, now: MonotonicInstant,
        into events: inout [SwarmEvent]
    ) -> Verdict {
        guard let accuser = member(id), let other = member(accused), id != accused,
            areNeighbours(accuser, other, now: now)
        else { return .irrelevant }
        if let last = accuser.accusation, now.milliseconds(since: last.at) < SwarmTimes.accusationMs {
            guard last.accused != accused else { return .irrelevant }
            throwOut(id, now: now, into: &events)
            return .slander
        }
        change(id) { $0.accusation = (accused, now) }
        let isCorroborated =
            other.accusedBy.map {
                $0.peer != id && now.milliseconds(since: $0.at) < SwarmTimes.accusationMs
            } ?? false
        change(accused) { $0.accusedBy = (id, now) }
        let isNewcomer = now.milliseconds(since: accuser.joinedAt) < SwarmTimes.newcomerMs
        guard isCorroborated ? mayCorroborate() : !isNewcomer && isBelieved() else {
            separate(id, accused, now: now, into: &events)
            return .separated
        }
        throwOut(accused, now: now, into: &events)
        return .guilty
    }

    private mutating func separate(
        _ one: RandomID, _ other: RandomID, now: MonotonicInstant, into events: inout [SwarmEvent]
    ) {
        for (child, parent) in [(one, other), (other, one)] {
            for stripe in 0..<stripeCount where member(child)?.told[stripe].source == .peer(parent) {
                guard resumption == nil, let index = indices[child], let parentIndex = indices[parent] else { continue }
                overlay.lost(index.peer, stripe: stripe, parent: .peer(parentIndex.peer), into: &changes)
                tellChanges(now: now, into: &events)
            }
        }
    }

    private mutating func throwOut(_ id: RandomID, now: MonotonicInstant, into events: inout [SwarmEvent]) {
        counters.bans += 1
        remove([id], knownSince: now, now: now, into: &events)
        departing.removeAll { $0 == id }
        events.append(SwarmEvent(to: id, .banned))
    }

    /// Whether two peers are linked, or were a moment ago, as far as either was told.
    private func areNeighbours(_ one: SwarmMember, _ other: SwarmMember, now: MonotonicInstant) -> Bool {
        func knows(_ member: SwarmMember, _ peer: RandomID) -> Bool {
            member.told.contains { $0.source == .peer(peer) || $0.grandparent == peer }
                || member.former.contains {
                    $0.peer == peer && now.milliseconds(since: $0.at) <= SwarmTimes.formerNeighbourMs
                }
        }
        return knows(one, other.id) || knows(other, one.id)
    }
}
