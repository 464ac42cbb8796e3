import CLinux
import Glibc
import Synchronization

/// The thread behind `LoopActor`: epoll, timers, and the jobs of the actor.
final class LoopExecutor: SerialExecutor {
    private enum Entry {
        case job(UnownedJob)
        case closure(@LoopActor @Sendable () -> Void)
    }

    private let mailbox = Mutex<[Entry]>([])
    private let thread = Mutex<pthread_t?>(nil)
    let poller = Poller()
    let timers = TimerQueue()

    init() {
        // A detached thread for the life of the process; the retain is never balanced, like the actor it serves.
        var id = pthread_t()
        let context = Unmanaged.passRetained(self).toOpaque()
        let status = pthread_create(
            &id, nil,
            { context in
                guard let context else { return nil }
                p2p_name_thread("loop")
                Unmanaged<LoopExecutor>.fromOpaque(context).takeUnretainedValue().run()
                return nil
            }, context)
        precondition(status == 0, "cannot start the event loop's thread: \(String(cString: strerror(status)))")
        thread.withLock { $0 = id }
    }

    /// True on the loop's own thread.
    var isCurrent: Bool {
        thread.withLock { $0 }.map { pthread_equal($0, pthread_self()) != 0 } ?? false
    }

    func enqueue(_ job: consuming ExecutorJob) { deliver(.job(UnownedJob(job))) }

    func post(_ body: @escaping @LoopActor @Sendable () -> Void) { deliver(.closure(body)) }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

    func checkIsolated() { precondition(isCurrent, "not on the event loop's thread") }

    func isIsolatingCurrentContext() -> Bool? { isCurrent }

    private func deliver(_ entry: Entry) {
        let wasEmpty = mailbox.withLock { entries in
            entries.append(entry)
            return entries.count == 1
        }
        if wasEmpty { poller.wake() }
    }

    private func run() {
        // The creator stores the thread's id just after it starts: wait for it, or the first job would not know itself.
        while thread.withLock({ $0 == nil }) { sched_yield() }
        while true {
            LoopActor.assumeIsolated {
                poller.wait(untilMilliseconds: timers.millisecondsToNext())
                timers.fireDue()
            }
            drainMailbox()
        }
    }

    private func drainMailbox() {
        let entries = mailbox.withLock { entries in
            defer { entries = [] }
            return entries
        }
        for entry in entries {
            switch entry {
            case .job(let job): job.runSynchronously(on: asUnownedSerialExecutor())
            case .closure(let body): LoopActor.assumeIsolated(body)
            }
        }
    }
}
