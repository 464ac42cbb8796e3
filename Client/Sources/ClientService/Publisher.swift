import CoreTypes
import EventLoop
import Glibc
import LibAV
import Synchronization

/// Pushes one source to a server in real time, on a thread of its own, and again after a lost connection until it is
/// stopped or refused.
public final class Publisher: Sendable {
    /// How it stands.
    public struct Progress: Sendable {
        /// True while connected.
        public internal(set) var isConnected = false
        /// Packets sent, pictures and sound.
        public internal(set) var packets: UInt64 = 0
        /// Bytes of them.
        public internal(set) var bytes: UInt64 = 0
        /// Connections after the first.
        public internal(set) var reconnects = 0
        /// Times that frames were left out because the sender or the network was too slow.
        public internal(set) var skips = 0
        /// Why the last connection ended or was not made.
        public internal(set) var lastProblem: String?
        /// Nothing yet.
        init() {}
    }

    /// How it ended.
    public enum End: Sendable, Equatable {
        /// Stopped, or the file is over.
        case finished
        /// It makes no sense to try again; the text says why.
        case failed(String)
    }

    private static let retryMs: Int64 = 250, retryMsMax: Int64 = 5_000
    /// A connection that lasted this long was a good one: the next attempt comes soon.
    private static let stableMs: Int64 = 5_000
    /// A server needs this long to notice that a lost publisher is gone; until then it refuses the returning one.
    private static let refusalGraceMs: Int64 = 15_000

    private let configuration: PublishConfiguration
    private let state = Mutex(Progress())
    private let flag = HTTPOutput.StopFlag()

    /// A publisher that has not begun.
    public init(_ configuration: PublishConfiguration) { self.configuration = configuration }

    /// How it stands now; from any thread.
    public var progress: Progress { state.withLock { $0 } }

    /// Ends it soon; from any thread.
    public func stop() { flag.raise() }

    /// Publishes until the end; `onEnd` is called on the loop, once. Throws `MediaThread.CannotStart`.
    public func start(onEnd: @escaping @LoopActor @Sendable (End) -> Void) throws(MediaThread.CannotStart) {
        _ = try MediaThread(name: "publish") { [self] in
            let end = run()
            LoopActor.post { onEnd(end) }
        }
    }

    private func run() -> End {
        var delayMs = Self.retryMs
        var lostAt: MonotonicInstant?
        while !flag.isRaised {
            let began = Clock.now
            do throws(HTTPOutput.Failure) {
                try publish()
                return .finished
            } catch {
                let wasConnected = state.withLock { state in
                    defer { state.isConnected = false }
                    state.lastProblem = "\(error)"
                    return state.isConnected
                }
                if wasConnected { lostAt = Clock.now }
                if wasConnected, Clock.now.milliseconds(since: began) >= Self.stableMs { delayMs = Self.retryMs }
                if case .stopped = error { return .finished }
                guard mayRetry(error, lostAt: lostAt) else { return .failed("\(error)") }
            }
            pause(delayMs)
            delayMs = min(Self.retryMsMax, delayMs * 2)
        }
        return .finished
    }

    private func mayRetry(_ failure: HTTPOutput.Failure, lostAt: MonotonicInstant?) -> Bool {
        switch failure {
        case .unreachable, .serverError: true
        case .refused: lostAt.map { Clock.now.milliseconds(since: $0) < Self.refusalGraceMs } ?? false
        case .unauthorized, .notFound, .unusable, .stopped: false
        }
    }

    private func publish() throws(HTTPOutput.Failure) {
        let source: any PublishSource
        do { source = try makeSource() } catch { throw .unusable(error) }
        let output = try HTTPOutput(
            url: configuration.target.url, bearer: configuration.target.key, tracks: source.tracks, flag: flag)
        state.withLock { state in
            if state.packets > 0 { state.reconnects += 1 }
            state.isConnected = true
        }
        let began = Clock.now
        while let time = source.nextTime {
            guard wait(for: time, since: began, source) else { break }
            let packets: [PublishPacket]
            do { packets = try source.next() } catch { throw .unusable(error) }
            for item in packets {
                let count = item.packet.byteCount
                try output.write(item.packet, track: item.track, timeBase: source.tracks[item.track].timeBase)
                state.withLock { state in
                    state.packets += 1
                    state.bytes += UInt64(count)
                }
            }
        }
        output.finish()
    }

    private func makeSource() throws(AVError) -> any PublishSource {
        switch configuration.source {
        case .testPicture(let width, let height, let framesPerSecond, let bitsPerSecond):
            try TestPictureSource(
                width: width, height: height, framesPerSecond: framesPerSecond, bitsPerSecond: bitsPerSecond)
        case .file(let path, let loops): try FileSource(path: path, loops: loops)
        }
    }

    /// Sleeps until `time` (1/90,000 s since `began`) has come. False when stopped meanwhile.
    private func wait(for time: Int64, since began: MonotonicInstant, _ source: any PublishSource) -> Bool {
        let now = Clock.now
        let lateMs = now.milliseconds(since: began) - time / 90
        if lateMs > 500 {
            let behind = source.nextTime
            source.skip(to: now.milliseconds(since: began) * 90)
            if source.nextTime != behind { state.withLock { $0.skips += 1 } }
        }
        pause(-lateMs)
        return !flag.isRaised
    }

    private func pause(_ milliseconds: Int64) {
        let end = Clock.now.advanced(byMilliseconds: max(0, milliseconds))
        while !flag.isRaised, Clock.now < end {
            let left = min(50_000_000, end.nanoseconds - min(end.nanoseconds, Clock.now.nanoseconds))
            usleep(UInt32(truncatingIfNeeded: left / 1_000))
        }
    }
}
