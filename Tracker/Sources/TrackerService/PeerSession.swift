import CoreTypes
import EventLoop
import HTTPServer
import ServiceAPI
import ServiceKit
import SwarmCore

/// One viewer at this tracker: its events, what it may do, and what it has reported.
@LoopActor
final class PeerSession {
    /// Signals for a viewer for whom more waits are refused: others could make it miss its own events.
    static let waitingBytesMax = 32 << 10

    /// Where a viewer came from, and how it got here.
    struct Origin {
        let client: IPAddress
        /// What it uses, "http" or "https".
        let scheme: String
        /// How it calls this tracker's host; "" when it did not say.
        let host: String
    }

    let id: RandomID
    let stream: StreamName
    /// As in `Origin`.
    let client: IPAddress, scheme: String, host: String
    let nat: NATClass
    let agent: PeerAgent?
    var signals = RateLimit(burst: 60, perSecond: 10)
    var reports = RateLimit(burst: 20, perSecond: 2)
    /// Its last statistics; nil when the next ones only say where to count from.
    var statistics: PeerStatistics?
    /// Which of the rounds of pings it is in.
    let round: Int
    private(set) var log = EventLog()
    private(set) var events: EventStream?
    private(set) var hasListened = false
    /// When it last said anything itself.
    var heardAt = Clock.now

    /// A viewer that joins, pinged in one of the rounds.
    init(id: RandomID, stream: StreamName, origin: Origin, join: PeerJoin, round: Int) {
        self.id = id
        self.stream = stream
        client = origin.client
        scheme = origin.scheme
        host = origin.host
        nat = join.nat
        agent = join.agent
        self.round = round
        statistics =
            join.resume != nil
            ? nil : PeerStatistics(bytesFromPeers: 0, bytesFromForwards: 0, uploadBytes: 0, continuity: nil)
    }

    /// Sends an event, or keeps it for the next stream.
    func send(_ name: PeerEventName, _ data: some Encodable) {
        let text = String(decoding: encodeJSON(data), as: UTF8.self)
        let bytes = log.append(now: Clock.now) { ServerSentEvent(id: $0, name: name.rawValue, data: text).encoded }
        events?.send(bytes)
    }

    /// Whether signals can be put to what waits for it.
    var takesSignals: Bool { (events?.pendingBytes ?? 0) <= Self.waitingBytesMax }

    /// Sends what is not worth keeping.
    func ping(_ bytes: [UInt8]) {
        log.trim(now: Clock.now)
        events?.send(bytes)
    }

    /// What a stream or poll that goes on after `last` begins with; `place` is all there is to know, for when events are
    /// missing.
    func backlog(after last: UInt64?, place: () -> PeerPlace) -> [UInt8] {
        let start = last ?? (hasListened ? nil : 0)
        hasListened = true
        if let bytes = start.flatMap({ log.after($0) }) { return bytes }
        let data = String(decoding: encodeJSON(place()), as: UTF8.self)
        // With the newest number: what it stands for is everything up to there.
        return ServerSentEvent(id: log.lastID, name: PeerEventName.resync.rawValue, data: data).encoded
    }

    /// Makes a stream the one that events go to; an older one ends.
    func listen(_ stream: EventStream) {
        let old = events
        events = stream
        old?.end()
    }

    /// A stream is gone. True when it was the one that events go to.
    func closed(_ stream: EventStream) -> Bool {
        guard events === stream else { return false }
        events = nil
        return true
    }

    /// Ends the stream, after what waits.
    func end() {
        let old = events
        events = nil
        old?.end()
    }
}

extension PeerSession.Origin {
    init(_ request: HTTPRequest) {
        client = request.client
        scheme = request.scheme
        host = request.header("Host").flatMap { ServiceURL("http://" + $0)?.host } ?? ""
    }
}
