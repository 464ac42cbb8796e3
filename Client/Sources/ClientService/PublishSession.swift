import EventLoop
import Glibc
import Logging
import ServiceKit

/// One run of `client publish`: the publisher, and a line about it once a second.
@LoopActor
public final class PublishSession {
    private let configuration: PublishConfiguration
    private let publisher: Publisher
    private let log = Logger(label: "p2plive.client")
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var timers: [LoopTimer] = []
    private var last = Publisher.Progress()
    private var reports = 0
    private var end: Publisher.End?
    private var isOutOfTime = false
    private var waiter: CheckedContinuation<Void, Never>?

    /// A session that has not begun.
    public init(_ configuration: PublishConfiguration) {
        self.configuration = configuration
        publisher = Publisher(configuration)
    }

    /// Publishes until stopped, refused, the file is over, or the duration. Throws `RunFailure`.
    public func run() async throws {
        log.info("Publishing", metadata: ["url": "\(configuration.target.url)"])
        try publisher.start { [weak self] in self?.ended($0) }
        timers.append(LoopTimer.every(milliseconds: 1_000) { [weak self] in self?.report() })
        if let durationMs = configuration.durationMs {
            timers.append(
                LoopTimer.after(milliseconds: durationMs) { [weak self] in
                    self?.isOutOfTime = true
                    self?.stop()
                })
        }
        if end == nil { await withCheckedContinuation { waiter = $0 } }
        for timer in timers { timer.cancel() }
        if isTerminal { say("\r\u{1B}[K") }
        let progress = publisher.progress
        log.info("Published", metadata: ["packets": "\(progress.packets)", "bytes": "\(progress.bytes)"])
        if case .failed(let reason) = end { throw RunFailure(reason) }
        if progress.packets == 0, isOutOfTime {
            throw RunFailure("nothing was published: \(progress.lastProblem ?? "there was no time")")
        }
    }

    /// Ends it properly.
    public func stop() { publisher.stop() }

    private func ended(_ end: Publisher.End) {
        self.end = end
        waiter?.resume()
        waiter = nil
    }

    private func report() {
        let progress = publisher.progress
        defer { last = progress }
        if progress.isConnected, !last.isConnected { log.info("Connected") }
        let isNews = last.isConnected || progress.lastProblem != last.lastProblem
        if !progress.isConnected, isNews, let problem = progress.lastProblem {
            log.warning("Not connected, trying again", metadata: ["cause": "\(problem)"])
        }
        let bitsPerSecond = (progress.bytes - last.bytes) * 8
        let line =
            "\(progress.isConnected ? "live" : "waiting")  \(bitsPerSecond / 1_000) kbit/s  "
            + "\(progress.packets) packets  \(progress.reconnects) reconnects"
        reports += 1
        // A log that nobody watches gets one line in ten seconds.
        if isTerminal { say("\r\u{1B}[K" + line) } else if reports % 10 == 1 { say(line + "\n") }
    }

    private func say(_ text: String) { StandardStream.error.write(text) }
}
