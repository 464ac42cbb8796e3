import CoreTypes
import EventLoop
import HTTPServer
import IngestCore
import LibAV
import Logging
import Packager

/// One publisher connection: its bytes into the packager's queue at the packager's pace, its end to an answer.
@LoopActor
final class PublisherSession: UploadSink {
    let since = Clock.wall
    let client: IPAddress
    var media: PublishedMedia?
    private let stream: LiveStream
    private let control: UploadControl
    private let queue: ByteQueue
    private let configuration: PackagerConfiguration
    private let onRefused: @LoopActor (Int, String, String) -> Void
    private var packager: PackagerSession?
    private var responder: HTTPResponder?
    private var end: PackagerEnd?
    private var isClosed = false

    init(
        _ stream: LiveStream, client: IPAddress, control: UploadControl, configuration: PackagerConfiguration,
        onRefused: @escaping @LoopActor (Int, String, String) -> Void
    ) {
        self.stream = stream
        self.client = client
        self.control = control
        self.configuration = configuration
        self.onRefused = onRefused
        queue = ByteQueue { LoopActor.post { control.resume() } }
    }

    /// Bytes received.
    var byteCount: UInt64 { queue.totalBytes }

    var statistics: PackagerStatistics? { packager?.statistics }

    /// Starts the packager; until then bytes wait in the queue.
    func startPackaging(continuing continuity: PackagerContinuity) {
        guard packager == nil else { return }
        do {
            packager = try PackagerSession(queue: queue, configuration: configuration, continuity: continuity) {
                [weak self] event in
                LoopActor.post { self?.handle(event) }
            }
        } catch {
            handle(.ended(.failed("\(error)"), continuity))
        }
    }

    /// Ends the connection and the packaging at once.
    func close() {
        guard !isClosed else { return }
        isClosed = true
        queue.finish(clean: false)
        packager?.cancel()
        // One that never began to package has nothing that would end by itself.
        if packager == nil { handle(.ended(.cancelled, .fresh)) }
        if responder == nil { control.close(answering: answer(.cancelled)) }
    }

    private func handle(_ event: PackagerEvent) {
        if case .ended(let end, _) = event {
            self.end = end
            stream.handle(event, of: self)
            if case .undecodable(let message) = end { onRefused(415, "undecodable", message) }
            if case .failed(let message) = end { onRefused(500, "packaging-failed", message) }
            // Either it has sent everything and waits, or it is told in the midst of its body.
            if let responder { responder.respond(.now(answer(end))) } else { control.close(answering: answer(end)) }
            return
        }
        stream.handle(event, of: self)
    }

    private func answer(_ end: PackagerEnd) -> HTTPResponse {
        switch end {
        case .clean, .publisherLost: .text("stream \(stream.name) ended\n")
        case .cancelled: Problem(409, "replaced", "another publisher took the stream over, or it was ended").response
        case .undecodable(let message): Problem(415, "undecodable", message).response
        case .failed(let message): Problem(500, "packaging-failed", message).response
        }
    }

    // MARK: The upload

    func receive(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard end == nil, !isClosed else { return bytes.count }
        stream.received(from: self)
        return queue.offer(bytes)
    }

    func finish() -> HTTPReply {
        queue.finish(clean: true)
        if let end { return .now(answer(end)) }
        return .later(timeoutMs: 15_000) { self.responder = $0 }
    }

    func abort() { queue.finish(clean: false) }
}
