import CoreTypes
import PeerCore
import PlayoutCore
import SwarmCore

/// Viewers for swarms of a hundred thousand: see `ChunkViewer`.
struct ChunkViewers: ViewerModel {
    enum Event {
        /// A chunk of a stripe is whole at a viewer; its bytes came over the last `spreadMs`.
        case chunk(to: Int32, from: Int32, sequence: UInt64, stripe: UInt8, spreadMs: UInt16)
        case look(Int32)
        case linked(Int32, stripe: UInt8, to: Int32)
        case unreachable(Int32, stripe: UInt8, parent: Int32)
        case subscribe(at: Int32, child: Int32, stripe: UInt8, from: UInt64)
        case unsubscribe(at: Int32, child: Int32, stripe: UInt8, until: UInt64)
        case refused(Int32, stripe: UInt8, by: Int32)
        case starving(Int32, stripe: UInt8, parent: Int32, Bool)
        /// A chunk does not come from the parent: it would be too late.
        case hole(Int32, sequence: UInt64, stripe: UInt8)
        /// Nothing has come from a parent that is gone, for as long as it takes to notice.
        case silent(Int32, stripe: UInt8, parent: Int32)
        case farewell(Int32, stripe: UInt8, parent: Int32)
        case forwardAnswer(Int32, wish: Int32)
        case forwardRefused(Int32, wish: Int32)
    }

    let scenario: Scenario
    var viewers: [ChunkViewer] = []
    var fed = FedViewers()
    /// Milliseconds that the first piece of a chunk takes to leave: what a hop costs beside its delay.
    let pieceMs: Int64 = 13

    init(_ scenario: Scenario) { self.scenario = scenario }

    var forwardUnits: Int { fed.units }

    // MARK: Coming and going

    mutating func add(_ viewer: Int, _ core: inout Core) {
        let capacity = core.residents[viewer].capacity
        let units = max(0.5, Double(capacity) * (1 + max(0, scenario.headroom)))
        let upload = scenario.network.isUploadUnlimited ? nil : Double(scenario.chunkMs) / units
        viewers.append(
            ChunkViewer(playout: PlayoutBuffer(bufferMs: scenario.bufferMs), chunkUploadMs: upload))
    }

    mutating func placed(_ viewer: Int, _ place: SwarmPlace, _ core: inout Core) {
        for parent in place.parents { assign(viewer, parent, &core) }
        viewers[viewer].children = place.children.compactMap { child in
            core.numbers[child.peer].map { (child.stripe, Int32($0)) }
        }
        wake(viewer, &core)
    }

    mutating func told(_ viewer: Int, _ content: SwarmEvent.Content, _ core: inout Core) {
        switch content {
        case .parent(let parent):
            assign(viewer, parent, &core)
            wake(viewer, &core)
        case .child(let child):
            guard let number = core.numbers[child.peer] else { return }
            viewers[viewer].children.append((child.stripe, Int32(number)))
            setAssigned(viewer, Int32(number), child.stripe, true)
        case .drop(let child):
            guard let number = core.numbers[child.peer] else { return }
            viewers[viewer].children.removeAll { $0 == (child.stripe, Int32(number)) }
            setAssigned(viewer, Int32(number), child.stripe, false)
        case .banned: core.tally.bans += 1
        }
    }

    private mutating func setAssigned(_ viewer: Int, _ child: Int32, _ stripe: Int, _ isAssigned: Bool) {
        for position in viewers[viewer].subscriptions.indices
        where viewers[viewer].subscriptions[position].child == child
            && Int(viewers[viewer].subscriptions[position].stripe) == stripe
        {
            viewers[viewer].subscriptions[position].isAssigned = isAssigned
        }
    }

    mutating func leave(_ viewer: Int, _ core: inout Core) {
        viewers[viewer].isLeaving = true
        for subscription in viewers[viewer].subscriptions {
            core.schedule(
                afterMs: core.network.delayMs(viewer, Int(subscription.child)),
                .farewell(subscription.child, stripe: subscription.stripe, parent: Int32(viewer)))
        }
    }

    mutating func remove(_ viewer: Int, _ core: inout Core) {
        for subscription in viewers[viewer].subscriptions {
            let (child, stripe) = (Int(subscription.child), Int(subscription.stripe))
            guard core.isAlive(child), viewers[child].intakes[stripe].primary == Int32(viewer) else { continue }
            viewers[child].losses.add(stripe: stripe, at: core.now)
            // Silence is seen with the next look of the child, somewhere within a tenth of a second.
            let noticed = PeerConfiguration.parentSilenceMs + Int64(child) % PeerConfiguration.tickMs
            core.schedule(
                afterMs: noticed + core.network.delayMs(viewer, child),
                .silent(subscription.child, stripe: subscription.stripe, parent: Int32(viewer)))
        }
        fed.remove(viewer)
        if let lease = viewers[viewer].wish.lease { core.pool.release(lease) }
        viewers[viewer].subscriptions = []
        viewers[viewer].children = []
        viewers[viewer].playout = PlayoutBuffer(bufferMs: 0)
    }

    mutating func resume(_ viewer: Int, _ core: inout Core) {
        let parents = viewers[viewer].intakes.enumerated().compactMap { stripe, intake -> SwarmParent? in
            guard intake.assigned != ChunkViewer.nobody else { return nil }
            let source: SwarmSource =
                intake.assigned == ChunkViewer.forward
                ? .forward(Core.forwardName) : .peer(core.residents[Int(intake.assigned)].id)
            return SwarmParent(stripe: stripe, source: source, grandparent: nil, depth: 0)
        }
        core.send(
            .resume(
                viewer, capacity: core.residents[viewer].capacity, role: viewers[viewer].children.first?.stripe,
                parents: parents,
                children: viewers[viewer].children.map {
                    SwarmChild(stripe: $0.stripe, peer: core.residents[Int($0.child)].id)
                }))
    }

    mutating func breakLinks(share: Double, _ core: inout Core) {
        for viewer in viewers.indices where core.isAlive(viewer) {
            for stripe in viewers[viewer].intakes.indices {
                let parent = viewers[viewer].intakes[stripe].primary
                guard parent >= 0, core.generator.fraction() < share else { continue }
                core.brokenPairs.insert(Core.pair(viewer, Int(parent)))
                viewers[viewer].losses.add(stripe: stripe, at: core.now)
                core.schedule(
                    afterMs: PeerConfiguration.parentSilenceMs + Int64(viewer) % PeerConfiguration.tickMs,
                    .silent(Int32(viewer), stripe: UInt8(stripe), parent: parent))
            }
        }
    }

    // MARK: The tracker's wishes

    private mutating func assign(_ viewer: Int, _ parent: SwarmParent, _ core: inout Core) {
        let stripe = parent.stripe
        guard viewers[viewer].intakes.indices.contains(stripe) else { return }
        let source = parent.source.peer.flatMap { core.numbers[$0] }.map { Int32($0) } ?? ChunkViewer.forward
        viewers[viewer].intakes[stripe].grandparent =
            parent.grandparent.flatMap { core.numbers[$0] }.map { Int32($0) } ?? ChunkViewer.nobody
        guard viewers[viewer].intakes[stripe].assigned != source else { return }
        viewers[viewer].intakes[stripe].assigned = source
        viewers[viewer].intakes[stripe].linkedAt = source == ChunkViewer.forward ? core.now : .max
        viewers[viewer].intakes[stripe].connectNotBefore = 0
        viewers[viewer].intakes[stripe].waitsSince = nil
        if source >= 0 { connect(viewer, stripe, to: Int(source), &core) }
    }

    /// Makes a link: the offer through the tracker, the answer back, handshakes; or nothing in time.
    private mutating func connect(_ viewer: Int, _ stripe: Int, to parent: Int, _ core: inout Core) {
        let isLinked =
            viewers[viewer].intakes.contains { $0.primary == Int32(parent) }
            || viewers[parent].intakes.contains { $0.primary == Int32(viewer) }
        if isLinked {
            viewers[viewer].intakes[stripe].linkedAt = core.now
            return
        }
        let way = 4 * core.serverMs
        if core.isAlive(parent), core.canConnect(viewer, parent), core.isTrackerUp {
            core.schedule(
                afterMs: way + core.network.setUpMs(viewer, parent, answerMs: 0),
                .linked(Int32(viewer), stripe: UInt8(stripe), to: Int32(parent)))
        } else {
            core.schedule(
                // Real viewers wait twice as long as their longest link took; here that is about this.
                afterMs: PeerConfiguration.connectLeastMs + 300 + Int64(viewer) % PeerConfiguration.tickMs,
                .unreachable(Int32(viewer), stripe: UInt8(stripe), parent: Int32(parent)))
        }
    }

    // MARK: Time and judgement

    mutating func tick(_ core: inout Core) {}

    /// Plans a look at a viewer, at its own phase.
    mutating func wake(_ viewer: Int, _ core: inout Core) {
        guard !viewers[viewer].isAwake else { return }
        viewers[viewer].isAwake = true
        core.schedule(afterMs: 1 + (Int64(viewer) &* 7 &+ core.now) % 10, .look(Int32(viewer)))
    }

    mutating func closeLosses(_ viewer: Int, _ core: inout Core) {
        viewers[viewer].losses.close(at: core.now, &core.tally)
    }

    func counters(_ viewer: Int, now: Int64) -> PlayoutCounters {
        viewers[viewer].playout.counters(now: now, isFed: true)
    }

    func hasTwoParents(_ viewer: Int, _ core: Core) -> Bool {
        let primaries = viewers[viewer].intakes.map(\.primary)
        guard primaries.allSatisfy({ $0 == ChunkViewer.forward || ($0 >= 0 && core.isAlive(Int($0))) }) else {
            return false
        }
        return primaries[0] != primaries[1] || primaries[0] == ChunkViewer.forward
    }
}
