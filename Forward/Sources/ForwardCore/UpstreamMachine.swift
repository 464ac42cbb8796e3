import CoreTypes

/// Chooses which upstream a stream is pulled from: the first that works, the next one after a silence or a break, back
/// to the first when that is healthy again. A pure machine; the caller connects and reports.
public struct UpstreamMachine: Sendable {
    /// What the caller does next.
    public enum Action: Equatable, Sendable {
        /// Drop what runs, pull from this upstream.
        case connect(Int)
        /// Keep what runs, and see whether this better upstream has the stream; promote it when it delivers.
        case probe(Int)
        /// Nothing before this instant.
        case wait(until: MonotonicInstant)
    }

    /// Milliseconds without a byte after which an upstream counts as dead; pings come every 400 ms.
    public static let silenceMs: Int64 = 1_000
    /// Milliseconds between looks at a better upstream.
    public static let probeEveryMs: Int64 = 2_000
    /// Milliseconds before all upstreams are tried again after all have failed, doubled up to the maximum.
    public static let retryMs: Int64 = 100, retryMsMax: Int64 = 1_000

    private enum State: Equatable {
        case idle(next: Int, notBefore: MonotonicInstant)
        case pulling(Int, lastByte: MonotonicInstant)
    }

    private let count: Int
    private var state: State
    private var failuresInARow = 0
    private var lastProbe: MonotonicInstant

    /// A choice among `count` (at least 1) upstreams, in order of preference.
    public init(count: Int, now: MonotonicInstant) {
        self.count = max(1, count)
        state = .idle(next: 0, notBefore: now)
        lastProbe = now
    }

    /// The upstream in use; nil between two.
    public var current: Int? { if case .pulling(let index, _) = state { index } else { nil } }

    /// Bytes came from the upstream in use.
    public mutating func received(now: MonotonicInstant) {
        guard case .pulling(let index, _) = state else { return }
        state = .pulling(index, lastByte: now)
    }

    /// A chunk came from the upstream in use: after a break it is tried again without delay. Bytes alone do not count,
    /// or one that babbles would be called without pause.
    public mutating func delivered(now: MonotonicInstant) {
        received(now: now)
        failuresInARow = 0
    }

    /// The upstream in use broke, refused, or does not know the stream.
    public mutating func failed(now: MonotonicInstant) {
        guard case .pulling(let index, _) = state else { return }
        moveOn(from: index, now: now)
    }

    /// A probed upstream delivers and is the one in use from now on.
    public mutating func promoted(_ index: Int, now: MonotonicInstant) {
        state = .pulling(index, lastByte: now)
        failuresInARow = 0
    }

    /// What to do now.
    public mutating func next(now: MonotonicInstant) -> Action {
        switch state {
        case .idle(let index, let notBefore):
            guard now >= notBefore else { return .wait(until: notBefore) }
            state = .pulling(index, lastByte: now)
            lastProbe = now
            return .connect(index)
        case .pulling(let index, let lastByte):
            let silentAt = lastByte.advanced(byMilliseconds: Self.silenceMs)
            if now >= silentAt {
                moveOn(from: index, now: now)
                return next(now: now)
            }
            guard index > 0 else { return .wait(until: silentAt) }
            let probeAt = lastProbe.advanced(byMilliseconds: Self.probeEveryMs)
            guard now >= probeAt else { return .wait(until: min(silentAt, probeAt)) }
            lastProbe = now
            return .probe(0)
        }
    }

    private mutating func moveOn(from index: Int, now: MonotonicInstant) {
        failuresInARow += 1
        let next = (index + 1) % count
        // Each is tried once without delay; after a whole round the next one waits.
        let rounds = failuresInARow / count
        let delay = failuresInARow % count == 0 ? min(Self.retryMsMax, Self.retryMs << Int64(min(rounds - 1, 4))) : 0
        state = .idle(next: next, notBefore: now.advanced(byMilliseconds: delay))
    }
}
