import CoreTypes
import EventLoop
import HTTPClient
import HTTPServer
import ServiceAPI
import ServiceKit
import TestSupport
import Testing

@testable import TrackerService

/// A viewer without media: it joins, listens, and believes what it is told.
@LoopActor
final class TestViewer: HTTPTransferDelegate {
    let tracker: RunningTracker
    let id: RandomID
    private(set) var token: String
    private(set) var role: Int?
    private(set) var parents: [ParentDescription] = []
    private(set) var children: Set<ChildDescription> = []
    private(set) var signals: [SignalEvent] = []
    private(set) var forwards: [String]
    private(set) var byes: [ByeEvent] = []
    private(set) var names: [String] = []
    private(set) var ids: [UInt64] = []
    private(set) var hasEnded = false
    private(set) var status = 0
    private var parser = EventStreamParser()
    private var transfer: HTTPTransfer?

    init(_ tracker: RunningTracker, _ place: PeerPlace) {
        self.tracker = tracker
        id = place.id
        token = place.token
        forwards = place.forwards
        take(place)
    }

    static func join(
        _ tracker: RunningTracker, _ stream: String = "live", capacity: Int = 2, nat: NATClass = .open,
        agent: PeerAgent? = nil, resume: PeerResume? = nil, isListening: Bool = true
    ) async throws -> TestViewer {
        let join = PeerJoin(stream: stream, capacity: capacity, nat: nat, agent: agent, resume: resume)
        let answer = try await tracker.join(join)
        try #require(answer.status == 201, "\(String(decoding: answer.body, as: UTF8.self))")
        let viewer = TestViewer(tracker, try decodeJSON(PeerPlace.self, from: answer.body))
        if isListening { try await viewer.listen() }
        return viewer
    }

    var path: String { "/peers/\(id)" }

    /// What it would bring to a tracker that has been restarted.
    var resume: PeerResume {
        PeerResume(id: id, token: token, role: children.first?.stripe ?? role, depth: nil, parents: parents)
    }

    /// Opens the event stream.
    func listen(after last: UInt64? = nil) async throws {
        parser = EventStreamParser()
        (hasEnded, status) = (false, 0)
        var request = HTTPClientRequest("GET", tracker.url + path + "/events").bearing(token)
        request.timeoutMs = 0
        if let last { request.headers.append(("Last-Event-ID", "\(last)")) }
        transfer = try tracker.client.start(request, delegate: self)
        try await eventually("the event stream is open") { status != 0 }
    }

    /// Hangs up without a word.
    func hangUp() {
        transfer?.cancel()
        transfer = nil
    }

    func report(_ report: PeerReport) async throws -> HTTPClientResponse {
        let answer = try await tracker.send("POST", path + "/report", encodeJSON(report), token: token)
        if answer.isSuccess { token = try decodeJSON(PeerLease.self, from: answer.body).token }
        return answer
    }

    func signal(_ other: RandomID, _ text: String = "v=0", kind: LinkSignal.Kind = .offer) async throws
        -> HTTPClientResponse
    {
        let signal = PeerSignal(to: other, signal: LinkSignal(link: "0123456789abcdef", kind: kind, text: text))
        return try await tracker.send("POST", path + "/signal", encodeJSON(signal), token: token)
    }

    func leave() async throws -> Int { try await tracker.send("DELETE", path, token: token).status }

    // MARK: Events

    func transfer(_ transfer: HTTPTransfer, didReceiveHead status: Int, headers: [(name: String, value: String)]) {
        self.status = status
    }

    func transfer(_ transfer: HTTPTransfer, didReceive bytes: UnsafeRawBufferPointer) {
        for event in (try? parser.receive(bytes)) ?? [] { take(event) }
    }

    func transfer(_ transfer: HTTPTransfer, didEnd error: HTTPClientError?) { hasEnded = true }

    func take(_ event: ServerSentEvent) {
        names.append(event.name)
        if let id = event.id { ids.append(id) }
        func data<Data: Decodable>(_ type: Data.Type) -> Data? {
            do { return try decodeJSON(type, from: Array(event.data.utf8)) } catch {
                Issue.record("\(event): \(error)")
                return nil
            }
        }
        switch PeerEventName(rawValue: event.name) {
        case .parent:
            guard let told = data(ParentEvent.self) else { return }
            parents[told.parent.stripe] = told.parent
            token = told.token
        case .child: if let child = data(ChildDescription.self) { children.insert(child) }
        case .drop: if let child = data(ChildDescription.self) { children.remove(child) }
        case .signal: if let signal = data(SignalEvent.self) { signals.append(signal) }
        case .forward: forwards = data(ForwardsEvent.self)?.forwards ?? []
        case .resync: if let place = data(PeerPlace.self) { take(place) }
        case .bye: if let bye = data(ByeEvent.self) { byes.append(bye) }
        case .ping: _ = data(TimeReport.self)
        case nil: Issue.record("no event is called \(event.name)")
        }
    }

    private func take(_ place: PeerPlace) {
        parents = place.parents
        role = place.role
        children = Set(place.children)
        token = place.token
        forwards = place.forwards
    }
}

/// Whether everybody was told what fits together: each viewer is a child of its parents, and nobody has other children.
@LoopActor
func agree(_ viewers: [TestViewer]) -> Bool {
    var children: [RandomID: Set<ChildDescription>] = [:]
    for viewer in viewers {
        for parent in viewer.parents {
            guard case .peer(let id, _) = parent.source else { continue }
            children[id, default: []].insert(ChildDescription(stripe: parent.stripe, peer: viewer.id))
        }
    }
    return viewers.allSatisfy { $0.children == children[$0.id, default: []] && $0.parents.count == 2 }
}
