import CLinux
import EventLoop
import Glibc

/// The process's signals as events of the loop: SIGTERM and SIGINT ask it to stop, SIGHUP to read its files again.
@LoopActor
public final class Signals {
    /// Called on SIGHUP.
    public var onReload: (@LoopActor () -> Void)?
    /// True once the process was asked to stop.
    public private(set) var isStopping = false
    private var waiters: [CheckedContinuation<Void, Never>] = []
    private var stopHandlers: [@LoopActor () -> Void] = []
    private var watch: DescriptorWatch?
    private let descriptor: Int32

    /// Blocks the signals in the calling thread and all it starts.
    static nonisolated func block() {
        var set = Self.handled
        pthread_sigmask(SIG_BLOCK, &set, nil)
        signal(SIGPIPE, SIG_IGN)
    }

    private static nonisolated var handled: sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for number in [SIGTERM, SIGINT, SIGHUP] { sigaddset(&set, number) }
        return set
    }

    init() {
        var set = Self.handled
        descriptor = signalfd(-1, &set, Int32(SFD_NONBLOCK | SFD_CLOEXEC))
        watch = DescriptorWatch(descriptor, .read) { [weak self] _ in self?.receive() }
    }

    /// Returns when the process is asked to stop.
    public func stopRequested() async {
        guard !isStopping else { return }
        await withCheckedContinuation { waiters.append($0) }
    }

    /// Calls `body` when the process is asked to stop.
    public func onStop(_ body: @escaping @LoopActor () -> Void) {
        if isStopping { body() } else { stopHandlers.append(body) }
    }

    private func receive() {
        var info = signalfd_siginfo()
        while read(descriptor, &info, MemoryLayout<signalfd_siginfo>.size) == MemoryLayout<signalfd_siginfo>.size {
            if Int32(info.ssi_signo) == SIGHUP {
                onReload?()
            } else if isStopping {
                // Asked a second time: do not wait for the drain.
                exit(1)
            } else {
                isStopping = true
                for handler in stopHandlers { handler() }
                for waiter in waiters { waiter.resume() }
                waiters = []
            }
        }
    }
}
