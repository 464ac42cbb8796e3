import CLinux
import CNice
import EventLoop
import Glibc

/// A GMainContext driven by the loop: its descriptors sit in an epoll set of their own, which the loop watches, and its
/// next deadline in a timer. So a datagram costs the sources of one link, where one context for all would walk the
/// sources and poll the descriptors of every link.
///
/// The own epoll set is also what makes it safe that GLib closes descriptors without a word, and that the kernel gives
/// their numbers to others at once: nothing here can take away or report the descriptors of other parts of the process.
@LoopActor
final class GLibContext {
    /// GLib's handle, for agents that live in this context.
    let pointer: OpaquePointer
    /// A link has one or two sockets per address and GLib's own wake-up; more than this many are not polled.
    private static let descriptorsMax: Int32 = 64
    private static let scratch = UnsafeMutablePointer<GPollFD>.allocate(capacity: Int(descriptorsMax))

    private let epoll: Int32
    private var watch: DescriptorWatch?
    private var registered: [Int32: UInt32] = [:]
    private var timer: LoopTimer?
    private var timerDeadline = UInt64.max
    private var deadline = UInt64.max
    private var isDispatching = false
    private var isClosed = false
    /// A call was made from within a dispatch: the next query must be thorough.
    private var isChanged = false

    /// Nil when there are no more descriptors.
    init?() {
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard epoll >= 0, let pointer = g_main_context_new() else { return nil }
        self.pointer = pointer
        // The loop's thread owns the context for good: calls from it then need no wake-up.
        g_main_context_acquire(pointer)
        watch = DescriptorWatch(epoll, .read) { [weak self] _ in self?.turn() }
        guard watch != nil else {
            close()
            return nil
        }
    }

    /// Must be called after each call into an agent that lives here: it may have added, changed or closed something.
    func update() {
        if isDispatching { isChanged = true } else { query(isThorough: true) }
    }

    /// Stops driving and lets GLib free the context. May be repeated.
    func close() {
        guard !isClosed else { return }
        isClosed = true
        watch?.cancel()
        watch = nil
        timer?.cancel()
        timer = nil
        Glibc.close(epoll)
        g_main_context_release(pointer)
        g_main_context_unref(pointer)
    }

    /// Dispatches what is ready.
    private func turn() {
        guard !isClosed, !isDispatching else { return }
        isDispatching = true
        isChanged = false
        let isTimed = deadline <= p2p_monotonic_ns()
        g_main_context_iteration(pointer, 0)
        isDispatching = false
        // Sockets are opened and closed by timers and by calls; while packets alone come, the set is only compared.
        if !isClosed { query(isThorough: isTimed || isChanged) }
    }

    /// Asks GLib what it waits for. A thorough one also notices a descriptor that was closed and came back under the same
    /// number, which the epoll set has then lost.
    private func query(isThorough: Bool) {
        guard !isClosed else { return }
        var priority: Int32 = 0
        var timeout: Int32 = -1
        let isReady = g_main_context_prepare(pointer, &priority) != 0
        let count = g_main_context_query(pointer, Int32.max, &timeout, Self.scratch, Self.descriptorsMax)
        watchDescriptors(
            UnsafeBufferPointer(start: Self.scratch, count: Int(min(count, Self.descriptorsMax))), isThorough)
        let now = p2p_monotonic_ns()
        deadline = isReady ? now : timeout < 0 ? .max : now + UInt64(timeout) * 1_000_000
        armTimer(now)
    }

    private func watchDescriptors(_ wanted: UnsafeBufferPointer<GPollFD>, _ isThorough: Bool) {
        let isSame = wanted.count == registered.count && wanted.allSatisfy { registered[$0.fd] == UInt32($0.events) }
        guard !isSame || isThorough else { return }
        var events: [Int32: UInt32] = [:]
        for descriptor in wanted { events[descriptor.fd, default: 0] |= UInt32(descriptor.events) }
        // Fails for one that was closed, which the set has lost already.
        for descriptor in registered.keys where events[descriptor] == nil {
            _ = p2p_epoll_control(epoll, EPOLL_CTL_DEL, descriptor, 0, 0)
        }
        for (descriptor, bits) in events {
            // GLib's bits are poll's, which are epoll's. Most are there already: change first, add what is new.
            if p2p_epoll_control(epoll, EPOLL_CTL_MOD, descriptor, bits, 0) != 0 {
                _ = p2p_epoll_control(epoll, EPOLL_CTL_ADD, descriptor, bits, 0)
            }
        }
        registered = events
    }

    /// A timer that is early asks again when it fires: deadlines move with every packet, timers need not.
    private func armTimer(_ now: UInt64) {
        guard deadline != .max, deadline < timerDeadline else { return }
        timer?.cancel()
        timerDeadline = deadline
        let milliseconds = deadline > now ? (deadline - now + 999_999) / 1_000_000 : 0
        timer = LoopTimer.after(milliseconds: Int64(clamping: milliseconds)) { [weak self] in
            guard let self else { return }
            timerDeadline = .max
            if deadline <= p2p_monotonic_ns() { turn() } else { armTimer(p2p_monotonic_ns()) }
        }
    }
}
