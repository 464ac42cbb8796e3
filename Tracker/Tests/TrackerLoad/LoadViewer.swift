import CoreTypes
import EventLoop
import ServiceAPI
import ServiceKit

/// One viewer without media: joins and opens its events over one connection, as browsers do.
@LoopActor
final class LoadViewer {
    private(set) var id: RandomID?
    private(set) var token = ""
    private(set) var isListening = false
    let joinedAt = Clock.now
    let source: IPAddress?
    /// Its second connection, if it keeps one.
    var channel: ReportChannel?
    private unowned let run: LoadRun
    private var connection: LoadConnection?
    private var parser = EventStreamParser()

    init?(_ run: LoadRun, from source: IPAddress?) {
        self.run = run
        self.source = source
        guard
            let connection = LoadConnection(
                to: run.tracker, from: source, received: { [weak self] in self?.take($0) })
        else { return nil }
        self.connection = connection
        connection.send(run.request("POST", "/peers", body: run.join))
    }

    /// Closes its events.
    func hangUp() {
        isListening = false
        connection?.close()
        connection = nil
    }

    private func take(_ received: LoadConnection.Received) {
        switch received {
        case .answer(let status, let body):
            guard status == 201, let place = try? decodeJSON(PeerPlace.self, from: body) else {
                return run.failed(self, "status \(status)")
            }
            id = place.id
            token = place.token
            run.joined(self, place)
            connection?.send(run.request("GET", place.events, token: token))
        case .streamBegins:
            isListening = true
            run.listens(self)
        case .piece(let bytes):
            for event in (try? parser.receive(bytes)) ?? [] { take(event) }
        case .end: run.failed(self, isListening ? "stream ended" : "connection ended")
        }
    }

    private func take(_ event: ServerSentEvent) {
        guard let id else { return }
        run.eventCount += 1
        let data = Array(event.data.utf8)
        switch PeerEventName(rawValue: event.name) {
        case .parent:
            guard let told = try? decodeJSON(ParentEvent.self, from: data) else { return }
            token = told.token
            guard case .peer(let parent, _) = told.parent.source else { return }
            run.told(id, .parent, told.parent.stripe, parent)
        case .child:
            guard let child = try? decodeJSON(ChildDescription.self, from: data) else { return }
            run.told(id, .child, child.stripe, child.peer)
        case .bye: run.byes += 1
        default: break
        }
    }

    /// A report brought a new token.
    func renew(_ lease: PeerLease) { token = lease.token }
}
