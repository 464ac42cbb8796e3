import CLinux
import Glibc
import Synchronization

/// One fan-out thread: its sockets, grouped by the ring they read, and the passes that write them.
///
/// `@unchecked Sendable`: `inbox` is a lock, the counters are atomic, `epoll`/`wakeUp` are constant descriptors;
/// `groups` with all viewers in them, `hasEmptyGroup` and `lastPass` are touched by `run` alone, on the shard's own thread.
final class FanOutShard: @unchecked Sendable {
    private enum Message {
        case add(RingBody, StreamRing)
        case end(RingBody)
    }

    /// The viewers of one ring on this shard.
    private struct Group {
        let ring: StreamRing
        var viewers: [ViewerPointer] = []
        var seen: UInt64 = 0
        var sawClosed = false
    }

    let viewerCount = Atomic<Int>(0)
    let bytesSent = Atomic<UInt64>(0)
    let jumps = Atomic<UInt64>(0)
    let drops = Atomic<UInt64>(0)
    let passes = Atomic<UInt64>(0)
    private let pending = Atomic<Int>(0)
    private let inbox = Mutex<[Message]>([])
    private let epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
    private let wakeUp = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
    private let passIntervalNs: UInt64
    private var groups: [Group] = []
    private var hasEmptyGroup = false
    private var lastPass: UInt64 = 0

    /// Starts the thread; it lives as long as the process.
    init(index: Int, passIntervalMs: Int) {
        passIntervalNs = UInt64(max(0, passIntervalMs)) * 1_000_000
        precondition(epoll >= 0 && wakeUp >= 0, "cannot create a fan-out thread: \(String(cString: strerror(errno)))")
        _ = p2p_epoll_control(epoll, EPOLL_CTL_ADD, wakeUp, p2p_EPOLLIN, 0)
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self).toOpaque()
        let status = pthread_create(
            &thread, nil,
            { context in
                p2p_name_thread("fan-out")
                guard let context else { return nil }
                Unmanaged<FanOutShard>.fromOpaque(context).takeUnretainedValue().run()
                return nil
            }, context)
        precondition(status == 0, "cannot start a fan-out thread: \(String(cString: strerror(status)))")
        pthread_detach(thread)
    }

    // MARK: From the loop

    /// True when a pass could be of use.
    var hasViewers: Bool { viewerCount.load(ordering: .relaxed) + pending.load(ordering: .relaxed) > 0 }

    func wake() {
        var one: UInt64 = 1
        _ = Glibc.write(wakeUp, &one, 8)
    }

    func add(_ body: RingBody, to ring: StreamRing) { send(.add(body, ring)) }

    func end(_ body: RingBody) { send(.end(body)) }

    private func send(_ message: Message) {
        pending.wrappingAdd(1, ordering: .relaxed)
        inbox.withLock { $0.append(message) }
        wake()
    }

    // MARK: The thread

    private func run() {
        var events = [epoll_event](repeating: epoll_event(), count: 512)
        while true {
            let timeout = millisecondsToPass()
            let count = events.withUnsafeMutableBufferPointer { epoll_wait(epoll, $0.baseAddress, 512, timeout) }
            for index in 0..<Int(max(0, count)) {
                let data = withUnsafePointer(to: events[index]) { p2p_epoll_data($0) }
                if let viewer = ViewerPointer(bitPattern: UInt(data)) {
                    handle(viewer, events[index].events)
                } else {
                    var ignored: UInt64 = 0
                    _ = read(wakeUp, &ignored, 8)
                }
            }
            // After the events: one of them may name a viewer that a message ends.
            readInbox()
            passIfDue()
            removeEmptyGroups()
        }
    }

    private func isDirty(_ group: Group) -> Bool {
        group.seen != group.ring.head.load(ordering: .acquiring)
            || group.ring.isClosed.load(ordering: .acquiring) != group.sawClosed
    }

    private func millisecondsToPass() -> Int32 {
        guard groups.contains(where: isDirty) else { return -1 }
        let now = p2p_monotonic_ns()
        let due = lastPass + passIntervalNs
        return due <= now ? 0 : Int32((due - now + 999_999) / 1_000_000)
    }

    private func passIfDue() {
        let now = p2p_monotonic_ns()
        guard now >= lastPass + passIntervalNs else { return }
        for position in groups.indices.reversed() where isDirty(groups[position]) {
            lastPass = now
            passes.wrappingAdd(1, ordering: .relaxed)
            pass(position)
        }
    }

    private func pass(_ position: Int) {
        let ring = groups[position].ring
        groups[position].sawClosed = ring.isClosed.load(ordering: .acquiring)
        if groups[position].sawClosed, let next = ring.successor {
            for viewer in groups[position].viewers.reversed() { move(viewer, from: ring, to: next) }
            return
        }
        let head = ring.head.load(ordering: .acquiring)
        groups[position].seen = head
        let dropFloor = ring.dropFloor.load(ordering: .relaxed)
        let hardFloor = ring.hardFloor(head: head)
        // Backwards: a viewer that leaves is replaced by the last one, which has had its turn.
        var index = groups[position].viewers.count - 1
        while index >= 0 {
            let viewer = groups[position].viewers[index]
            index -= 1
            guard viewer.pointee.isBlocked else {
                push(viewer, ring, head)
                continue
            }
            let floor = viewer.pointee.hasCaughtUp ? max(dropFloor, hardFloor) : hardFloor
            if viewer.pointee.offset < floor { drop(viewer) }
        }
    }

    private func handle(_ viewer: ViewerPointer, _ events: UInt32) {
        guard viewer.pointee.state == .active, viewer.pointee.group >= 0 else { return }
        if events & (p2p_EPOLLRDHUP | p2p_EPOLLHUP | p2p_EPOLLERR) != 0 {
            giveBack(viewer, .left)
        } else if viewer.pointee.isBlocked {
            viewer.pointee.isBlocked = false
            let ring = groups[Int(viewer.pointee.group)].ring
            push(viewer, ring, ring.head.load(ordering: .acquiring))
        }
    }

    // MARK: Writing one viewer

    /// Sends what the viewer lacks until its socket is full or it is at the head.
    @inline(__always)
    private func push(_ viewer: ViewerPointer, _ ring: StreamRing, _ head: UInt64) {
        if viewer.pointee.prefix != nil, !sendPrefix(viewer) { return }
        while viewer.pointee.offset < head {
            guard viewer.pointee.offset >= ring.hardFloor(head: head) else { return drop(viewer) }
            if viewer.pointee.hasCaughtUp, viewer.pointee.offset < ring.jumpFloor.load(ordering: .relaxed),
                viewer.pointee.jumpAt == .max
            {
                // A jump waits for the end of the frame that is half sent.
                guard let frame = ring.frame(at: viewer.pointee.offset) else { return drop(viewer) }
                viewer.pointee.jumpAt = frame.start == viewer.pointee.offset ? frame.start : frame.end
            }
            if viewer.pointee.offset >= viewer.pointee.jumpAt {
                jump(viewer, ring)
                if viewer.pointee.prefix != nil, !sendPrefix(viewer) { return }
                continue
            }
            let count = Int(min(head, viewer.pointee.jumpAt) - viewer.pointee.offset)
            let sent = write(viewer, ring.pointer(at: viewer.pointee.offset), count)
            guard sent >= 0 else { return }
            guard ring.wasIntact(at: viewer.pointee.offset) else { return drop(viewer) }
            viewer.pointee.offset += UInt64(sent)
            guard sent == count else { return }
        }
        viewer.pointee.hasCaughtUp = true
        if ring.isClosed.load(ordering: .acquiring), viewer.pointee.offset == ring.head.load(ordering: .acquiring) {
            leaveClosed(viewer, ring)
        }
    }

    /// Sends bytes; returns how many, or -1 when the viewer is blocked or gone.
    @inline(__always)
    private func write(_ viewer: ViewerPointer, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
        let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
        let sent = Glibc.send(viewer.pointee.socket.descriptor, bytes, count, flags)
        if sent < 0 {
            if errno == EAGAIN || errno == EINTR { viewer.pointee.isBlocked = true } else { giveBack(viewer, .left) }
            return -1
        }
        viewer.pointee.bytesSent += UInt64(sent)
        bytesSent.wrappingAdd(UInt64(sent), ordering: .relaxed)
        if sent < count { viewer.pointee.isBlocked = true }
        return sent
    }

    /// True when the prefix is out.
    private func sendPrefix(_ viewer: ViewerPointer) -> Bool {
        guard let prefix = viewer.pointee.prefix?.takeUnretainedValue(), let base = prefix.buffer.baseAddress else {
            return true
        }
        let left = prefix.count - viewer.pointee.prefixSent
        let sent = write(viewer, base + viewer.pointee.prefixSent, left)
        guard sent >= 0 else { return false }
        viewer.pointee.prefixSent += sent
        guard sent == left else { return false }
        viewer.pointee.setPrefix(nil)
        return true
    }

    private func jump(_ viewer: ViewerPointer, _ ring: StreamRing) {
        viewer.pointee.jumpAt = .max
        guard let target = ring.jump(from: viewer.pointee.offset) else {
            // Nothing newer to jump to: go on from here.
            viewer.pointee.hasCaughtUp = false
            return
        }
        viewer.pointee.offset = target.offset
        viewer.pointee.setPrefix(target.prefix)
        viewer.pointee.jumps &+= 1
        jumps.wrappingAdd(1, ordering: .relaxed)
    }

    /// At the end of a closed ring: on to its successor, or the last chunk and good-bye.
    private func leaveClosed(_ viewer: ViewerPointer, _ ring: StreamRing) {
        if let next = ring.successor { return move(viewer, from: ring, to: next) }
        let end = HTTPChunk.end
        if write(viewer, end.utf8Start, end.utf8CodeUnitCount) >= 0 || viewer.pointee.state == .active {
            giveBack(viewer, .ended)
        }
    }

    /// The successor begins with a copy of the frames that this ring holds, so places differ by a constant.
    private func move(_ viewer: ViewerPointer, from ring: StreamRing, to next: (ring: StreamRing, offset: UInt64)) {
        let behind = ring.head.load(ordering: .acquiring) - viewer.pointee.offset
        guard behind <= next.offset else { return drop(viewer) }
        unlist(viewer)
        viewer.pointee.offset = next.offset - behind
        viewer.pointee.jumpAt = .max
        list(viewer, next.ring)
        if !viewer.pointee.isBlocked { push(viewer, next.ring, next.ring.head.load(ordering: .acquiring)) }
    }

    private func drop(_ viewer: ViewerPointer) {
        drops.wrappingAdd(1, ordering: .relaxed)
        giveBack(viewer, .tooSlow)
    }

    // MARK: Membership

    private func readInbox() {
        let messages = inbox.withLock { messages in
            defer { messages = [] }
            return messages
        }
        for message in messages {
            switch message {
            case .add(let body, let ring): if let viewer = body.viewer { join(viewer, ring) }
            case .end(let body):
                if let viewer = body.viewer, viewer.pointee.state == .active { finish(viewer) }
            }
            pending.wrappingSubtract(1, ordering: .relaxed)
        }
    }

    private func join(_ viewer: ViewerPointer, _ ring: StreamRing) {
        viewerCount.wrappingAdd(1, ordering: .relaxed)
        list(viewer, ring)
        let events = p2p_EPOLLOUT | p2p_EPOLLRDHUP | p2p_EPOLLET
        let data = UInt64(UInt(bitPattern: viewer))
        guard p2p_epoll_control(epoll, EPOLL_CTL_ADD, viewer.pointee.socket.descriptor, events, data) == 0 else {
            return giveBack(viewer, .left)
        }
        push(viewer, ring, ring.head.load(ordering: .acquiring))
    }

    /// The service stops: a viewer between two frames gets a proper end.
    private func finish(_ viewer: ViewerPointer) {
        let ring = groups[Int(viewer.pointee.group)].ring
        let isBetweenFrames =
            viewer.pointee.prefix == nil && viewer.pointee.offset == ring.head.load(ordering: .acquiring)
        if isBetweenFrames {
            let end = HTTPChunk.end
            guard write(viewer, end.utf8Start, end.utf8CodeUnitCount) >= 0 || viewer.pointee.state == .active else {
                return
            }
        }
        giveBack(viewer, .ended)
    }

    private func giveBack(_ viewer: ViewerPointer, _ reason: ViewerSummary.Reason) {
        guard viewer.pointee.state == .active else { return }
        viewer.pointee.state = .givenBack
        viewer.pointee.reason = reason
        unlist(viewer)
        viewerCount.wrappingSubtract(1, ordering: .relaxed)
        let socket = viewer.pointee.socket
        _ = p2p_epoll_control(epoll, EPOLL_CTL_DEL, socket.descriptor, 0, 0)
        // From here the viewer may be freed at any moment.
        socket.giveBack()
    }

    private func list(_ viewer: ViewerPointer, _ ring: StreamRing) {
        let position: Int
        if let found = groups.firstIndex(where: { $0.ring === ring }) {
            position = found
        } else {
            groups.append(Group(ring: ring))
            position = groups.count - 1
        }
        viewer.pointee.group = Int32(position)
        viewer.pointee.index = Int32(groups[position].viewers.count)
        groups[position].viewers.append(viewer)
    }

    private func unlist(_ viewer: ViewerPointer) {
        let (position, index) = (Int(viewer.pointee.group), Int(viewer.pointee.index))
        guard position >= 0 else { return }
        groups[position].viewers.swapAt(index, groups[position].viewers.count - 1)
        groups[position].viewers[index].pointee.index = Int32(index)
        groups[position].viewers.removeLast()
        if groups[position].viewers.isEmpty { hasEmptyGroup = true }
        viewer.pointee.group = -1
    }

    /// Forgets groups without viewers, so that their rings can be freed.
    private func removeEmptyGroups() {
        guard hasEmptyGroup else { return }
        hasEmptyGroup = false
        groups.removeAll { $0.viewers.isEmpty }
        for (position, group) in groups.enumerated() {
            for viewer in group.viewers { viewer.pointee.group = Int32(position) }
        }
    }
}
