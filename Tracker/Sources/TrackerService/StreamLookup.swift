import CoreTypes
import EventLoop
import HTTPClient
import HTTPServer
import MediaWire
import ServiceAPI
import ServiceKit

/// Asks the coordinates whether a stream exists, and remembers the answer for a moment.
@LoopActor
final class StreamLookup {
    /// What is known of a stream.
    enum Answer: Equatable {
        /// It is live or waits for its publisher.
        case exists(publicKey: String)
        /// A coordinate says that there is none, or that it has ended.
        case unknown(hasEnded: Bool)
        /// No coordinate answers.
        case unreachable
    }

    private struct Entry {
        let answer: Answer
        let until: MonotonicInstant
    }

    /// What is asked again and again for a swarm (`refresh`) stays known: nobody who joins waits for the coordinate.
    private static let positiveMs: Int64 = 8_000, negativeMs: Int64 = 1_000
    /// Names whose answer is remembered, and questions under way; more are not asked, for anybody can invent names.
    private static let entriesMax = 4_096, questionsMax = 64

    private let coordinates: [ServiceURL]
    private let client: HTTPClient
    private var entries: [StreamName: Entry] = [:]
    private var waiting: [StreamName: [@LoopActor (Answer) -> Void]] = [:]

    init(coordinates: [ServiceURL], client: HTTPClient) {
        self.coordinates = coordinates
        self.client = client
    }

    /// The answer, if it is known.
    func known(_ stream: StreamName) -> Answer? {
        entries[stream].flatMap { Clock.now < $0.until ? $0.answer : nil }
    }

    /// Calls `body` with the answer, at once or when it is there.
    func find(_ stream: StreamName, _ body: @escaping @LoopActor (Answer) -> Void) {
        if let answer = known(stream) { return body(answer) }
        refresh(stream, body)
    }

    /// Asks although the answer is known, and calls `body` with the new one.
    func refresh(_ stream: StreamName, _ body: @escaping @LoopActor (Answer) -> Void) {
        if waiting[stream] != nil { return waiting[stream, default: []].append(body) }
        guard waiting.count < Self.questionsMax else { return body(.unreachable) }
        waiting[stream] = [body]
        Task { @LoopActor in
            let answer = await ask(stream)
            remember(answer, for: stream)
            for body in waiting.removeValue(forKey: stream) ?? [] { body(answer) }
        }
    }

    private func ask(_ stream: StreamName) async -> Answer {
        var result = Answer.unreachable
        for coordinate in coordinates {
            var request = HTTPClientRequest("GET", coordinate.origin + "/streams/\(stream)")
            request.timeoutMs = 1_500
            guard let answer = try? await client.send(request) else { continue }
            if answer.status == 404 { result = .unknown(hasEnded: false) }
            guard answer.isSuccess, let description = try? decodeJSON(StreamDescription.self, from: answer.body) else {
                continue
            }
            if description.state != .ended { return .exists(publicKey: description.publicKey) }
            result = .unknown(hasEnded: true)
        }
        return result
    }

    private func remember(_ answer: Answer, for stream: StreamName) {
        let now = Clock.now
        if entries.count >= Self.entriesMax { entries = entries.filter { now < $0.value.until } }
        guard entries.count < Self.entriesMax else { return }
        var lifetimeMs = Self.negativeMs
        if case .exists = answer { lifetimeMs = Self.positiveMs }
        entries[stream] = Entry(answer: answer, until: now.advanced(byMilliseconds: lifetimeMs))
    }
}
