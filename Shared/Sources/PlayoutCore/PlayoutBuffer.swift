import CoreTypes
import MediaWire

/// Decides when each chunk goes to the player. Pure: every time is a parameter, by the coordinate's clock.
///
/// A joiner begins with a keyframe and gets the whole first group at once; from the next group on a chunk is released
/// when it is due, at `publishedAt` + the buffer. One that is not there then is skipped, and so is the rest of its
/// group, because a decoder can go on only at a keyframe. Numbers jump between publisher sessions; `previousSequence`
/// tells such a jump from a loss.
public struct PlayoutBuffer: Sendable {
    /// A chunk on its way to the player.
    public struct Release: Sendable {
        /// The chunk.
        public let chunk: VerifiedChunk
        /// Something before it was skipped.
        public let followsLoss: Bool
        /// Milliseconds from its publication; nil in the first group, which no clock holds back.
        public let latencyMs: Int64?
    }

    /// The bounds of what waits.
    public struct Limits: Hashable, Sendable {
        /// Chunks announced or held.
        public var chunksMax = 1_024
        /// Bytes held.
        public var bytesMax = 64 << 20
        /// The defaults.
        public init() {}
    }

    private enum Phase {
        case waitingForKeyframe
        case firstGroup(since: WallMilliseconds)
        case clocked
    }

    /// The end of what has been dealt with.
    private struct Mark {
        var sequence: UInt64
        var publishedAt: WallMilliseconds
        var durationMs: Int64
    }

    private struct Entry {
        let description: ChunkDescription
        var chunk: VerifiedChunk?
    }

    /// A hole of more numbers than this is a jump between sessions that were missed altogether.
    private static let lossMax: UInt64 = 100_000

    /// Milliseconds from publication to release.
    public let bufferMs: Int64
    /// What happened so far, in the calls up to now.
    public private(set) var counters = PlayoutCounters()
    /// Bytes that wait.
    public private(set) var heldBytes = 0

    private let limits: Limits
    private var last: Mark?
    private var phase = Phase.waitingForKeyframe
    private var entries: [Entry] = []
    private var ready: [Release] = []
    private var missed = MissedChunks()
    private var needsKeyframe = false
    private var starvingSince: WallMilliseconds?
    private var lastRelease = WallMilliseconds.min

    /// An empty buffer that holds chunks back for `bufferMs`, at least 0.
    public init(bufferMs: Int64, limits: Limits = Limits()) {
        self.bufferMs = max(0, bufferMs)
        self.limits = limits
    }

    /// Chunks announced or held.
    public var count: Int { entries.count }

    /// True once the first chunk was released.
    public var hasStarted: Bool { last != nil }

    /// The chunk up to which everything was released or given up; nil before the first release.
    public var dealtWith: UInt64? { last?.sequence }

    /// The first chunk that may still be of use: what to ask a source for. Nil before the first release.
    public var firstWanted: UInt64? {
        guard let last else { return nil }
        var wanted = last.sequence + 1
        for entry in entries {
            guard entry.chunk != nil, entry.description.previousSequence < wanted else { break }
            wanted = entry.description.sequence + 1
        }
        return wanted
    }

    /// When `advance` should be called next; nil when only an arrival changes anything.
    public var nextDue: WallMilliseconds? {
        guard let first = entries.first, last != nil else { return nil }
        return isBehindHole(first) ? holeDue(before: first) : due(first.description)
    }

    /// A verified manifest tells of a chunk whose pieces are still to come.
    public mutating func announce(_ description: ChunkDescription, now: WallMilliseconds) {
        run(now)
        guard isWanted(description.sequence), entries.count < limits.chunksMax else { return }
        insert(Entry(description: description, chunk: nil))
        run(now)
    }

    /// A chunk has become whole.
    public mutating func add(_ chunk: VerifiedChunk, now: WallMilliseconds) {
        run(now)
        guard isWanted(chunk.sequence) else {
            if missed.remove(chunk.sequence) { counters.countLate() }
            return
        }
        guard heldBytes + chunk.bytes.count <= limits.bytesMax, entries.count < limits.chunksMax else { return }
        insert(Entry(description: chunk.description, chunk: chunk))
        if case .waitingForKeyframe = phase, chunk.isKeyframe {
            phase = .firstGroup(since: now)
            removeEntries { $0.description.sequence < chunk.sequence }
        }
        run(now)
    }

    /// What is to be released up to now, in order.
    public mutating func advance(to now: WallMilliseconds) -> [Release] {
        run(now)
        defer { ready = [] }
        return ready
    }

    /// The counters with the pause that is under way, if any. `isFed` tells that a source is connected: silence is the
    /// publisher's then, and a loss otherwise.
    public func counters(now: WallMilliseconds, isFed: Bool) -> PlayoutCounters {
        var counters = counters
        guard case .clocked = phase, let last else { return counters }
        let end = last.publishedAt + last.durationMs
        if let since = starvingSince ?? entries.first.map({ due($0.description) }) {
            counters.countPause(ms: now - since)
        } else if isFed {
            counters.countSilence(ms: now - end)
        } else if now - end - bufferMs > PlayoutCounters.publisherToleranceMs {
            counters.countPause(ms: now - end - bufferMs)
        }
        return counters
    }

    // MARK: Order

    private func isWanted(_ sequence: UInt64) -> Bool { last.map { sequence > $0.sequence } ?? true }

    private mutating func insert(_ entry: Entry) {
        let sequence = entry.description.sequence
        let position = entries.firstIndex { $0.description.sequence >= sequence } ?? entries.count
        if position < entries.count, entries[position].description.sequence == sequence {
            guard entries[position].chunk == nil, let chunk = entry.chunk else { return }
            entries[position].chunk = chunk
        } else {
            entries.insert(entry, at: position)
        }
        heldBytes += entry.chunk?.bytes.count ?? 0
    }

    private mutating func removeEntries(where isDropped: (Entry) -> Bool) {
        for entry in entries where isDropped(entry) { heldBytes -= entry.chunk?.bytes.count ?? 0 }
        entries.removeAll(where: isDropped)
    }

    private func isBehindHole(_ entry: Entry) -> Bool {
        last.map { entry.description.previousSequence > $0.sequence } ?? false
    }

    // MARK: Time

    private func durationMs(_ description: ChunkDescription) -> Int64 { Int64(description.duration) / 90 }

    /// In the first group, what is not here yet gets as long as if it were published when the viewer began.
    private func due(_ description: ChunkDescription) -> WallMilliseconds {
        if case .firstGroup(let since) = phase { return max(description.publishedAt, since) + bufferMs }
        return description.publishedAt + bufferMs
    }

    /// Nothing is known of a chunk that never came; it closed when the next one began.
    private func holeDue(before entry: Entry) -> WallMilliseconds {
        due(entry.description) - durationMs(entry.description)
    }

    private mutating func run(_ now: WallMilliseconds) {
        guard !isWaitingForKeyframe else { return }
        while let first = entries.first, step(first, now) {}
    }

    private var isWaitingForKeyframe: Bool { if case .waitingForKeyframe = phase { true } else { false } }

    /// Deals with the first entry if its time has come; false when it has not.
    private mutating func step(_ first: Entry, _ now: WallMilliseconds) -> Bool {
        if isBehindHole(first) {
            guard now >= holeDue(before: first) else { return false }
            giveUpHole(before: first)
            return true
        }
        if case .firstGroup = phase, first.chunk != nil {
            // The group after the first one is where the clock begins.
            guard last != nil, first.description.flags.contains(.keyframe) else {
                take(first, now, latencyMs: nil)
                return true
            }
            phase = .clocked
        }
        guard now >= due(first.description) else { return false }
        if first.chunk == nil {
            giveUp(first)
        } else {
            take(first, now, latencyMs: now - first.description.publishedAt)
        }
        return true
    }

    // MARK: Release or loss

    private mutating func take(_ entry: Entry, _ now: WallMilliseconds, latencyMs: Int64?) {
        guard let chunk = entry.chunk else { return }
        noteSilence(before: entry.description, holes: 0)
        pass(entry)
        guard !needsKeyframe || chunk.isKeyframe else {
            counters.countOnTime(isUseful: false)
            starve(since: due(entry.description))
            return
        }
        counters.countOnTime(isUseful: true)
        ready.append(Release(chunk: chunk, followsLoss: needsKeyframe, latencyMs: latencyMs))
        needsKeyframe = false
        // From the last release at the earliest: several chunks that follow one pause end it together.
        if latencyMs != nil { counters.countPause(ms: now - max(starvingSince ?? due(entry.description), lastRelease)) }
        starvingSince = nil
        lastRelease = now
    }

    private mutating func giveUp(_ entry: Entry) {
        let sequence = entry.description.sequence
        noteSilence(before: entry.description, holes: 0)
        lose(sequence...sequence, dueAt: due(entry.description))
        pass(entry)
    }

    private mutating func giveUpHole(before entry: Entry) {
        guard let last else { return }
        let lost = lostNumbers(after: last.sequence, before: entry.description)
        let count = Int64(clamping: lost.count)
        noteSilence(before: entry.description, holes: count)
        let durationMs = durationMs(entry.description)
        let due = holeDue(before: entry) - (count - 1) * durationMs
        lose(lost, dueAt: max(due, last.publishedAt + bufferMs))
        self.last = Mark(
            sequence: lost.upperBound, publishedAt: entry.description.publishedAt - durationMs, durationMs: durationMs)
    }

    /// The numbers that were certainly used between two chunks. A session's number is not above that of its first
    /// chunk, so of a hole that reaches back over a session's start only the part behind it is known.
    private func lostNumbers(after last: UInt64, before next: ChunkDescription) -> ClosedRange<UInt64> {
        let upper = next.previousSequence
        let lower = upper >= next.session ? max(last + 1, next.session) : last + 1
        return upper - lower < Self.lossMax ? lower...upper : upper...upper
    }

    private mutating func lose(_ range: ClosedRange<UInt64>, dueAt: WallMilliseconds) {
        counters.countMissing(range.upperBound - range.lowerBound + 1)
        missed.add(range)
        needsKeyframe = true
        if case .firstGroup = phase { phase = .clocked }
        starve(since: dueAt)
    }

    private mutating func starve(since: WallMilliseconds) {
        if starvingSince == nil { starvingSince = since }
    }

    private mutating func pass(_ entry: Entry) {
        let description = entry.description
        last = Mark(
            sequence: description.sequence, publishedAt: description.publishedAt, durationMs: durationMs(description))
        heldBytes -= entry.chunk?.bytes.count ?? 0
        entries.removeFirst()
    }

    /// Counts the time in which nothing was published between the last chunk and the one that follows `holes` lost ones.
    private mutating func noteSilence(before next: ChunkDescription, holes: Int64) {
        guard let last, case .clocked = phase else { return }
        let media = durationMs(next) * (holes + 1)
        counters.countSilence(ms: next.publishedAt - last.publishedAt - media)
    }
}
