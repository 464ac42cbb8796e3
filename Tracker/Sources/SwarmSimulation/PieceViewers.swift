import CoreTypes
import MediaWire
import PeerCore
import PlayoutCore
import SwarmCore

/// Viewers that are the real ones: each a `PeerMachine` and a `PlayoutBuffer`, and every message of theirs an event.
struct PieceViewers: ViewerModel {
    enum Event {
        /// A message, or part of its way: the sender's upload has it until it departs.
        case message(to: Int32, from: Int32, bytes: [UInt8])
        /// An offer arrives; the answer, and the link, follow.
        case offer(to: Int32, from: Int32, relay: Int32)
        case open(Int32, Int32)
        case closed(at: Int32, peer: Int32)
        /// A forward answers a wish.
        case forwardAnswer(Int32, wish: Int32, stripes: [Int], from: UInt64?, why: ForwardReason)
        case forwardRefused(Int32, wish: Int32)
        /// A chunk that a forward has sent.
        case forwarded(Int32, sequence: UInt64, stripes: [Int])
        indirect case fetched(Int32, sequence: UInt64, indices: [Int])
    }

    struct Viewer {
        var machine: PeerMachine
        var playout: PlayoutBuffer
        var forward = ForwardWish()
        var uplink: Uplink
        /// By neighbour: bytes on their way there.
        var outstanding: [(peer: Int32, bytes: Int)] = []
        var lastCompletion: Int64
        var lastProbe: Int64
        var startedAt: Int64?
        /// What the tracker was told, and when it is told anything again.
        var declared: Int
        var reportAt: Int64
        /// Parents that are gone and not replaced yet.
        var losses = Losses()
    }

    /// Between two reports to the tracker, in milliseconds.
    private static let reportMs: Int64 = 5_000

    var viewers: [Viewer] = []
    /// Viewers that a forward sends something to.
    var fed = FedViewers()
    let scenario: Scenario

    init(_ scenario: Scenario) { self.scenario = scenario }

    var forwardUnits: Int { fed.units }

    static func time(_ now: Int64) -> PeerTime { PeerTime(monotonic: Core.instant(now), wall: now) }

    // MARK: Coming and going

    mutating func add(_ viewer: Int, _ core: inout Core) {
        var configuration = PeerConfiguration()
        configuration.bufferMs = scenario.bufferMs
        configuration.chunkMs = scenario.chunkMs
        configuration.stripes = SimulatedStream.stripeCount
        // It knows what it has, as if it had watched before, and may find that it is less.
        configuration.capacity = core.residents[viewer].capacity
        configuration.capacityMax = core.residents[viewer].capacity
        let machine = PeerMachine(configuration, hash: SimulatedStream.hash, verify: { _ in nil })
        viewers.append(
            Viewer(
                machine: machine, playout: PlayoutBuffer(bufferMs: scenario.bufferMs),
                uplink: Uplink(scenario, capacity: configuration.capacity), lastCompletion: core.now,
                lastProbe: core.now, declared: configuration.capacity, reportAt: core.now + Self.reportMs))
    }

    mutating func placed(_ viewer: Int, _ place: SwarmPlace, _ core: inout Core) {
        let time = Self.time(core.now)
        viewers[viewer].machine.join(as: core.residents[viewer].id)
        viewers[viewer].machine.place(
            place.parents.map(Assignment.init), children: place.children.map { ($0.stripe, $0.peer) }, now: time)
        perform(viewer, &core)
    }

    mutating func told(_ viewer: Int, _ content: SwarmEvent.Content, _ core: inout Core) {
        let time = Self.time(core.now)
        switch content {
        case .parent(let parent): viewers[viewer].machine.assign(Assignment(parent), now: time)
        case .child(let child): viewers[viewer].machine.addChild(child.peer, stripe: child.stripe, now: time)
        case .drop(let child): viewers[viewer].machine.dropChild(child.peer, stripe: child.stripe, now: time)
        case .banned: core.tally.bans += 1
        }
        perform(viewer, &core)
    }

    mutating func leave(_ viewer: Int, _ core: inout Core) {
        viewers[viewer].machine.leave(now: Self.time(core.now))
        perform(viewer, &core)
    }

    mutating func remove(_ viewer: Int, _ core: inout Core) {
        let leaver = core.residents[viewer].id
        for (stripe, child) in viewers[viewer].machine.snapshot.children {
            guard let number = core.numbers[child], core.isAlive(number),
                viewers[number].machine.standing(ofStripe: stripe)?.primary == .peer(leaver)
            else { continue }
            viewers[number].losses.add(stripe: stripe, at: core.now)
        }
        fed.remove(viewer)
        if let lease = viewers[viewer].forward.lease { core.pool.release(lease) }
        // What it held is not needed any more; its counters have been read.
        viewers[viewer].machine = PeerMachine(
            PeerConfiguration(), hash: SimulatedStream.hash, verify: { _ in nil })
        viewers[viewer].outstanding = []
    }

    mutating func resume(_ viewer: Int, _ core: inout Core) {
        let parents = viewers[viewer].machine.assignments.map { SwarmParent($0) }
        let machine = viewers[viewer].machine
        core.send(
            .resume(
                viewer, capacity: machine.capacity, role: machine.assignedChildren.first?.stripe, parents: parents,
                children: machine.assignedChildren.map { SwarmChild(stripe: $0.stripe, peer: $0.peer) }))
    }

    mutating func breakLinks(share: Double, _ core: inout Core) {
        for viewer in viewers.indices where core.isAlive(viewer) {
            for stripe in 0..<SimulatedStream.stripeCount {
                guard case .peer(let parent)? = viewers[viewer].machine.standing(ofStripe: stripe)?.primary,
                    let number = core.numbers[parent], core.generator.fraction() < share
                else { continue }
                core.brokenPairs.insert(Core.pair(viewer, number))
                viewers[viewer].losses.add(stripe: stripe, at: core.now)
            }
        }
    }

    // MARK: Time

    mutating func tick(_ core: inout Core) {
        var viewer = Int(core.now % PeerConfiguration.tickMs)
        while viewer < viewers.count {
            if core.isAlive(viewer) { tick(viewer, &core) }
            viewer += Int(PeerConfiguration.tickMs)
        }
    }

    private mutating func tick(_ viewer: Int, _ core: inout Core) {
        let time = Self.time(core.now)
        for (peer, bytes) in viewers[viewer].outstanding {
            viewers[viewer].machine.buffered(core.residents[Int(peer)].id, bytes, now: time)
        }
        viewers[viewer].outstanding.removeAll { $0.bytes == 0 }
        viewers[viewer].machine.tick(now: time)
        for release in viewers[viewer].playout.advance(to: core.now) {
            viewers[viewer].machine.noteReleased(release.chunk.sequence)
            noteStart(viewer, &core)
        }
        probe(viewer, core)
        report(viewer, &core)
        perform(viewer, &core)
    }

    /// Less capacity is reported at once, more with the next report.
    private mutating func report(_ viewer: Int, _ core: inout Core) {
        let capacity = viewers[viewer].machine.capacity
        let isDue = core.now >= viewers[viewer].reportAt
        if isDue { viewers[viewer].reportAt += Self.reportMs }
        guard capacity < viewers[viewer].declared || (isDue && capacity > viewers[viewer].declared) else { return }
        viewers[viewer].declared = capacity
        core.trace.note(core.elapsedMs, "declares (viewer, capacity):", viewer, capacity)
        core.send(.capacity(viewer, capacity))
    }

    private mutating func noteStart(_ viewer: Int, _ core: inout Core) {
        guard viewers[viewer].startedAt == nil else { return }
        viewers[viewer].startedAt = core.now
        core.tally.startups.add(core.now - core.residents[viewer].joinedAt)
    }

    /// Who gets nothing asks the coordinate whether there is anything, as real viewers do.
    private mutating func probe(_ viewer: Int, _ core: Core) {
        guard viewers[viewer].startedAt != nil, core.now - viewers[viewer].lastCompletion > 1_000,
            core.now - viewers[viewer].lastProbe > 1_000
        else { return }
        viewers[viewer].lastProbe = core.now
        viewers[viewer].machine.noteSequence(core.stream.newest, now: Self.time(core.now))
    }

    // MARK: Judging

    mutating func closeLosses(_ viewer: Int, _ core: inout Core) {
        viewers[viewer].losses.close(at: core.now, &core.tally)
    }

    func counters(_ viewer: Int, now: Int64) -> PlayoutCounters {
        viewers[viewer].playout.counters(now: now, isFed: true)
    }

    func hasTwoParents(_ viewer: Int, _ core: Core) -> Bool {
        var senders: [Source] = []
        for stripe in 0..<SimulatedStream.stripeCount {
            guard let standing = viewers[viewer].machine.standing(ofStripe: stripe), let sender = standing.primary
            else { return false }
            if case .peer(let id) = sender {
                guard let number = core.numbers[id], core.isAlive(number), !senders.contains(sender) else {
                    return false
                }
            }
            senders.append(sender)
        }
        return true
    }
}

extension Assignment {
    init(_ parent: SwarmParent) {
        let source: Source = if case .peer(let id) = parent.source { .peer(id) } else { .forward }
        self.init(stripe: parent.stripe, source: source, grandparent: parent.grandparent, depth: parent.depth)
    }
}

extension SwarmParent {
    init(_ assignment: Assignment) {
        let source: SwarmSource =
            if case .peer(let id) = assignment.source { .peer(id) } else { .forward(PieceViewers.Core.forwardName) }
        self.init(
            stripe: assignment.stripe, source: source, grandparent: assignment.grandparent, depth: assignment.depth)
    }
}
