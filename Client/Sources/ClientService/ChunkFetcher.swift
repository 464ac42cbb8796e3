import CoreTypes
import EventLoop
import HTTPClient
import MediaWire
import PeerCore

/// Gets single chunks and pieces from a forward's `/chunk`.
@LoopActor
final class ChunkFetcher {
    /// Requests under way; more are not made: their pieces would come too late anyway.
    private static let requestsMax = 8
    /// More pieces than this are asked for as a whole chunk.
    private static let piecesMax = 3

    var onRecord: @LoopActor (Record) -> Void = { _ in }

    private let stream: StreamName
    private let client: HTTPClient
    private var running = 0
    private var isStopped = false

    init(_ stream: StreamName, client: HTTPClient) {
        self.stream = stream
        self.client = client
    }

    func stop() { isStopped = true }

    func fetch(_ sequence: UInt64, _ indices: [Int], why: ForwardReason, forward: String, token: String) {
        let base = (forward.hasSuffix("/") ? String(forward.dropLast()) : forward) + "/chunk/\(stream)/\(sequence)"
        let isWhole = indices.isEmpty || indices.count > Self.piecesMax
        for path in isWhole ? [""] : indices.map({ "/\($0)" }) {
            get("\(base)\(path)?why=\(why.rawValue)", token: token)
        }
    }

    private func get(_ url: String, token: String) {
        guard running < Self.requestsMax, !isStopped else { return }
        running += 1
        Task {
            defer { running -= 1 }
            var request = HTTPClientRequest("GET", url).bearing(token)
            request.timeoutMs = 2_000
            request.bytesMax = WireLimits.chunkBytesMax + (1 << 18)
            guard let answer = try? await client.send(request), answer.status == 200, !isStopped else { return }
            var parser = RecordParser()
            answer.body.withUnsafeBytes { parser.append($0) }
            while let record = try? parser.next() { onRecord(record) }
        }
    }
}
