import CLinux
import Glibc

/// The epoll set of the loop and the handlers of its descriptors. The kernel's calls on a descriptor are thread-safe.
final class Poller: Sendable {
    private let epoll: Int32
    private let wakeUp: Int32
    @LoopActor private var watches: [UInt64: DescriptorWatch] = [:]
    @LoopActor private var nextKey: UInt64 = 1
    @LoopActor private var events = [epoll_event](repeating: epoll_event(), count: 256)

    init() {
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        wakeUp = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
        precondition(epoll >= 0 && wakeUp >= 0, "cannot create the event loop: \(String(cString: strerror(errno)))")
        _ = p2p_epoll_control(epoll, EPOLL_CTL_ADD, wakeUp, p2p_EPOLLIN, 0)
    }

    /// Ends a wait early; from any thread.
    func wake() {
        var one: UInt64 = 1
        _ = write(wakeUp, &one, 8)
    }

    /// Adds a descriptor; false with errno set when the kernel refuses it.
    @LoopActor func add(_ watch: DescriptorWatch, events: UInt32) -> Bool {
        watch.key = nextKey
        nextKey += 1
        guard p2p_epoll_control(epoll, EPOLL_CTL_ADD, watch.descriptor, events, watch.key) == 0 else { return false }
        watches[watch.key] = watch
        return true
    }

    @LoopActor func modify(_ watch: DescriptorWatch, events: UInt32) {
        _ = p2p_epoll_control(epoll, EPOLL_CTL_MOD, watch.descriptor, events, watch.key)
    }

    @LoopActor func remove(_ watch: DescriptorWatch) {
        guard watches.removeValue(forKey: watch.key) != nil else { return }
        _ = p2p_epoll_control(epoll, EPOLL_CTL_DEL, watch.descriptor, 0, 0)
    }

    /// Waits for events, at most `milliseconds` (-1: for ever), and runs their handlers.
    @LoopActor func wait(untilMilliseconds milliseconds: Int32) {
        let capacity = Int32(events.count)
        let count = events.withUnsafeMutableBufferPointer {
            epoll_wait(epoll, $0.baseAddress, capacity, milliseconds)
        }
        guard count > 0 else { return }
        for index in 0..<Int(count) {
            let key = withUnsafePointer(to: events[index]) { p2p_epoll_data($0) }
            guard key != 0 else {
                var ignored: UInt64 = 0
                _ = read(wakeUp, &ignored, 8)
                continue
            }
            // A handler that ran before in this batch may have cancelled this one.
            watches[key]?.handler(events[index].events)
        }
    }
}
