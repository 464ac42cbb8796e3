/// A bounded run of bytes from a network thread to a media thread. The network side never blocks; the media side does.
///
/// Network side: `offer`, `finish`. Media side: `read`, `peek`, `cancel`. `cancel` may also come from elsewhere.
public final class ByteQueue: ByteSource, Sendable {
    private struct State {
        var ring: ByteRing
        var isFinished = false
        var isClean = false
        var isCancelled = false
        var isRoomWanted = false
        var totalBytes: UInt64 = 0
    }

    /// Bytes held at most unless another capacity is given: 8 s of a 4 Mbit/s stream.
    public static let standardCapacity = 4 << 20

    private let monitor: Monitor<State>
    private let capacity: Int
    private let roomReturned: @Sendable () -> Void

    /// An empty queue for `capacity` bytes. `roomReturned` is called on the reader's thread, once after each offer
    /// that was not taken whole, as soon as a quarter of the capacity is free again (or the queue is cancelled).
    public init(capacity: Int = ByteQueue.standardCapacity, roomReturned: @escaping @Sendable () -> Void = {}) {
        self.capacity = max(1, capacity)
        monitor = Monitor(State(ring: ByteRing(capacity: capacity)))
        self.roomReturned = roomReturned
    }

    /// Bytes accepted so far.
    public var totalBytes: UInt64 { monitor.read { $0.totalBytes } }

    /// How the writer ended: nil while it has not, then what it told `finish`.
    public var endedCleanly: Bool? { monitor.read { $0.isFinished ? $0.isClean : nil } }

    /// True once the reader has gone.
    public var isCancelled: Bool { monitor.read { $0.isCancelled } }

    /// Hands over as many bytes as there is room for and returns how many were taken, 0 when full. The rest is the
    /// caller's to offer again after `roomReturned`. After `cancel` everything is taken and dropped, so that a
    /// connection can be drained; after `finish` nothing is taken.
    public func offer(_ bytes: UnsafeRawBufferPointer) -> Int {
        monitor.change { state in
            if state.isCancelled { return bytes.count }
            guard !state.isFinished else { return 0 }
            let accepted = state.ring.append(bytes)
            state.totalBytes &+= UInt64(accepted)
            if accepted < bytes.count { state.isRoomWanted = true }
            return accepted
        }
    }

    /// Says that no more bytes come; `clean` when the publisher ended its request properly. Only the first call counts.
    public func finish(clean: Bool) {
        monitor.change { state in
            guard !state.isFinished else { return }
            state.isFinished = true
            state.isClean = clean
        }
    }

    /// Takes bytes from the front, blocking until there are some. Returns 0 at the end and after `cancel`.
    public func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let (count, isRoomBack) = monitor.wait(
            until: { $0.ring.count > 0 || $0.isFinished || $0.isCancelled },
            then: { state -> (Int, Bool) in
                guard !state.isCancelled else { return (0, false) }
                let count = state.ring.copy(into: buffer)
                state.ring.removeFirst(count)
                return (count, takeRoomWanted(&state))
            })
        if isRoomBack { roomReturned() }
        return count
    }

    /// The first `count` bytes without taking them, blocking until they are there. Fewer only at the end, after
    /// `cancel`, or when the capacity is smaller.
    public func peek(_ count: Int) -> [UInt8] {
        let wanted = min(max(0, count), capacity)
        return monitor.wait(
            until: { $0.ring.count >= wanted || $0.isFinished || $0.isCancelled },
            then: { state in
                guard !state.isCancelled else { return [] }
                return [UInt8](unsafeUninitializedCapacity: min(wanted, state.ring.count)) { buffer, initialized in
                    initialized = state.ring.copy(into: UnsafeMutableRawBufferPointer(buffer))
                }
            })
    }

    /// The reader goes: what is queued is dropped, blocked reads return 0, and a paused writer is resumed.
    public func cancel() {
        let isRoomBack = monitor.change { state in
            state.isCancelled = true
            state.ring.removeAll()
            return takeRoomWanted(&state)
        }
        if isRoomBack { roomReturned() }
    }

    private func takeRoomWanted(_ state: inout State) -> Bool {
        guard state.isRoomWanted, state.ring.room >= (capacity + 3) / 4 else { return false }
        state.isRoomWanted = false
        return true
    }
}
