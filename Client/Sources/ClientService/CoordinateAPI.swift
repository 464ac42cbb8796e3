import CoreTypes
import EventLoop
import HTTPClient
import PlayoutCore
import ServiceAPI
import ServiceKit

/// What viewers ask a coordinate.
@LoopActor
public struct CoordinateAPI {
    /// Why there is no usable answer.
    public enum Failure: Error, Sendable, CustomStringConvertible {
        /// No answer at all.
        case unreachable(HTTPClientError)
        /// The coordinate knows no such stream.
        case unknownStream(StreamName)
        /// An answer that is no success.
        case refused(url: String, status: Int)
        /// An answer of the wrong form.
        case malformed(url: String, reason: String)

        /// What went wrong and what to try.
        public var description: String {
            switch self {
            case .unreachable(let error): "\(error)"
            case .unknownStream(let name): "no stream is called \(name); see \"client streams URL\" for what is live"
            case .refused(let url, let status): "\(url) answered \(status)"
            case .malformed(let url, let reason): "\(url): \(reason); is this a coordinate?"
            }
        }
    }

    private let origin: String
    private let client: HTTPClient

    /// The coordinate at `url`.
    public init(_ url: ServiceURL, client: HTTPClient) {
        origin = url.origin
        self.client = client
    }

    /// Every stream.
    public func streams() async throws(Failure) -> [StreamDescription] {
        try await get("/streams", as: StreamList.self).streams
    }

    /// One stream. Throws `unknownStream` when it is not there.
    public func stream(_ name: StreamName) async throws(Failure) -> StreamDescription {
        do {
            return try await get("/streams/\(name)", as: StreamDescription.self)
        } catch .refused(_, status: 404) {
            throw .unknownStream(name)
        }
    }

    /// Tracker, forwards and token for this viewer. Without a tracker (503) the answer still names forwards.
    public func assignment(_ name: StreamName) async throws(Failure) -> TrackerAssignment {
        do {
            return try await get("/tracker?stream=\(name)", as: TrackerAssignment.self, alsoAt: 503)
        } catch .refused(_, status: 404) {
            throw .unknownStream(name)
        }
    }

    /// The coordinate's clock: the best of `rounds` round trips; nil when none was answered.
    public func clock(rounds: Int) async -> CoordinateClock? {
        var best: CoordinateClock?
        for _ in 0..<rounds {
            let sent = Clock.now
            guard let report = try? await get("/time", as: TimeReport.self) else { continue }
            let sample = CoordinateClock(wall: report.now, sent: sent, received: Clock.now)
            if best.map({ sample.better(than: $0) }) ?? true { best = sample }
        }
        return best
    }

    private func get<Answer: Decodable & Sendable>(
        _ path: String, as type: Answer.Type, alsoAt status: Int? = nil
    ) async throws(Failure) -> Answer {
        var request = HTTPClientRequest("GET", origin + path, headers: [("Accept", "application/json")])
        request.bytesMax = 1 << 20
        let response: HTTPClientResponse
        do { response = try await client.send(request) } catch { throw .unreachable(error) }
        guard response.isSuccess || response.status == status else {
            throw .refused(url: request.url, status: response.status)
        }
        do {
            return try decodeJSON(type, from: response.body)
        } catch {
            guard response.isSuccess else { throw .refused(url: request.url, status: response.status) }
            throw .malformed(url: request.url, reason: "\(error)")
        }
    }
}
