import CoreTypes
import MediaWire

extension PeerMachine {
    /// A neighbour wants a stripe.
    mutating func subscribed(_ stripe: Int, from: UInt64, by peer: PeerID, now: PeerTime) {
        guard tolerate(.subscription, peer, now: now), let position = position(peer) else { return }
        guard intakes.indices.contains(stripe) else {
            return accuse(.peer(peer), "there is no stripe \(stripe)", now: now)
        }
        let isAssigned = children.contains { $0 == (stripe, peer) }
        guard !isLeaving else { return send(.refuse(stripe: UInt8(stripe), reason: .leaving), to: peer, now: now) }
        guard isAssigned || admitsGuest(peer, stripe, now: now) else {
            return send(.refuse(stripe: UInt8(stripe), reason: .full), to: peer, now: now)
        }
        let start = from > 0 ? from : firstForNewcomer
        links[position].child.subscribe(stripe, from: start, isAssigned: isAssigned)
        for chunk in store.chunks(from: start) { queue(chunk, stripe, at: position) }
        pump(position, now: now)
    }

    /// In an emergency any viewer with upload to spare helps; never one that gets the stripe from the very asker.
    private func admitsGuest(_ peer: PeerID, _ stripe: Int, now: PeerTime) -> Bool {
        guard uplink.capacity > 0, !uplink.isSettling(now: now.monotonic), budget.hasRoom,
            intakes[stripe].primary != .peer(peer)
        else { return false }
        let guests = links.filter { link in
            link.peer != peer && link.child.subscriptions.contains { !$0.isAssigned && $0.until == nil }
        }
        return guests.count < PeerConfiguration.guestsMax
    }

    /// A neighbour wants pieces of one chunk.
    mutating func requested(_ stripe: Int, _ sequence: UInt64, _ indices: [UInt16], by peer: PeerID, now: PeerTime) {
        for _ in 0...(indices.count / 8) { guard tolerate(.wish, peer, now: now) else { return } }
        guard let position = position(peer), intakes.indices.contains(stripe) else { return }
        let isChild = links[position].child.isSubscribed || children.contains { $0.peer == peer }
        guard isChild || admitsGuest(peer, stripe, now: now) else {
            return send(.refuse(stripe: UInt8(stripe), reason: .full), to: peer, now: now)
        }
        guard let chunk = store.chunk(sequence) else { return }
        if indices.isEmpty {
            queue(chunk, stripe, at: position)
        } else {
            for index in indices where chunk.has(Int(index)) {
                links[position].child.push(ChildQueue.Item(sequence: sequence, stripe: UInt8(stripe), index: index))
            }
        }
        pump(position, now: now)
    }

    /// Where a newcomer begins that has nothing: with the newest keyframe if that is fresh, else with what comes next. All of
    /// an old group at once would take the upload from those who are here, and a forward gives it if it has room.
    private var firstForNewcomer: UInt64 {
        guard let newest = store.all.last, let keyframe = store.newestKeyframe else { return 0 }
        let ageMs = newest.description.publishedAt - keyframe.description.publishedAt
        return ageMs <= Self.freshMs ? keyframe.sequence : newest.sequence + 1
    }

    /// How much older than the newest chunk a keyframe may be to be sent to a newcomer, in milliseconds.
    private static let freshMs: Int64 = 400

    /// What a piece takes to the child that plays it, in milliseconds.
    private static let onTheWayMs: Int64 = 200

    /// Puts what is here of a stripe of a chunk into a child's queue.
    private mutating func queue(_ chunk: StoredChunk, _ stripe: Int, at position: Int) {
        guard chunk.manifest(stripe) != nil else { return }
        links[position].child.push(ChildQueue.Item(sequence: chunk.sequence, stripe: UInt8(stripe), index: nil))
        for index in chunk.presentPieces(stripe) {
            links[position].child.push(
                ChildQueue.Item(sequence: chunk.sequence, stripe: UInt8(stripe), index: UInt16(index)))
        }
    }

    /// Passes on what has just been verified.
    mutating func offer(_ item: ChildQueue.Item, now: PeerTime) {
        for position in links.indices where links[position].child.wants(Int(item.stripe), item.sequence) {
            links[position].child.push(item)
            pump(position, now: now)
        }
    }

    /// Sends a child what it waits for, as far as its link and the upload allow.
    mutating func pump(_ position: Int, now: PeerTime) {
        guard links.indices.contains(position), links[position].isOpen, links[position].child.first != nil else {
            return
        }
        budget.refill(now: now.monotonic)
        catchUp(position)
        guard !mustYield(position) else { return }
        // Of an upload that is not enough for all, each gets its share.
        let floor = budget.floor(afterShareOf: max(1, links.count { $0.child.first != nil }))
        while links[position].buffered < linkBufferedMax, budget.hasRoom(above: floor),
            let item = links[position].child.popFirst()
        {
            guard let chunk = store.chunk(item.sequence) else { continue }
            // After its time nobody plays it; a player that holds more back may, when there is upload to spare.
            let isBusy = links[position].buffered > linkBufferedMax / 2
            let keepMs = max(configuration.bufferMs, 3_000) + (isBusy ? -Self.onTheWayMs : 1_000)
            let lifetimeMs = chunk.description.publishedAt + keepMs - now.wall
            guard lifetimeMs > 0 else {
                counters.dropsForChildren += 1
                continue
            }
            if let index = item.index {
                guard let piece = chunk.piece(Int(index)) else { continue }
                let bytes = PeerMessage.encodePiece(sequence: item.sequence, index: index, piece)
                deliver(bytes, at: position, lifetimeMs: lifetimeMs, now: now)
            } else if let manifest = chunk.manifest(Int(item.stripe)) {
                sendInit(chunk.description.initHash, at: position, now: now)
                guard let bytes = try? PeerMessage.manifest(manifest).encoded() else { continue }
                deliver(bytes, at: position, lifetimeMs: lifetimeMs, now: now)
            }
        }
    }

    /// Whether somebody waits for the upload who needs it more. While the tracker moves children, a parent has more of them
    /// than it can feed: those that it is to keep come first, for the others wait only until these have what they pass on.
    private func mustYield(_ position: Int) -> Bool {
        guard links[position].buffered > 0, let rank = links[position].child.rank else { return false }
        return links.contains { other in
            other.buffered >= linkBufferedMax && other.child.first != nil && other.child.rank.map { $0 < rank } ?? false
        }
    }

    /// A child that fell behind what is new gets the newest chunks; one that has only begun may catch up first.
    private mutating func catchUp(_ position: Int) {
        guard let first = links[position].child.first, let newest = store.newestPublishedAt,
            let waiting = store.publishedAt(first.sequence),
            newest - waiting > max(configuration.bufferMs, 3_000)
        else { return }
        let cut = store.all.first { $0.description.publishedAt > newest - 500 }?.sequence ?? first.sequence
        let before = links[position].child.dropped
        links[position].child.drop(before: cut)
        counters.dropsForChildren += links[position].child.dropped - before
    }

    private mutating func sendInit(_ hash: ShortHash, at position: Int, now: PeerTime) {
        guard !links[position].initsSent.contains(hash), let bytes = inits.bytes(hash),
            let message = try? PeerMessage.initSegment(hash: hash, bytes: bytes).encoded()
        else { return }
        links[position].initsSent.append(hash)
        if links[position].initsSent.count > InitShelf.namedMax { links[position].initsSent.removeFirst() }
        deliver(message, at: position, lifetimeMs: nil, now: now)
    }

    private mutating func deliver(_ bytes: [UInt8], at position: Int, lifetimeMs: Int64?, now: PeerTime) {
        links[position].buffered += bytes.count
        links[position].lastSent = now.monotonic
        budget.spend(bytes.count)
        counters.uploadBytes += UInt64(bytes.count)
        act(.send(links[position].peer, bytes, lifetimeMs: lifetimeMs))
    }

    /// Sends a message that is no media.
    mutating func send(_ message: PeerMessage, to peer: PeerID, now: PeerTime) {
        guard let position = position(peer), links[position].isOpen, let bytes = try? message.encoded() else { return }
        deliver(bytes, at: position, lifetimeMs: nil, now: now)
    }

    mutating func sendAlive(_ position: Int, now: PeerTime) {
        let starving = starvingStripes(now: now)
        links[position].starvingTold = starving
        // What it has of every stripe: whoever is to get one of them here must not expect more.
        let head = intakes.map(\.head).min() ?? 0
        send(.alive(head: head, starving: starving), to: links[position].peer, now: now)
    }

    /// Stripes that do not reach this viewer from where they should, bit by bit.
    func starvingStripes(now: PeerTime) -> UInt8 {
        intakes.reduce(0) { isStarving($1, now: now) ? $0 | 1 << UInt8($1.stripe & 7) : $0 }
    }

    /// The stripe does not reach this viewer from where it should: nothing comes although there is something, whoever may
    /// be to blame. Who feeds others must say so, or is blamed itself.
    private func isStarving(_ intake: Intake, now: PeerTime) -> Bool {
        let isIdle = now.milliseconds(since: intake.lastProgress) > PeerConfiguration.nextHelperMs
        if isIdle, store.newest > dealtWith(intake.stripe) { return true }
        return switch intake.primary {
        case nil: intake.rescue == nil || isIdle
        case .forward: !forward.isOpen
        case .peer(let parent): openLink(parent)?.isStarving(intake.stripe) ?? true
        }
    }
}
