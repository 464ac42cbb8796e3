/// Decodes every frame of a live fragmented MP4 on a thread of its own and counts what went wrong: the proof that what
/// arrived can be played. All calls are safe from any thread.
public final class DecodeVerifier: Sendable {
    /// What has been seen so far.
    public struct Counters: Sendable, Hashable {
        /// Pictures decoded, damaged ones included.
        public var framesDecoded = 0
        /// Sound frames decoded.
        public var audioFramesDecoded = 0
        /// Errors that a decoder or the chunk parser reported, and frames that a decoder flagged as damaged.
        public var decodeErrors = 0
        /// Presentation times that left out more than 0.6 of a frame. Pictures, or sound where there are none.
        public var ptsGaps = 0
        /// Presentation times that did not rise. Pictures, or sound where there are none.
        public var ptsBackwards = 0
        /// Chunks taken from the queue.
        public var chunksRead = 0
        /// Chunks refused because the queue was full; they are not verified, and the gap they leave is not counted.
        public var chunksRefused = 0
        /// Sequence of the first chunk that brought an error, a gap or a step back; nil while all is well.
        public var firstBadSequence: UInt64?

        /// Nothing seen.
        public init() {}
    }

    /// Receives decoded pictures on the verifier's thread.
    public typealias PictureHandler = @Sendable (borrowing DecodedPicture) -> Void

    private enum Item {
        case initSegment([UInt8])
        case chunk([UInt8], sequence: UInt64, followsRefusal: Bool)
    }

    private struct Queue {
        var items: [Item] = []
        var bytes = 0
        var isBusy = false
        var isFinished = false
        var hasRefused = false
        var counters = Counters()

        /// Takes over the verifier's counters; refusals are counted at the entrance.
        mutating func publish(_ counters: Counters) {
            let refused = self.counters.chunksRefused
            self.counters = counters
            self.counters.chunksRefused = refused
        }
    }

    private let queue: Monitor<Queue>
    private let capacity: Int
    private let thread: MediaThread

    /// Starts a verifier that holds at most `queueBytes` of waiting chunks. `firstFrame` is called once, at the first
    /// decoded frame; `picture` for every decoded picture. Throws `MediaThread.CannotStart`.
    public init(
        queueBytes: Int = 16 << 20, firstFrame: @escaping @Sendable () -> Void = {}, picture: PictureHandler? = nil
    ) throws(MediaThread.CannotStart) {
        let queue = Monitor(Queue())
        self.queue = queue
        capacity = queueBytes
        thread = try MediaThread(name: "verify") {
            Self.run(queue, FragmentVerifier(firstFrame: firstFrame, picture: picture))
        }
    }

    deinit { queue.change { $0.isFinished = true } }

    /// What has been seen so far.
    public var counters: Counters { queue.read { $0.counters } }

    /// Announces the header of the chunks that follow. A repeated one changes nothing.
    public func append(initSegment: [UInt8]) {
        queue.change { queue in
            guard !queue.isFinished else { return }
            queue.bytes += initSegment.count
            queue.items.append(.initSegment(initSegment))
        }
    }

    /// Hands over a chunk (moof + mdat) without blocking. False when the queue is full or finished: the chunk is not
    /// verified then.
    @discardableResult
    public func append(chunk: [UInt8], sequence: UInt64) -> Bool {
        queue.change { queue in
            guard !queue.isFinished else { return false }
            guard queue.bytes + chunk.count <= capacity else {
                queue.counters.chunksRefused += 1
                queue.hasRefused = true
                return false
            }
            queue.items.append(.chunk(chunk, sequence: sequence, followsRefusal: queue.hasRefused))
            queue.hasRefused = false
            queue.bytes += chunk.count
            return true
        }
    }

    /// Blocks until everything handed over so far is decoded, but for frames that a decoder holds back to reorder.
    public func waitUntilIdle() {
        queue.wait(until: { $0.items.isEmpty && !$0.isBusy }, then: { _ in })
    }

    /// Decodes the rest including held-back frames, ends the thread and returns the final counters. May be repeated;
    /// never call it from a handler.
    @discardableResult
    public func finish() -> Counters {
        queue.change { $0.isFinished = true }
        thread.join()
        return counters
    }

    private static func run(_ queue: Monitor<Queue>, _ verifier: consuming FragmentVerifier) {
        while true {
            let items = queue.wait(
                until: { !$0.items.isEmpty || $0.isFinished },
                then: { queue -> [Item] in
                    queue.isBusy = true
                    queue.bytes = 0
                    defer { queue.items = [] }
                    return queue.items
                })
            if items.isEmpty { verifier.drain() }
            for item in items {
                switch item {
                case .initSegment(let bytes): verifier.start(initSegment: bytes)
                case .chunk(let bytes, let sequence, let followsRefusal):
                    if followsRefusal { verifier.expectGap() }
                    verifier.verify(chunk: bytes, sequence: sequence)
                }
                let counters = verifier.counters
                queue.change { $0.publish(counters) }
            }
            let counters = verifier.counters
            queue.change { queue in
                queue.publish(counters)
                queue.isBusy = false
            }
            if items.isEmpty { return }
        }
    }
}
