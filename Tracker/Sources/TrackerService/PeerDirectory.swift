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
    /// How long a viewer may be without an event stream: from its join, and later.
    static let firstStreamMs: Int64 = 3_000, nextStreamMs: Int64 = 5_000
    /// Lifetime of a token; reports come every 5 s and bring a new one.
    static let tokenMs: Int64 = 60_000
    /// How long after its end a token still proves that a viewer had its id.
    static let resumeGraceMs: Int64 = 600_000
    /// Viewers come back after a restart within so long, each at a time of its own.
    static let returnMs: Int64 = 10_000
    /// How long a viewer may report nothing: before a child's complaint counts for more than its connection, and at all.
    private static let missedMs: Int64 = 7_000, unheardMs: Int64 = 60_000
    /// Viewers of one address that have joined and not listened yet: each has a place in the trees, and may feed nobody.
    private static let unheardMax = 16
    private static let stepMs: Int64 = 200
    /// An event stream that broke is open again within this time when nothing is wrong.
    private static let breakMs: Int64 = 400
    /// A step that is later than this says that the process stood still.
    private static let standstillMs: Int64 = 2_000
    /// Viewers are sent pings in turns, all of them once in 5 s.
    private static let roundCount = 25

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
    unowned let service: TrackerService
    private var rounds: [[RandomID: PeerSession]] = Array(repeating: [:], count: roundCount)
    private var step = 0
    /// Viewers without an event stream, and when they have left.
    private var absent: [RandomID: MonotonicInstant] = [:]
    /// By address: viewers that have never listened.
    private var unheard: [IPAddress: Int] = [:]
    private var advancedAt = Clock.now
    private var timer: LoopTimer?
    private var isFlushScheduled = false

    init(_ service: TrackerService, tokens: TokenAuthority, lookup: StreamLookup) {
        self.service = service
        self.tokens = tokens
        self.lookup = lookup
    }

    func start() { timer = LoopTimer.every(milliseconds: Self.stepMs) { [weak self] in self?.advance() } }

    /// Tells every viewer to come back or go elsewhere, at a time of its own.
    func stop() {
        isStopping = true
        timer?.cancel()
        for session in sessions.values {
            session.send(.bye, ByeEvent(reason: .stopping, retryMs: Int64.random(in: 0...Self.returnMs)))
            session.end()
        }
    }

    func countRefusal(_ type: String) { refusals[type, default: 0] += 1 }

    // MARK: Coming and going

    /// Takes a viewer in and returns its place.
    func join(
        _ id: RandomID, _ stream: StreamName, _ join: PeerJoin, request: HTTPRequest, isLeaf: Bool, publicKey: String
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
                id: id, stream: stream, request: request, nat: join.nat, isResumed: join.resume != nil,
                round: Int.random(in: 0..<Self.roundCount))
        if !isKnown {
            unheard[AddressBook.key(session.client), default: 0] += 1
            sessions[id] = session
            swarm.sessions[id] = session
            rounds[session.round][id] = session
            addresses.joined(session.client, now: Clock.now)
        }
        if session.events == nil { absent[id] = Clock.now.advanced(byMilliseconds: Self.firstStreamMs) }
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

    /// A viewer leaves.
    func leave(_ session: PeerSession) {
        swarms[session.stream]?.core.leave(session.id, now: Clock.now)
        remove(session)
        flushSoon()
    }

    /// Forgets a viewer that the swarm does not have any more, or soon will not.
    private func remove(_ session: PeerSession) {
        guard sessions.removeValue(forKey: session.id) != nil else { return }
        if !session.hasListened { countHeard(session) }
        swarms[session.stream]?.sessions[session.id] = nil
        rounds[session.round][session.id] = nil
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
            absent[id] = Clock.now.advanced(byMilliseconds: Self.nextStreamMs)
            swarms[session.stream]?.core.setSilent(id, true)
        }
        stream.send(backlog(session, after: last))
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

    private func countHeard(_ session: PeerSession) {
        let key = AddressBook.key(session.client)
        let left = (unheard[key] ?? 0) - 1
        unheard[key] = left > 0 ? left : nil
    }

    /// Whether an address has joined so often without listening that it must wait: each such viewer has a place, and
    /// others would be given it as a parent.
    func hasTooManyUnheard(_ client: IPAddress) -> Bool {
        unheard[AddressBook.key(client)] ?? 0 >= Self.unheardMax
    }

    private func backlog(_ session: PeerSession, after last: UInt64?) -> [UInt8] {
        if !session.hasListened { countHeard(session) }
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

    private func advance() {
        step += 1
        let now = Clock.now
        if now.milliseconds(since: advancedAt) > Self.standstillMs {
            // Nobody could be heard while this process stood still.
            for session in sessions.values { session.heardAt = now }
        }
        advancedAt = now
        let ping = ServerSentEvent(
            name: PeerEventName.ping.rawValue,
            data: String(decoding: encodeJSON(TimeReport(now: Clock.wall)), as: UTF8.self)
        ).encoded
        for session in rounds[step % Self.roundCount].values {
            session.ping(ping)
            if now.milliseconds(since: session.heardAt) > Self.unheardMs { leave(session) }
        }
        for (id, deadline) in absent where deadline <= now {
            if let session = sessions[id] { leave(session) } else { absent[id] = nil }
        }
        let isSecond = step.isMultiple(of: 5)
        if isSecond { addresses.trim(now: now) }
        for swarm in swarms.values {
            if isSecond { updateForwards(of: swarm) }
            advance(swarm, now: now)
            if isSecond { checkStream(of: swarm, now: now) }
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
