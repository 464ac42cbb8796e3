import IngestCore
import LibAV
import Synchronization

/// Packages what one publisher connection sends: container bytes from a queue to fragmented MP4 chunks, on a thread of
/// its own.
///
/// The owner offers bytes to the queue and says when they end; the session answers with events. It ends by itself at the
/// end of the input, or after `cancel`. A publisher that never sends enough to be recognised is the owner's to time out.
public final class PackagerSession: Sendable {
    private let queue: ByteQueue
    private let statisticsBox: StatisticsBox
    private let thread: MediaThread

    /// Counters so far.
    public var statistics: PackagerStatistics {
        var statistics = statisticsBox.value
        statistics.bytesIn = queue.totalBytes
        return statistics
    }

    /// Starts packaging `queue`, following on `continuity`. `sink` is called on the session's thread; blocking in it
    /// holds up the publisher only. Throws `MediaThread.CannotStart`.
    public init(
        queue: ByteQueue, configuration: PackagerConfiguration = PackagerConfiguration(),
        continuity: PackagerContinuity = .fresh, sink: @escaping @Sendable (PackagerEvent) -> Void
    ) throws(MediaThread.CannotStart) {
        let statistics = StatisticsBox()
        self.queue = queue
        statisticsBox = statistics
        thread = try MediaThread(name: configuration.threadName) {
            let runner = SessionRunner(
                queue: queue, configuration: configuration, continuity: continuity, statistics: statistics, sink: sink)
            runner.run()
        }
    }

    /// Stops soon, with the event `ended(.cancelled, …)`. From any thread; may be repeated.
    public func cancel() { queue.cancel() }

    /// Blocks until the session has ended and its last event is delivered. Not from the sink.
    public func join() { thread.join() }
}

/// A session's counters, written on its thread and read from anywhere.
final class StatisticsBox: Sendable {
    private let statistics = Mutex(PackagerStatistics())

    var value: PackagerStatistics { statistics.withLock { $0 } }

    func record(_ change: (inout PackagerStatistics) -> Void) { statistics.withLock { change(&$0) } }
}
