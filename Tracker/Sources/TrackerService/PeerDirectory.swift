import CoreTypes
import Cryptography
import EventLoop
import HTTPServer
import Logging
import ServiceAPI
import ServiceKit
import SwarmCore

/// All viewers at this tracker, by swarm and by id, and the clockwork that drives them.
@LoopActor
final class PeerDirectory {
    /// How long a viewer that has listened may be without an event stream.
    static let nextStreamMs: Int64 = 5_000
    /// Lifetime of a token; reports come every 5 s and bring a new one.
    static let tokenMs: Int64 = 60_000
    /// How long after its end a token still proves that a viewer had its id.
    static let resumeGraceMs: Int64 = 600_000
    /// Viewers come back after a restart, each at a time of its own: so many a second, within so long at least and at most.
    static let returnsPerSecond: Int64 = 1_000, returnMsLeast: Int64 = 1_000, returnMs: Int64 = 10_000
    /// How long a viewer may report nothing: before a child's complaint counts for more than its connection, and at all.
    private static let missedMs: Int64 = 7_000, unheardMs: Int64 = 60_000
    private static let stepMs: Int64 = 200
    /// An event stream that broke is open again within this time when nothing is wrong.
    private static let breakMs: Int64 = 400
    /// A turn of pings that is later than this says that the process stood still.
    private static let standstillMs: Int64 = 2_000

    let tokens: TokenAuthority
    let lookup: StreamLookup
    var addresses = AddressBook()
    private(set) var swarms: [StreamName: LiveSwarm] = [:]
    private(set) var sessions: [RandomID: PeerSession] = [:]
    private(set) var isStopping = false
    private(set) var refusals: [String: UInt64] = [:]
    private(set) var signalCount: UInt64 = 0
    private(set) var reportCount: UInt64 = 0
    /// What happened in swarms that are no more.
    private(set) var ended = Swarm.Counters()
    private(set) var endedReceived = LiveSwarm.Received()
    unowned let service: TrackerService
    private var rounds = PingRounds()
    private var step = 0
    /// Viewers without an event stream, and when they have left.
    private var absent: [RandomID: MonotonicInstant] = [:]
    /// Viewers that have never listened.
    private(set) var unheard = UnheardViewers()
    private var pingedAt = Clock.now
    private var timers: [LoopTimer] = []
    private var isFlushScheduled = false

    init(_ service: TrackerService, tokens: TokenAuthority, lookup: StreamLookup) {
        self.service = service
        self.tokens = tokens
        self.lookup = lookup
    }

    func start() {
        timers = [
            LoopTimer.every(milliseconds: PingRounds.stepMs) { [weak self] in self?.pingNext() },
            LoopTimer.every(milliseconds: Self.stepMs) { [weak self] in self?.advance() },
        ]
    }

    /// Takes nobody in any more.
    func close() { isStopping = true }

    /// Tells every viewer to come back or go elsewhere, at a time of its own.
    func stop() {
        close()
        for timer in timers { timer.cancel() }
        let neededMs = Int64(sessions.count) * 1_000 / Self.returnsPerSecond
        let withinMs = min(max(neededMs, Self.returnMsLeast), Self.returnMs)
        for session in sessions.values {
            session.send(.bye, ByeEvent(reason: .stopping, retryMs: Int64.random(in: 0...withinMs)))
            session.end()
        }
    }

    func countRefusal(_ type: String) { refusals[type, default: 0] += 1 }

    // MARK: Coming and going

    /// Takes a viewer in and returns its place.
    func join(
        _ id: RandomID, _ stream: StreamName, _ join: PeerJoin, origin: PeerSession.Origin, isLeaf: Bool,
        publicKey: String
    ) -> PeerPlace {
        let swarm = swarms[stream] ?? LiveSwarm(stream)
        if swarms[stream] == nil {
            swarms[stream] = swarm
            updateForwards(of: swarm)
            service.log.info("Swarm begins", metadata: ["stream": "\(stream)"])
        }
        if !publicKey.isEmpty { swarm.publicKey = publicKey }
        let isKnown = sessions[id] != nil
        let session =
            sessions[id]
            ?? PeerSession(
                id: id, stream: stream, origin: origin, join: join, round: Int.random(in: 0..<PingRounds.count))
        if !isKnown { add(session, to: swarm) }
        if session.events == nil { absent[id] = Clock.now.advanced(byMilliseconds: UnheardViewers.patienceMs) }
        var events: [SwarmEvent] = []
        if let resume = join.resume {
            _ = swarm.core.resume(
                id, capacity: join.capacity, isLeaf: isLeaf, role: resume.role,
                parents: resume.parents.prefix(8).map(swarmParent),
                children: resume.children?.prefix(8).map { SwarmChild(stripe: $0.stripe, peer: $0.peer) } ?? [],
                now: Clock.now, into: &events)
        } else {
            _ = swarm.core.join(id, capacity: join.capacity, isLeaf: isLeaf, now: Clock.now, into: &events)
        }
        deliver(events, of: swarm)
        return place(of: session, in: swarm)
    }

    private func add(_ session: PeerSession, to swarm: LiveSwarm) {
        unheard.add(session.client)
        sessions[session.id] = session
        swarm.add(session)
        rounds.add(session)
        addresses.joined(session.client, now: Clock.now)
    }

    /// Whether one more viewer fits. When there are as many as may be, one of the same address that is without events is
    /// taken to be the same one, which comes back under another name.
    func hasRoom(for client: IPAddress, peersMax: Int) -> Bool {
        guard sessions.count >= peersMax else { return true }
        let key = AddressBook.key(client)
        let gone = absent.keys.lazy.compactMap { self.sessions[$0] }
            .first { $0.hasListened && AddressBook.key($0.client) == key }
        if let gone { leave(gone) }
        return sessions.count < peersMax
    }

    /// Lets a viewer stay that says nothing, for measurements.
    func keep(_ id: RandomID) {
        guard let session = sessions[id] else { return }
        _ = poll(session, after: 0)
        absent[id] = nil
        session.heardAt = Clock.now.advanced(byMilliseconds: 86_400_000)
    }

    /// A viewer leaves.
    func leave(_ session: PeerSession) {
        swarms[session.stream]?.core.leave(session.id, now: Clock.now)
        remove(session)
        flushSoon()
    }

    /// Forgets a viewer that the swarm does not have any more, or soon will not.
    private func remove(_ session: PeerSession) {
        guard sessions.removeValue(forKey: session.id) != nil else { return }
        if !session.hasListened { unheard.remove(session.client) }
        swarms[session.stream]?.remove(session)
        rounds.remove(session)
        absent[session.id] = nil
        addresses.left(session.client, now: Clock.now)
        session.end()
    }

    // MARK: Events

    /// A viewer opens its event stream.
    func listen(_ session: PeerSession, after last: UInt64?) -> EventStream {
        let id = session.id
        let stream = EventStream { [weak self] stream in
            guard let self, session.closed(stream), sessions[id] === session else { return }
            swarms[session.stream]?.listening -= 1
            absent[id] = Clock.now.advanced(byMilliseconds: Self.nextStreamMs)
            swarms[session.stream]?.core.setSilent(id, true)
        }
        stream.send(backlog(session, after: last))
        if session.events == nil { swarms[session.stream]?.listening += 1 }
        session.listen(stream)
        absent[id] = nil
        swarms[session.stream]?.core.setSilent(id, false)
        return stream
    }

    /// A viewer asks for what there is.
    func poll(_ session: PeerSession, after last: UInt64?) -> [UInt8] {
        if session.events == nil { absent[session.id] = Clock.now.advanced(byMilliseconds: Self.nextStreamMs) }
        swarms[session.stream]?.core.setSilent(session.id, false)
        return backlog(session, after: last)
    }

    private func backlog(_ session: PeerSession, after last: UInt64?) -> [UInt8] {
        if !session.hasListened { unheard.remove(session.client) }
        guard let swarm = swarms[session.stream] else { return [] }
        return session.backlog(after: last) { place(of: session, in: swarm) }
    }

    /// Passes on what a swarm wants its peers to know.
    private func deliver(_ events: [SwarmEvent], of swarm: LiveSwarm) {
        for event in events {
            guard let session = swarm.sessions[event.to] else { continue }
            switch event.content {
            case .parent(let parent):
                let lease = lease(for: session, in: swarm)
                session.send(
                    .parent,
                    ParentEvent(
                        parent: describe(parent, for: session), token: lease.token,
                        tokenExpiresAt: lease.tokenExpiresAt))
            case .child(let child): session.send(.child, ChildDescription(stripe: child.stripe, peer: child.peer))
            case .drop(let child): session.send(.drop, ChildDescription(stripe: child.stripe, peer: child.peer))
            case .banned:
                addresses.ban(session.id, session.client, now: Clock.now)
                session.send(.bye, ByeEvent(reason: .banned, retryMs: AddressBook.banMs))
                remove(session)
            }
        }
    }

    /// Passes a signal on. False when the addressee is not in the sender's swarm, or has lost its event stream, has not come
    /// back at once, and may be dead; nil when too much waits for it.
    func pass(_ signal: PeerSignal, from sender: PeerSession) -> Bool? {
        guard let addressee = sessions[signal.to], addressee.stream == sender.stream,
            !mayBeDead(signal.to, in: sender.stream)
        else { return false }
        guard addressee.takesSignals else { return nil }
        signalCount += 1
        addressee.send(.signal, SignalEvent(from: sender.id, signal: signal.signal))
        return true
    }

    private func mayBeDead(_ id: RandomID, in stream: StreamName) -> Bool {
        guard let deadline = absent[id], swarms[stream]?.core.isSilent(id) ?? true else { return false }
        return deadline.milliseconds(since: Clock.now) < Self.nextStreamMs - Self.breakMs
    }

    /// Takes a report in. The accused and the accuser may be gone after it.
    func take(_ report: PeerReport, of session: PeerSession) {
        guard let swarm = swarms[session.stream] else { return }
        reportCount += 1
        let now = Clock.now
        session.heardAt = now
        var events: [SwarmEvent] = []
        if let statistics = report.stats { swarm.count(statistics, of: session) }
        if let capacity = report.capacity { swarm.core.setCapacity(session.id, capacity, now: now, into: &events) }
        for lost in (report.lost ?? []).prefix(PeerReport.entriesMax) {
            // A connection may outlive what its owner can do: who has missed a report, too, is believed to be dead.
            let heardAt = lost.peer.flatMap { sessions[$0]?.heardAt }
            let isUnheard = heardAt.map { now.milliseconds(since: $0) > Self.missedMs } ?? false
            swarm.core.lost(
                session.id, stripe: lost.stripe, parent: lost.peer,
                isFarewell: lost.reason == .bye || lost.reason == .starving, isUnheard: isUnheard,
                isUnreachable: lost.reason == .unreachable, now: now, into: &events)
        }
        for accusation in (report.accused ?? []).prefix(PeerReport.entriesMax) {
            let verdict = swarm.core.accuse(
                accusation.peer, by: session.id, isBelieved: { addresses.believes(session.client, now: now) },
                mayCorroborate: { addresses.believesSecond(session.client, now: now) }, now: now, into: &events)
            guard verdict == .guilty || verdict == .slander else { continue }
            service.log.notice(
                "Peer thrown out",
                metadata: [
                    "stream": "\(swarm.stream)", "peer": "\(verdict == .guilty ? accusation.peer : session.id)",
                    "reason": "\(verdict == .guilty ? String(accusation.reason.prefix(64)) : "slander")",
                ])
        }
        deliver(events, of: swarm)
        // Who was taken for dead is not in the swarm any more; it may come back with all it has.
        for lost in report.lost ?? [] {
            if let peer = lost.peer, !swarm.core.contains(peer), let gone = swarm.sessions[peer] { remove(gone) }
        }
    }

    // MARK: Clockwork

    /// Pings those whose turn it is, and gives up who has said nothing for long.
    private func pingNext() {
        let now = Clock.now
        if now.milliseconds(since: pingedAt) > Self.standstillMs {
            // Nobody could be heard while this process stood still.
            for session in sessions.values { session.heardAt = now }
        }
        pingedAt = now
        let those = rounds.next()
        guard !those.isEmpty else { return }
        let ping = ServerSentEvent(
            name: PeerEventName.ping.rawValue,
            data: String(decoding: encodeJSON(TimeReport(now: Clock.wall)), as: UTF8.self)
        ).encoded
        for session in those.values {
            session.ping(ping)
            if now.milliseconds(since: session.heardAt) > Self.unheardMs { leave(session) }
        }
    }

    private func advance() {
        step += 1
        let now = Clock.now
        dismissAbsent(now)
        let isSecond = step.isMultiple(of: 5)
        if isSecond { addresses.trim(now: now) }
        for swarm in swarms.values {
            if isSecond { updateForwards(of: swarm) }
            advance(swarm, now: now)
            if isSecond { checkStream(of: swarm, now: now) }
        }
    }

    /// Those who have been without events for too long have left.
    func dismissAbsent(_ now: MonotonicInstant) {
        let isCrowded = unheard.isCrowd(among: sessions.count)
        // The deadline of one that has not listened yet is that of its first stream.
        let crowded = now.advanced(byMilliseconds: UnheardViewers.patienceMs - UnheardViewers.crowdedPatienceMs)
        for (id, deadline) in absent where deadline <= (isCrowded ? crowded : now) {
            guard let session = sessions[id] else {
                absent[id] = nil
                continue
            }
            if deadline <= now || !session.hasListened { leave(session) }
        }
    }

    private func advance(_ swarm: LiveSwarm, now: MonotonicInstant) {
        var events: [SwarmEvent] = []
        swarm.core.advance(now: now, into: &events)
        deliver(events, of: swarm)
        if swarm.core.count == 0, swarm.sessions.isEmpty { end(swarm) }
    }

    /// Departures are repaired when their window is over, not with the next step.
    private func flushSoon() {
        guard !isFlushScheduled else { return }
        isFlushScheduled = true
        LoopTimer.after(milliseconds: SwarmTimes.departureWindowMs) { [weak self] in
            guard let self else { return }
            isFlushScheduled = false
            for swarm in swarms.values { advance(swarm, now: Clock.now) }
        }
    }

    /// Ends a swarm whose stream is over.
    func end(_ swarm: LiveSwarm) {
        swarms[swarm.stream] = nil
        ended.add(swarm.core.counters)
        endedReceived.fromPeers &+= swarm.received.fromPeers
        endedReceived.fromForwards &+= swarm.received.fromForwards
        service.log.info("Swarm ends", metadata: ["stream": "\(swarm.stream)"])
        for session in swarm.sessions.values {
            session.send(.bye, ByeEvent(reason: .ended, retryMs: Self.returnMs))
            remove(session)
        }
    }

    /// Another forward is there, or one is not any more.
    func forwardsChanged() { for swarm in swarms.values { updateForwards(of: swarm) } }

    /// How many viewers each swarm has.
    var sizes: [SwarmSize] {
        swarms.values.map { SwarmSize(stream: $0.stream.description, peers: $0.core.count) }
            .sorted { $0.stream < $1.stream }
    }

    /// Tells a swarm which forwards there are, and its viewers when others are there.
    func updateForwards(of swarm: LiveSwarm) {
        let forwards = service.forwards.values.sorted { left, right in
            let (first, second) = (left.load.has(swarm.stream), right.load.has(swarm.stream))
            return first == second ? left.name < right.name : first
        }
        let names = forwards.map(\.name)
        let hasChanged = Set(names) != Set(swarm.core.rootsByForward.map(\.name))
        let full = forwards.filter { $0.load.viewers >= $0.load.viewersMax }.map(\.name)
        var events: [SwarmEvent] = []
        swarm.core.setForwards(names, full: Set(full), into: &events)
        if hasChanged {
            for session in swarm.sessions.values {
                session.send(.forward, ForwardsEvent(forwards: forwardURLs(for: session)))
            }
        }
        deliver(events, of: swarm)
    }
}

extension LoadReport {
    /// Whether a forward holds a stream.
    func has(_ stream: StreamName) -> Bool { streams.contains { $0.stream == stream.description } }
}
