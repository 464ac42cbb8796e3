import CoreTypes
import Cryptography
import EventLoop
import HTTPServer

/// The newest thing of a stream that a picture can be made of.
struct KeyChunk: Sendable {
    let initSegment: [UInt8]
    let chunk: [UInt8]
    let sequence: UInt64
}

/// Somebody who waits for a picture.
struct ThumbnailRequest {
    let request: HTTPRequest
    let responder: HTTPResponder
}

/// The small picture of a stream, and who waits for it.
@LoopActor
final class Thumbnail {
    /// What became of a key chunk.
    enum Outcome {
        case picture(SharedBytes, entityTag: String)
        /// It shows nothing, or nothing that can be decoded.
        case nothing
    }

    /// How long a picture is good enough.
    static let lifetimeMs: Int64 = 5_000
    /// Requests that wait for one picture; more are told to come again.
    private static let waitingMax = 256

    private(set) var outcome: Outcome?
    private var madeAt = Clock.now
    private var madeOf: UInt64 = 0
    private var waiting: [ThumbnailRequest] = []
    private(set) var isBeingMade = false

    nonisolated init() {}

    /// Whether the outcome can be given out as it is: it is new, or there is nothing newer to look at.
    func isGood(for newest: KeyChunk, now: MonotonicInstant) -> Bool {
        outcome != nil && (newest.sequence == madeOf || now.milliseconds(since: madeAt) < Self.lifetimeMs)
    }

    /// Takes somebody in who wants the picture; false when too many wait.
    func wait(_ request: ThumbnailRequest) -> Bool {
        guard waiting.count < Self.waitingMax else { return false }
        waiting.append(request)
        return true
    }

    /// Somebody makes it now, or soon.
    func begin() { isBeingMade = true }

    /// It is made of a chunk, or could not be; `answer` tells those who wait.
    func end(_ jpeg: [UInt8]?, of sequence: UInt64, answer: (ThumbnailRequest) -> Void) {
        isBeingMade = false
        (madeAt, madeOf) = (Clock.now, sequence)
        outcome =
            jpeg.map { jpeg in
                .picture(SharedBytes(jpeg), entityTag: "\"\(hexadecimal(SHA256.hash(jpeg).prefix(8)))\"")
            } ?? .nothing
        tellWaiting(answer)
    }

    /// It cannot be made at the moment.
    func giveUp(answer: (ThumbnailRequest) -> Void) {
        isBeingMade = false
        tellWaiting(answer)
    }

    private func tellWaiting(_ answer: (ThumbnailRequest) -> Void) {
        let told = waiting
        waiting = []
        for request in told { answer(request) }
    }
}
