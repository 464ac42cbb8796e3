import CoreTypes
import Foundation
import LibAV
import Packager
import Synchronization

/// Everything that one or more sessions emitted, and ways to judge it.
struct Recording {
    var media: [PublishedMedia] = []
    var inits: [PackagedInit] = []
    var chunks: [PackagedChunk] = []
    /// For each chunk, which init it follows.
    var generations: [Int] = []
    var ends: [PackagerEnd] = []
    var continuity = PackagerContinuity.fresh
    var statistics = PackagerStatistics()

    /// Packages `bytes` as one publisher connection that follows on this recording's sessions.
    mutating func publish(
        _ bytes: [UInt8], clean: Bool = true, configuration: PackagerConfiguration = PackagerConfiguration(),
        seed: UInt64 = 1
    ) throws {
        let box = EventBox()
        let room = DispatchSemaphore(value: 0)
        let queue = ByteQueue(capacity: 256 << 10) { room.signal() }
        let session = try PackagerSession(queue: queue, configuration: configuration, continuity: continuity) { event in
            box.append(event)
        }
        var generator = SeededGenerator(seed: seed)
        bytes.withUnsafeBytes { all in
            var offset = 0
            while offset < all.count {
                let end = min(all.count, offset + Int.random(in: 1...60_000, using: &generator))
                let taken = queue.offer(UnsafeRawBufferPointer(rebasing: all[offset..<end]))
                if taken < end - offset { room.wait() }
                offset += taken
            }
        }
        queue.finish(clean: clean)
        session.join()
        statistics = session.statistics
        for event in box.events { take(event) }
    }

    private mutating func take(_ event: PackagerEvent) {
        switch event {
        case .opened(let media): self.media.append(media)
        case .initSegment(let segment): inits.append(segment)
        case .chunk(let chunk):
            chunks.append(chunk)
            generations.append(inits.count - 1)
        case .ended(let end, let continuity):
            ends.append(end)
            self.continuity = continuity
        }
    }

    /// Decodes everything; the pictures' times in seconds of the broadcast clock.
    func verify() throws -> (counters: DecodeVerifier.Counters, times: [Double]) {
        let times = TimeBox()
        let verifier = try DecodeVerifier(queueBytes: 1 << 30, picture: { times.append(Double($0.pts) / 90_000) })
        var generation = -1
        for (index, chunk) in chunks.enumerated() {
            if generations[index] != generation {
                generation = generations[index]
                verifier.append(initSegment: inits[generation].bytes)
            }
            verifier.append(chunk: chunk.bytes, sequence: UInt64(index))
        }
        let counters = verifier.finish()
        return (counters, times.values)
    }

    /// Largest difference between one chunk's end and the next one's decode time, in 90 kHz ticks.
    var seamMax: UInt64 {
        zip(chunks, chunks.dropFirst()).map { first, second in
            (Int64(first.decodeTime) + Int64(first.duration) - Int64(second.decodeTime)).magnitude
        }.max() ?? 0
    }

    /// The decode time that the first track fragment of a chunk states in its tfdt box.
    static func tfdt(of chunk: PackagedChunk) -> UInt64? {
        let bytes = chunk.bytes
        guard let index = (0..<(bytes.count - 16)).first(where: { bytes[$0..<($0 + 4)].elementsEqual("tfdt".utf8) })
        else { return nil }
        let width = bytes[index + 4] == 1 ? 8 : 4
        return bytes[(index + 8)..<(index + 8 + width)].reduce(0) { $0 << 8 | UInt64($1) }
    }

    static func of(_ bytes: [UInt8], clean: Bool = true) throws -> Recording {
        var recording = Recording()
        try recording.publish(bytes, clean: clean)
        return recording
    }
}

final class EventBox: Sendable {
    private let list = Mutex<[PackagerEvent]>([])
    var events: [PackagerEvent] { list.withLock { $0 } }
    func append(_ event: PackagerEvent) { list.withLock { $0.append(event) } }
}

final class TimeBox: Sendable {
    private let list = Mutex<[Double]>([])
    var values: [Double] { list.withLock { $0 } }
    func append(_ value: Double) { list.withLock { $0.append(value) } }
}
