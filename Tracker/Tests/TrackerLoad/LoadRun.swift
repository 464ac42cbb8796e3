import CoreTypes
import EventLoop
import Foundation
import ServiceAPI
import ServiceKit

/// The viewers of one run, and what was measured in the present phase.
@LoopActor
final class LoadRun {
    /// What one viewer is told of another one that has just joined.
    private struct Telling: Hashable {
        let to: RandomID
        let kind: PeerEventName
        let stripe: Int
        let other: RandomID
    }

    /// An event that does not come within so long is missing.
    private static let missingMs: Int64 = 5_000
    private static let reporters = 32

    let tracker: SocketAddress
    let join: [UInt8]
    var eventCount = 0
    var byes = 0
    private let sources: Int
    private var viewers: [ObjectIdentifier: LoadViewer] = [:]
    private var order: [LoadViewer] = []
    private var byID: [RandomID: LoadViewer] = [:]
    private var started = 0
    private var expected: [Telling: MonotonicInstant] = [:]
    /// Events that came before the answer to the join that they tell of.
    private var early: [RandomID: [(Telling, MonotonicInstant)]] = [:]
    private var joins = Latencies(), listens = Latencies(), events = Latencies(), reports = Latencies()
    private var errors: [String: Int] = [:]
    private var missing = 0
    private var phaseStart = Clock.now
    /// For reports of those that have no second connection of their own.
    private lazy var channels = (0..<Self.reporters).map { _ in ReportChannel(tracker, from: nil) }
    private let keepsConnections: Bool

    init(_ tracker: SocketAddress, stream: String, sources: Int, capacity: Int, keepsConnections: Bool) {
        self.tracker = tracker
        self.sources = sources
        self.keepsConnections = keepsConnections
        join = encodeJSON(PeerJoin(stream: stream, capacity: capacity, nat: .open))
    }

    func request(_ method: String, _ path: String, body: [UInt8]? = nil, token: String? = nil) -> [UInt8] {
        var head = "\(method) \(path) HTTP/1.1\r\nHost: \(tracker)\r\nUser-Agent: tracker-load\r\n"
        if let token { head += "Authorization: Bearer \(token)\r\n" }
        if let body { head += "Content-Type: application/json\r\nContent-Length: \(body.count)\r\n" }
        return Array((head + "\r\n").utf8) + (body ?? [])
    }

    // MARK: Phases

    var listeningCount: Int { order.count { $0.isListening } }
    var count: Int { viewers.count }

    /// Lets one more viewer join.
    func add() {
        let number = started % max(sources, 1)
        started += 1
        let source = IPAddress(bytes: [127, 1 + UInt8(number >> 16), UInt8(number >> 8 & 255), UInt8(number & 255)])
        guard let viewer = LoadViewer(self, from: sources > 0 ? source : nil) else {
            return errors["no socket", default: 0] += 1
        }
        viewers[ObjectIdentifier(viewer)] = viewer
        order.append(viewer)
    }

    /// Lets one viewer, anywhere in the trees, leave in order.
    func removeAny() {
        guard let index = order.indices.randomElement() else { return }
        order.swapAt(index, order.count - 1)
        let viewer = order.removeLast()
        guard let id = viewer.id else { return }
        forget(viewer)
        viewer.hangUp()
        let channel = channel(of: viewer, index)
        channel.send(request("DELETE", "/peers/\(id)", token: viewer.token)) { [weak self] status, _ in
            if status != 204 { self?.errors["leave: status \(status)", default: 0] += 1 }
            if self?.keepsConnections == true { channel.close() }
        }
    }

    /// Sends the report of every viewer whose turn it is.
    func report(turn: Int, of turns: Int) {
        for index in stride(from: turn % turns, to: order.count, by: turns) {
            guard let id = order[index].id, order[index].isListening else { continue }
            let viewer = order[index]
            let sentAt = Clock.now
            let stats = PeerStatistics(bytesFromPeers: 0, bytesFromForwards: 0, uploadBytes: 0, continuity: 1)
            let body = encodeJSON(PeerReport(stats: stats))
            channel(of: viewer, index).send(request("POST", "/peers/\(id)/report", body: body, token: viewer.token)) {
                [weak self, weak viewer] status, body in
                guard let self, let viewer, viewers[ObjectIdentifier(viewer)] != nil else { return }
                reports.add(since: sentAt, until: Clock.now)
                guard status == 200, let lease = try? decodeJSON(PeerLease.self, from: body) else {
                    return errors["report: status \(status)", default: 0] += 1
                }
                viewer.renew(lease)
            }
        }
    }

    /// What happened since the last phase.
    func endPhase(_ name: String) -> PhaseReport {
        let now = Clock.now
        let late = expected.filter { now.milliseconds(since: $0.value) > Self.missingMs }
        missing += late.count
        for telling in late.keys { expected[telling] = nil }
        defer {
            (joins, listens, events, reports) = (Latencies(), Latencies(), Latencies(), Latencies())
            (errors, missing, eventCount, phaseStart) = ([:], 0, 0, now)
        }
        return PhaseReport(
            phase: name, viewers: count, listening: listeningCount,
            seconds: Double(now.milliseconds(since: phaseStart)) / 1_000, joinMs: joins.figures,
            listenMs: listens.figures, eventMs: events.figures, reportMs: reports.figures, events: eventCount,
            eventsMissing: missing, byes: byes, errors: errors)
    }

    private func channel(of viewer: LoadViewer, _ index: Int) -> ReportChannel {
        guard keepsConnections else { return channels[index % channels.count] }
        if let own = viewer.channel { return own }
        let own = ReportChannel(tracker, from: viewer.source)
        viewer.channel = own
        return own
    }

    // MARK: What viewers tell

    func joined(_ viewer: LoadViewer, _ place: PeerPlace) {
        let now = Clock.now
        joins.add(since: viewer.joinedAt, until: now)
        byID[place.id] = viewer
        for parent in place.parents {
            if case .peer(let peer, _) = parent.source { expect(peer, .child, parent.stripe, of: viewer, place.id) }
        }
        for child in place.children { expect(child.peer, .parent, child.stripe, of: viewer, place.id) }
        for (telling, at) in early.removeValue(forKey: place.id) ?? [] where expected[telling] != nil {
            expected[telling] = nil
            events.add(since: viewer.joinedAt, until: at)
        }
    }

    /// Those who have not opened their events yet learn of it when they do, which says nothing about delivery.
    private func expect(_ peer: RandomID, _ kind: PeerEventName, _ stripe: Int, of viewer: LoadViewer, _ id: RandomID) {
        guard byID[peer]?.isListening == true else { return }
        expected[Telling(to: peer, kind: kind, stripe: stripe, other: id)] = viewer.joinedAt
    }

    func told(_ receiver: RandomID, _ kind: PeerEventName, _ stripe: Int, _ other: RandomID) {
        let telling = Telling(to: receiver, kind: kind, stripe: stripe, other: other)
        if let since = expected.removeValue(forKey: telling) {
            events.add(since: since, until: Clock.now)
        } else if byID[other] == nil {
            early[other, default: []].append((telling, Clock.now))
        }
    }

    func listens(_ viewer: LoadViewer) { listens.add(since: viewer.joinedAt, until: Clock.now) }

    func failed(_ viewer: LoadViewer, _ what: String) {
        guard viewers[ObjectIdentifier(viewer)] != nil else { return }
        errors[what, default: 0] += 1
        if let index = order.firstIndex(where: { $0 === viewer }) {
            order.swapAt(index, order.count - 1)
            order.removeLast()
        }
        forget(viewer)
        viewer.hangUp()
    }

    private func forget(_ viewer: LoadViewer) {
        viewers[ObjectIdentifier(viewer)] = nil
        guard let id = viewer.id else { return }
        // It stays known, so that what is told of it late is not taken for early.
        for telling in expected.keys where telling.to == id { expected[telling] = nil }
    }
}
