import CoreTypes
import MediaWire
import PlayoutCore

extension PeerMachine {
    /// A signed manifest has come from a forward.
    public mutating func takeFromForward(_ signed: SignedManifest, now: PeerTime) {
        take(signed, from: .forward, now: now)
    }

    /// A piece has come from a forward.
    public mutating func takeFromForward(piece: [UInt8], index: Int, sequence: UInt64, now: PeerTime) {
        take(piece: piece, index: index, sequence: sequence, from: .forward, now: now)
    }

    /// An init segment has come from a forward, its hash checked.
    public mutating func takeFromForward(initSegment hash: ShortHash, _ bytes: [UInt8], now: PeerTime) {
        take(initSegment: hash, bytes, from: .forward, now: now)
    }

    mutating func take(initSegment hash: ShortHash, _ bytes: [UInt8], from source: Source, now: PeerTime) {
        switch inits.add(hash, bytes, from: source) {
        case .news: act(.initSegment(hash: hash, bytes: bytes))
        case .kept: break
        case .invented: accuse(source, "inits that no manifest names", now: now)
        }
    }

    mutating func take(_ signed: SignedManifest, from source: Source, now: PeerTime) {
        let manifest = signed.manifest
        counters.overheadBytes += UInt64(signed.encodedCount + 1)
        guard manifest.layout.stripeCount == configuration.stripes else {
            return accuse(source, "a manifest with \(manifest.layout.stripeCount) stripes", now: now)
        }
        guard manifest.sequence > store.floor else { return useless(source, now: now) }
        guard !store.has(manifest) else {
            noteHead(source, manifest)
            noteDelivery(manifest.stripe, manifest.sequence, from: source, now: now)
            return useless(source, now: now)
        }
        if let fault = verify(signed) { return accuse(source, fault, now: now) }
        do {
            try store.add(signed)
        } catch {
            return useless(source, now: now)
        }
        noteHead(source, manifest)
        intakes[manifest.stripe].head = max(intakes[manifest.stripe].head, manifest.sequence)
        progress(manifest.stripe, manifest.sequence, from: source, now: now)
        let (news, liars) = inits.name(manifest.chunk.initHash, from: source)
        if let news { act(.initSegment(hash: manifest.chunk.initHash, bytes: news)) }
        for liar in liars { accuse(liar, "an init that no manifest names", now: now) }
        act(.announce(manifest.chunk))
        offer(ChildQueue.Item(sequence: manifest.sequence, stripe: UInt8(manifest.stripe), index: nil), now: now)
        placeEarlyPieces(of: manifest, now: now)
        noteComplete(manifest.stripe, manifest.sequence)
    }

    mutating func take(piece: [UInt8], index: Int, sequence: UInt64, from source: Source, now: PeerTime) {
        let bytes = UInt64(piece.count)
        switch source {
        case .forward: counters.bytesFromForwards += bytes
        case .peer: counters.bytesFromPeers += bytes
        }
        counters.overheadBytes += 11
        do throws(PieceRejection) {
            switch try store.add(piece: piece[...], index: index, sequence: sequence) {
            case .early: hold(piece, index: index, sequence: sequence, from: source, now: now)
            case .kept(let stripe): kept(stripe, index, sequence, from: source, now: now)
            case .completed(let stripe, let chunk):
                kept(stripe, index, sequence, from: source, now: now)
                act(.chunk(chunk))
            }
        } catch {
            guard error.isSendersFault else {
                counters.bytesUseless += bytes
                if let stripe = store.chunk(sequence)?.layout.stripe(ofPiece: index) {
                    noteDelivery(stripe, sequence, from: source, now: now)
                }
                return useless(source, now: now)
            }
            accuse(source, error.description, now: now)
        }
    }

    private mutating func kept(_ stripe: Int, _ index: Int, _ sequence: UInt64, from source: Source, now: PeerTime) {
        progress(stripe, sequence, from: source, now: now)
        offer(ChildQueue.Item(sequence: sequence, stripe: UInt8(stripe), index: UInt16(index)), now: now)
        noteComplete(stripe, sequence)
    }

    // MARK: Pieces before their manifests

    /// A piece that cannot be judged yet is kept with its sender, so that nobody's inventions displace another's piece.
    private mutating func hold(
        _ piece: [UInt8], index: Int, sequence: UInt64, from source: Source, now: PeerTime
    ) {
        // A forward's connection keeps the order: manifest first.
        guard case .peer(let peer) = source else { return accuse(source, "a piece without its manifest", now: now) }
        guard tolerate(.early, peer, now: now), let position = position(peer) else { return }
        if links[position].early.count >= Link.earlyPiecesMax { links[position].early.removeFirst() }
        links[position].early.append(Link.EarlyPiece(sequence: sequence, index: index, bytes: piece))
    }

    private mutating func placeEarlyPieces(of manifest: Manifest, now: PeerTime) {
        let sequence = manifest.sequence
        for link in links where link.early.contains(where: { $0.sequence == sequence }) {
            let pieces = link.early.filter {
                $0.sequence == sequence
                    && manifest.layout.stripe(ofPiece: $0.index) ?? manifest.stripe == manifest.stripe
            }
            guard let position = position(link.peer) else { continue }
            links[position].early.removeAll { early in
                early.sequence == sequence && pieces.contains { $0.index == early.index }
            }
            for piece in pieces where self.position(link.peer) != nil {
                // Counted when it came.
                counters.bytesFromPeers -= UInt64(piece.bytes.count)
                counters.overheadBytes -= 11
                take(piece: piece.bytes, index: piece.index, sequence: sequence, from: .peer(link.peer), now: now)
            }
        }
    }

    // MARK: Judging

    mutating func accuse(_ source: Source, _ reason: String, now: PeerTime) {
        counters.badPieces += 1
        switch source {
        case .forward: act(.blameForward(reason: reason))
        case .peer(let peer): condemn(peer, reason, now: now)
        }
    }

    private mutating func useless(_ source: Source, now: PeerTime) {
        guard case .peer(let peer) = source else { return }
        _ = tolerate(.useless, peer, now: now)
    }

    private mutating func noteHead(_ source: Source, _ manifest: Manifest) {
        intakes[manifest.stripe].noteHead(manifest.sequence, from: source)
        guard let peer = source.peer, let position = position(peer) else { return }
        links[position].head = max(links[position].head, manifest.sequence)
        links[position].noteDelivery(manifest.stripe)
    }

    // MARK: Progress

    private mutating func progress(_ stripe: Int, _ sequence: UInt64, from source: Source, now: PeerTime) {
        intakes[stripe].lastProgress = now.monotonic
        noteDelivery(stripe, sequence, from: source, now: now)
    }

    /// The primary delivers, even if a rescue was faster.
    private mutating func noteDelivery(_ stripe: Int, _ sequence: UInt64, from source: Source, now: PeerTime) {
        guard intakes[stripe].primary == source else { return }
        intakes[stripe].lastPrimaryProgress = now.monotonic
        guard !intakes[stripe].primaryDelivers, sequence >= intakes[stripe].primaryFrom else { return }
        intakes[stripe].primaryDelivers = true
        intakes[stripe].triedHelpers = []
        if let broken = intakes[stripe].brokenSince {
            counters.repairs += 1
            counters.repairMs += now.milliseconds(since: broken)
            counters.recentRepairsMs = counters.recentRepairsMs.suffix(31) + [now.milliseconds(since: broken)]
            intakes[stripe].brokenSince = nil
        }
    }

    /// The stripe of a chunk may have become complete.
    private mutating func noteComplete(_ stripe: Int, _ sequence: UInt64) {
        guard store.isComplete(sequence, stripe: stripe) else { return }
        updateCompleteHead(stripe)
    }

    /// Finds the chunk up to which the stripe is complete.
    mutating func updateCompleteHead(_ stripe: Int) {
        var head = dealtWith(stripe)
        if let complete = store.completeHead(stripe, after: head) {
            head = complete.sequence
            intakes[stripe].completeHeadPublishedAt = complete.publishedAt
        }
        if head > 0, intakes[stripe].completeHeadPublishedAt == nil {
            intakes[stripe].completeHeadPublishedAt = store.publishedAt(head)
        }
        intakes[stripe].completeHead = head
    }

    /// The first chunk of which the stripe is still wanted; nil while nothing at all is here.
    func firstMissing(_ stripe: Int) -> UInt64? {
        let head = dealtWith(stripe)
        if head > 0 { return head + 1 }
        return store.all.first?.sequence
    }

    /// The chunk up to which the stripe is complete, played, or given up.
    func dealtWith(_ stripe: Int) -> UInt64 { max(intakes[stripe].completeHead, played, store.floor) }
}

extension PeerMachine {
    /// A whole chunk has come from a forward, after its manifests: only what is missing of it is of use.
    public mutating func takeFromForward(chunk bytes: [UInt8], sequence: UInt64, now: PeerTime) {
        guard let layout = store.chunk(sequence)?.layout, bytes.count == layout.chunkLength else { return }
        for index in 0..<layout.pieceCount where store.chunk(sequence)?.has(index) == false {
            guard let range = layout.range(ofPiece: index) else { continue }
            takeFromForward(piece: Array(bytes[range]), index: index, sequence: sequence, now: now)
        }
    }
}
