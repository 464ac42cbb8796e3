import CoreTypes
import PlayoutCore
import SwarmCore

/// A swarm on a virtual clock: the tracker's own overlay, the viewers' own decisions, and a network that follows from a
/// seed. Nothing of it reads a clock or waits.
public enum Simulation {
    /// Runs a scenario to its end; nil when it cannot be run at all (a chunk without length).
    /// - Parameters:
    ///   - trace: takes note of what happens.
    ///   - progress: called once a simulated second.
    public static func run(
        _ scenario: Scenario, trace: Trace = Trace(), progress: (SimulationSample) -> Void = { _ in }
    ) -> SimulationResult? {
        switch scenario.grain {
        case .pieces: SimulationRun<PieceViewers>(scenario, trace: trace)?.finish(progress)
        case .chunks: SimulationRun<ChunkViewers>(scenario, trace: trace)?.finish(progress)
        }
    }
}

/// One run.
struct SimulationRun<Viewers: ViewerModel> {
    typealias Core = SimulationCore<Viewers.Event>

    private var core: Core
    private var viewers: Viewers
    private var arrivals = 0
    private var before = ChunkTally()
    private var living = 0

    init?(_ scenario: Scenario, trace: Trace) {
        guard let core = Core(scenario, trace: trace) else { return nil }
        self.core = core
        viewers = Viewers(scenario)
    }

    private var scenario: Scenario { core.scenario }

    func finish(_ progress: (SimulationSample) -> Void) -> SimulationResult {
        var run = self
        for _ in 0..<max(0, scenario.durationMs) { run.step(progress) }
        return run.result()
    }

    private mutating func step(_ progress: (SimulationSample) -> Void) {
        arrive()
        var events = core.wheel.next()
        for event in events { handle(event) }
        core.wheel.recycle(&events)
        trouble()
        if core.elapsedMs % scenario.chunkMs == 0 {
            core.stream.publish(at: core.now)
            viewers.published(&core)
            core.tally.units.append(core.areForwardsUp ? viewers.forwardUnits : 0)
        }
        viewers.tick(&core)
        if core.elapsedMs % SwarmTimes.departureWindowMs == 0 { core.advanceTracker() }
        if core.elapsedMs % 1_000 == 0 { sample(progress) }
        if core.elapsedMs == scenario.settleMs { core.tally.begin() }
    }

    // MARK: Who comes and goes

    /// The first viewers arrive evenly; the stream runs for a second before.
    private mutating func arrive() {
        let elapsed = core.elapsedMs - 1_000
        guard elapsed >= 0, arrivals < scenario.peers else { return }
        let due =
            scenario.arriveMs <= 0
            ? scenario.peers : Int(Int64(scenario.peers) * min(elapsed + 1, scenario.arriveMs) / scenario.arriveMs)
        while arrivals < due {
            arrivals += 1
            add()
        }
    }

    private mutating func add() {
        let viewer = core.residents.count
        let id = RandomID(using: &core.generator)
        let capacity = scenario.capacities.draw(using: &core.generator)
        core.residents.append(Core.Resident(id: id, capacity: capacity, joinedAt: core.now))
        core.numbers[id] = viewer
        core.tally.joins += 1
        living += 1
        viewers.add(viewer, &core)
        core.trace.note(core.elapsedMs, "arrives (viewer, capacity):", viewer, capacity)
        core.send(.join(viewer))
        if let mean = scenario.meanLifeMs {
            // The first ones are in the midst of their stay, which an exponential one does not know.
            let life = -Double(mean) * logarithm(1 - core.generator.fraction())
            core.schedule(afterMs: max(1, Int64(min(life, 1e12))), .depart(viewer))
        }
    }

    private mutating func depart(_ viewer: Int) {
        guard core.isAlive(viewer), !core.residents[viewer].isLeaving else { return }
        if core.generator.fraction() < scenario.gracefulShare {
            core.residents[viewer].isLeaving = true
            core.trace.note(core.elapsedMs, "leaves:", viewer)
            viewers.leave(viewer, &core)
            core.send(.leave(viewer))
            core.schedule(afterMs: Core.lingerMs, .vanish(viewer))
        } else {
            core.trace.note(core.elapsedMs, "dies:", viewer)
            core.schedule(afterMs: scenario.network.noticeMs, .request(.silent(viewer)))
            vanish(viewer)
        }
        add()
    }

    private mutating func vanish(_ viewer: Int) {
        guard core.isAlive(viewer) else { return }
        core.tally.gone.add(
            viewers.counters(viewer, now: core.now), presentMs: core.now - core.residents[viewer].joinedAt)
        viewers.closeLosses(viewer, &core)
        core.residents[viewer].isAlive = false
        core.tally.departures += 1
        core.tally.departuresCounted += 1
        living -= 1
        viewers.remove(viewer, &core)
    }

    // MARK: Trouble that is planned

    private mutating func trouble() {
        let elapsed = core.elapsedMs
        if elapsed == scenario.failAtMs {
            if scenario.failShare > 0 { failMany() }
            if scenario.breakShare > 0 {
                core.trace.note(elapsed, "links break")
                viewers.breakLinks(share: scenario.breakShare, &core)
            }
            if scenario.forwardOutageMs > 0 { setForwards(up: false) }
        }
        if scenario.forwardOutageMs > 0, elapsed == scenario.failAtMs + scenario.forwardOutageMs {
            setForwards(up: true)
        }
        guard scenario.outageMs > 0 else { return }
        if elapsed == scenario.outageAtMs { core.killTracker() }
        if elapsed == scenario.outageAtMs + scenario.outageMs { restart() }
    }

    private mutating func failMany() {
        for viewer in core.residents.indices
        where core.isAlive(viewer) && core.generator.fraction() < scenario.failShare {
            core.trace.note(core.elapsedMs, "dies:", viewer)
            core.schedule(afterMs: scenario.network.noticeMs, .request(.silent(viewer)))
            vanish(viewer)
        }
    }

    private mutating func setForwards(up: Bool) {
        core.trace.note(core.elapsedMs, up ? "forwards are back" : "forwards are gone")
        core.areForwardsUp = up
        viewers.forwardsChanged(&core)
    }

    /// Viewers come back to the tracker at a time of their own, up to 10 s later.
    private mutating func restart() {
        core.restartTracker()
        for viewer in core.residents.indices where core.isAlive(viewer) {
            core.schedule(afterMs: core.generator.draw(0...10_000), .resume(viewer))
        }
    }

    // MARK: Events

    private mutating func handle(_ event: Core.Event) {
        switch event {
        case .viewer(let event): viewers.handle(event, &core)
        case .request(let request): core.handle(request)
        case .told(let viewer, let content):
            guard core.isAlive(viewer) else { return }
            if case .parent(let parent) = content {
                let sender = parent.source.peer.flatMap { core.numbers[$0] } ?? -1
                core.trace.note(
                    core.elapsedMs, "is told (viewer, stripe, parent):", viewer, parent.stripe, sender)
            }
            viewers.told(viewer, content, &core)
        case .placed(let viewer, let place):
            guard core.isAlive(viewer) else { return }
            viewers.placed(viewer, place, &core)
        case .depart(let viewer): depart(viewer)
        case .vanish(let viewer): vanish(viewer)
        case .resume(let viewer):
            guard core.isAlive(viewer) else { return }
            viewers.resume(viewer, &core)
        }
    }

    // MARK: What comes out

    private mutating func chunksNow() -> ChunkTally {
        var tally = core.tally.gone
        for viewer in core.residents.indices where core.isAlive(viewer) {
            tally.add(
                viewers.counters(viewer, now: core.now), presentMs: core.now - core.residents[viewer].joinedAt)
        }
        return tally
    }

    private mutating func sample(_ progress: (SimulationSample) -> Void) {
        let chunks = chunksNow()
        let due = chunks.due - min(chunks.due, before.due)
        let onTime = chunks.onTime - min(chunks.onTime, before.onTime)
        before = chunks
        for viewer in core.residents.indices
        where core.isAlive(viewer) && core.now - core.residents[viewer].joinedAt > 5_000 {
            core.tally.pairsLookedAt += 1
            if viewers.hasTwoParents(viewer, core) { core.tally.pairs += 1 }
        }
        let depths = core.isTrackerUp ? core.swarm.spreads.map(\.depths) : []
        let sample = SimulationSample(
            second: Int(core.elapsedMs / 1_000), viewers: living,
            continuity: due == 0 ? 1 : Double(onTime) / Double(due), forwardUnits: viewers.forwardUnits,
            depthMax: depths.map(\.max).max() ?? 0,
            depthMean: depths.isEmpty ? 0 : depths.reduce(0) { $0 + $1.mean } / Double(depths.count),
            depthBound: depths.first?.bound ?? 0, repairs: Int(core.tally.recentRepairs.count),
            repairMsP99: core.tally.recentRepairs.percentile(0.99) ?? 0)
        core.tally.recentRepairs = LatencyHistogram()
        core.tally.samples.append(sample)
        core.trace.note(
            core.elapsedMs, "counts (viewers, due, on time, units):", living, Int(chunks.due), Int(chunks.onTime),
            viewers.forwardUnits)
        progress(sample)
    }

    private mutating func result() -> SimulationResult {
        for viewer in core.residents.indices where core.isAlive(viewer) { viewers.closeLosses(viewer, &core) }
        let (chunks, tally) = (chunksNow(), core.tally)
        let depths = core.swarm.spreads.map(\.depths)
        let pieceBytes = Double(chunks.due) * Double(core.stream.chunkBytes)
        return SimulationResult(
            scenario: scenario, continuity: chunks.continuity, continuityWorst: chunks.worst,
            continuityWorstSecond: tally.samples.map(\.continuity).min() ?? 1,
            stalls: scenario.grain == .pieces ? chunks.stalls : nil,
            repairMsP50: tally.repairs.percentile(0.5), repairMsP99: tally.repairs.percentile(0.99),
            gapMsP50: tally.gaps.percentile(0.5), gapMsP99: tally.gaps.percentile(0.99),
            startupMsP50: tally.startups.percentile(0.5), startupMsP95: tally.startups.percentile(0.95),
            forwardUnitsMean: tally.units.isEmpty
                ? 0 : Double(tally.units.reduce(0, +)) / Double(tally.units.count),
            forwardUnitsPeak: tally.units.max() ?? 0, rootUnits: core.swarm.rootLimit * SimulatedStream.stripeCount,
            joins: tally.joins, departures: tally.departures,
            linksPerDeparture: tally.departuresCounted == 0
                ? nil : Double(tally.linksTold) / Double(tally.departuresCounted),
            depthMean: depths.isEmpty ? 0 : depths.reduce(0) { $0 + $1.mean } / Double(depths.count),
            depthMax: depths.map(\.max).max() ?? 0, depthBound: depths.first?.bound ?? 0,
            twoParents: tally.pairsLookedAt == 0 ? 1 : Double(tally.pairs) / Double(tally.pairsLookedAt),
            offload: pieceBytes == 0 ? 0 : max(0, 1 - Double(tally.forwardBytes) / pieceBytes),
            refusals: tally.refusals, fetches: tally.fetches, accusations: tally.accusations, bans: tally.bans,
            neverStarted: chunks.neverStarted, lossesOpen: tally.lossesOpen,
            isSettled: scenario.settleMs < scenario.durationMs,
            messages: tally.messages, digest: core.trace.digest, samples: tally.samples)
    }
}
