import CoreTypes
import MediaWire

extension PeerMachine {
    /// Somebody offers a link. True when it is to be answered. When both sides offer at once, the offer of the smaller
    /// id counts.
    /// - Parameter relay: the neighbour that passed it on; nil for the tracker.
    public mutating func offered(by peer: PeerID, relay: PeerID?, now: PeerTime) -> Bool {
        guard !isLeaving, peer != id, !isBanned(peer, now: now) else { return false }
        if let relay {
            // Only the tracker knows who is who: what a neighbour claims must not cost anybody a link.
            guard link(relay)?.child.isSubscribed == true, link(peer) == nil,
                links.count(where: { $0.relay == relay }) < PeerConfiguration.relayedLinksMax
            else { return false }
        }
        if let position = position(peer) {
            let isOpen = links[position].isOpen
            if links[position].isOurs, !isOpen, let id, id.isBefore(peer) { return false }
            // The other side has begun anew: what was is gone. An offer of ours that had not led to anything is no loss.
            links.remove(at: position)
            if isOpen { forget(peer, .closed, now: now) }
        }
        guard links.count < PeerConfiguration.linksMax || makeRoom(now: now) else { return false }
        links.append(Link(peer, isOurs: false, relay: relay, now: now.monotonic))
        return true
    }

    /// A link is up: messages can be sent.
    public mutating func opened(_ peer: PeerID, now: PeerTime) {
        guard let position = position(peer), !links[position].isOpen else { return }
        links[position].state = .open
        links[position].openedAt = now.monotonic
        if links[position].isOurs {
            setUpsMs = setUpsMs.suffix(7) + [now.milliseconds(since: links[position].since)]
            setUpsFailed = 0
        }
        links[position].lastHeard = now.monotonic
        links[position].neededAt = now.monotonic
        sendAlive(position, now: now)
        settle(now)
    }

    /// A link has ended, or did not come about; `fault` is what the peer did to it that no honest one does.
    public mutating func closed(_ peer: PeerID, fault: String? = nil, now: PeerTime) {
        guard let position = position(peer) else { return }
        if let fault {
            counters.badPieces += 1
            condemn(peer, fault, now: now)
            return settle(now)
        }
        let wasOpen = links.remove(at: position).isOpen
        forget(peer, wasOpen ? .closed : .unreachable, now: now)
        settle(now)
    }

    /// How many bytes that were sent over a link are not acknowledged yet.
    public mutating func buffered(_ peer: PeerID, _ bytes: Int, now: PeerTime) {
        guard let position = position(peer) else { return }
        let isTaking = bytes < links[position].buffered || bytes == 0
        uplink.carried(links[position].buffered - bytes)
        links[position].buffered = bytes
        if isTaking {
            links[position].stuckSince = nil
        } else if links[position].stuckSince == nil {
            links[position].stuckSince = now.monotonic
        }
        pump(position, now: now)
    }

    /// A whole message has come.
    public mutating func received(_ bytes: ArraySlice<UInt8>, from peer: PeerID, now: PeerTime) {
        guard let position = position(peer), links[position].isOpen else { return }
        links[position].lastHeard = now.monotonic
        let message: PeerMessage?
        do { message = try PeerMessage.parse(bytes) } catch {
            counters.badPieces += 1
            return condemn(peer, "garbage: \(error)", now: now)
        }
        guard let message else { return }
        switch message {
        case .subscribe(let stripe, let from): subscribed(Int(stripe), from: from, by: peer, now: now)
        case .unsubscribe(let stripe, let from):
            guard tolerate(.wish, peer, now: now), let position = self.position(peer) else { return }
            links[position].child.unsubscribe(Int(stripe), from: from)
        case .request(let stripe, let sequence, let indices):
            requested(Int(stripe), sequence, indices, by: peer, now: now)
        case .initSegment(let hash, let bytes):
            counters.overheadBytes += UInt64(message.encodedCount)
            guard self.hash(bytes[...]) == hash else {
                return accuse(.peer(peer), "an init with a wrong hash", now: now)
            }
            take(initSegment: hash, bytes, from: .peer(peer), now: now)
        case .manifest(let signed): take(signed, from: .peer(peer), now: now)
        case .piece(let sequence, let index, let piece):
            take(piece: piece, index: Int(index), sequence: sequence, from: .peer(peer), now: now)
        case .alive(let head, let starving): alive(head, starving, from: peer, now: now)
        case .refuse(let stripe, _): refused(Int(stripe), by: peer, now: now)
        case .bye: leaves(peer, now: now)
        case .relay(let direction, let other, let signal): relayed(direction, signal, other, by: peer, now: now)
        }
    }

    /// False when the neighbour has done so too often, and is condemned for it.
    mutating func tolerate(_ nuisance: Conduct.Nuisance, _ peer: PeerID, now: PeerTime) -> Bool {
        guard let position = position(peer) else { return false }
        guard !links[position].conduct.tolerate(nuisance, now: now.monotonic) else { return true }
        counters.badPieces += 1
        condemn(peer, "too many messages (\(nuisance))", now: now)
        return false
    }

    private mutating func alive(_ head: UInt64, _ starving: UInt8, from peer: PeerID, now: PeerTime) {
        guard tolerate(.alive, peer, now: now), let position = position(peer) else { return }
        links[position].head = max(links[position].head, head)
        links[position].noteStarving(starving, now: now.monotonic)
    }

    private mutating func leaves(_ peer: PeerID, now: PeerTime) {
        guard let position = position(peer), !links[position].isLeaving else { return }
        links[position].isLeaving = true
        for intake in intakes where intake.primary == .peer(peer) {
            // It goes on for a moment: the tracker's next parent can take over before it stops.
            act(.reportLost(stripe: intake.stripe, peer, .bye))
        }
    }

    /// Passes a signal on between a child and the parent of a stripe, or takes it.
    private mutating func relayed(
        _ direction: PeerMessage.Direction, _ signal: [UInt8], _ other: PeerID, by peer: PeerID, now: PeerTime
    ) {
        guard tolerate(.relay, peer, now: now) else { return }
        let (sender, addressee) = (link(peer)?.child.isSubscribed ?? false, link(other)?.child.isSubscribed ?? false)
        switch direction {
        case .to:
            guard (sender && isPrimary(other)) || (isPrimary(peer) && addressee) else { return }
            send(.relay(.from, peer: peer, signal: signal), to: other, now: now)
        case .from:
            // An offer that a child passes on, the answer to one of ours, or a candidate of either.
            let belongsHere = link(other)?.relay == peer
            guard belongsHere || (sender && link(other) == nil) else { return }
            act(.signal(from: other, relay: peer, bytes: signal))
        }
    }

    private func isPrimary(_ peer: PeerID) -> Bool { intakes.contains { $0.primary == .peer(peer) } }

    // MARK: Keeping links

    /// How long a link may take to come about, judged by those that did.
    private var connectMs: Int64 {
        guard setUpsMs.count >= 3, let longest = setUpsMs.max() else { return PeerConfiguration.connectMs }
        let limitMs = max(2 * longest, PeerConfiguration.connectLeastMs)
        // Some pairs never connect. But when several fail in a row, perhaps they had too little time.
        return min(limitMs + Int64(max(0, setUpsFailed - 1)) * limitMs / 2, PeerConfiguration.connectMs)
    }

    /// How much longer an offer of somebody else's may take, in milliseconds.
    private static let othersMs: Int64 = 400

    /// Offers a link.
    mutating func connect(_ peer: PeerID, relay: PeerID? = nil, now: PeerTime) {
        guard link(peer) == nil, peer != id, !isBanned(peer, now: now), !isLeaving else { return }
        guard links.count < PeerConfiguration.linksMax || makeRoom(now: now) else { return }
        links.append(Link(peer, isOurs: true, relay: relay, now: now.monotonic))
        act(.connect(peer, relay: relay))
    }

    /// Closes the link that has been idle for longest; false when all are in use.
    private mutating func makeRoom(now: PeerTime) -> Bool {
        let idle = links.filter { !isNeeded($0.peer) && !$0.child.isSubscribed }
        guard let oldest = idle.min(by: { $0.lastSent < $1.lastSent }) else { return false }
        close(oldest.peer, "to make room", loss: .closed, now: now)
        return true
    }

    /// This side has a use for the link.
    func isNeeded(_ peer: PeerID) -> Bool {
        intakes.contains {
            $0.primary == .peer(peer) || $0.rescue == .peer(peer) || $0.assignment?.source == .peer(peer)
                || $0.assignment?.grandparent == peer
        } || children.contains { $0.peer == peer }
    }

    /// Drops the dead, the stuck, and links that nobody needs; makes those to grandparents.
    mutating func tendLinks(now: PeerTime) {
        var ends: [(peer: PeerID, reason: String, loss: LossReason)] = []
        for position in links.indices {
            if let end = tend(position, now: now) { ends.append((links[position].peer, end.reason, end.loss)) }
        }
        for end in ends { close(end.peer, end.reason, loss: end.loss, now: now) }
        for intake in intakes {
            guard let parent = intake.primary?.peer, intake.assignment?.source == .peer(parent),
                let grandparent = intake.assignment?.grandparent, link(grandparent) == nil,
                let open = openLink(parent), now.milliseconds(since: open.openedAt) > PeerConfiguration.grandparentMs,
                now.monotonic >= intake.grandparentNotBefore ?? now.monotonic
            else { continue }
            intakes[intake.stripe].grandparentNotBefore = now.monotonic.advanced(byMilliseconds: 10_000)
            connect(grandparent, relay: parent, now: now)
        }
    }

    /// Why a link is to be closed; nil when it is not.
    private mutating func tend(_ position: Int, now: PeerTime) -> (reason: String, loss: LossReason)? {
        let peer = links[position].peer
        guard links[position].isOpen else {
            // Who offered decides; the other side gives it a little longer.
            let isOurs = links[position].isOurs
            guard now.milliseconds(since: links[position].since) > connectMs + (isOurs ? 0 : Self.othersMs) else {
                return nil
            }
            if isOurs { setUpsFailed += 1 }
            return ("no connection in time", .unreachable)
        }
        // Who has not sent anything yet may not know that it is a parent: how long that may last, the ladder knows.
        let isParent = intakes.contains { $0.primaryDelivers && $0.primary == .peer(peer) }
        let silenceMs = isParent ? PeerConfiguration.parentSilenceMs : PeerConfiguration.neighbourSilenceMs
        if now.milliseconds(since: links[position].lastHeard) > silenceMs { return ("silent", .silent) }
        if now.milliseconds(since: links[position].stuckSince ?? now.monotonic) > Link.stuckMs {
            return ("takes nothing", .closed)
        }
        if links[position].child.isSubscribed || isNeeded(peer) {
            links[position].neededAt = now.monotonic
            return nil
        }
        let isIdle = now.milliseconds(since: links[position].neededAt) > PeerConfiguration.idleLinkMs
        return links[position].isOurs && isIdle ? ("no longer needed", .closed) : nil
    }
}
