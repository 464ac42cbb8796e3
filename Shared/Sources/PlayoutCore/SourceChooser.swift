import CoreTypes

/// Chooses which forward to take a stream from: the first that works, the next one at once after a silence or a break,
/// and after a whole round of failures with growing pauses. One that sent wrong bytes is left alone for a while. A pure
/// machine: the caller connects and reports.
public struct SourceChooser: Sendable {
    /// What the caller does next.
    public enum Action: Equatable, Sendable {
        /// Drop what runs, and connect to this source.
        case connect(String)
        /// Nothing before this instant.
        case wait(until: MonotonicInstant)
        /// There is no source to try; a new list is needed.
        case starve
    }

    /// Milliseconds without a byte after which a source counts as dead; pings come every 400 ms.
    public static let silenceMs: Int64 = 1_000
    /// Milliseconds before the next attempt after every source has failed, doubled up to the maximum.
    public static let retryMs: Int64 = 100, retryMsMax: Int64 = 1_000
    /// Milliseconds for which a source that sent wrong bytes is left alone, if there is another.
    public static let quarantineMs: Int64 = 30_000

    private enum State: Equatable {
        case idle(notBefore: MonotonicInstant)
        case reading(String, lastByte: MonotonicInstant)
    }

    private var sources: [String] = []
    private var quarantine: [(source: String, until: MonotonicInstant)] = []
    private var state: State
    private var next = 0
    private var failuresInARow = 0

    /// No sources yet.
    public init(now: MonotonicInstant) { state = .idle(notBefore: now) }

    /// The source in use; nil between two.
    public var current: String? { if case .reading(let source, _) = state { source } else { nil } }

    /// Every source, best first.
    public var all: [String] { sources }

    /// Leaves the source in use, though it works, for another of the list.
    public mutating func moveTo(_ source: String, now: MonotonicInstant) {
        guard let position = sources.firstIndex(of: source) else { return }
        next = position
        state = .idle(notBefore: now)
    }

    /// How many sources there are.
    public var count: Int { sources.count }

    /// Failures since the last chunk from any source.
    public var failures: Int { failuresInARow }

    /// Replaces the list, best first; the source in use stays in use as long as it works.
    public mutating func update(_ sources: [String]) {
        guard sources != self.sources, !sources.isEmpty else { return }
        self.sources = sources
        next = 0
        if let current, let position = sources.firstIndex(of: current) { next = (position + 1) % sources.count }
        quarantine.removeAll { !sources.contains($0.source) }
    }

    /// Bytes came from the source in use.
    public mutating func received(now: MonotonicInstant) {
        guard case .reading(let source, _) = state else { return }
        state = .reading(source, lastByte: now)
    }

    /// A whole chunk came from the source in use: after a break the next attempt comes without delay. Bytes alone do not
    /// count, or one that babbles would be called without pause.
    public mutating func delivered(now: MonotonicInstant) {
        received(now: now)
        failuresInARow = 0
    }

    /// The source in use broke or refused.
    public mutating func failed(now: MonotonicInstant) {
        guard case .reading = state else { return }
        moveOn(now)
    }

    /// The source in use sent what no honest one sends.
    public mutating func misbehaved(now: MonotonicInstant) {
        guard case .reading(let source, _) = state else { return }
        quarantine.removeAll { $0.source == source }
        quarantine.append((source, now.advanced(byMilliseconds: Self.quarantineMs)))
        moveOn(now)
    }

    /// What to do now.
    public mutating func action(now: MonotonicInstant) -> Action {
        switch state {
        case .idle(let notBefore):
            guard !sources.isEmpty else { return .starve }
            guard now >= notBefore else { return .wait(until: notBefore) }
            let source = pick(now)
            state = .reading(source, lastByte: now)
            return .connect(source)
        case .reading(_, let lastByte):
            let silentAt = lastByte.advanced(byMilliseconds: Self.silenceMs)
            guard now >= silentAt else { return .wait(until: silentAt) }
            moveOn(now)
            return action(now: now)
        }
    }

    private mutating func pick(_ now: MonotonicInstant) -> String {
        quarantine.removeAll { now >= $0.until }
        for step in 0..<sources.count {
            let position = (next + step) % sources.count
            guard !quarantine.contains(where: { $0.source == sources[position] }) else { continue }
            next = (position + 1) % sources.count
            return sources[position]
        }
        // Every one has misbehaved: the one that did so longest ago is the best there is.
        let source = quarantine.first?.source ?? sources[0]
        next = ((sources.firstIndex(of: source) ?? 0) + 1) % sources.count
        return source
    }

    private mutating func moveOn(_ now: MonotonicInstant) {
        failuresInARow += 1
        let count = max(1, sources.count)
        let rounds = failuresInARow / count
        let isRoundOver = failuresInARow % count == 0
        let delay = isRoundOver ? min(Self.retryMsMax, Self.retryMs << Int64(min(rounds - 1, 4))) : 0
        state = .idle(notBefore: now.advanced(byMilliseconds: delay))
    }
}
