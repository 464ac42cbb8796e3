import EventLoop
import Glibc
import LibAV

/// Writes bytes to a descriptor on a thread of its own, because a pipe's reader or a disk may be slow. What it cannot
/// take at once waits in a bounded queue.
@LoopActor
final class FileSink {
    private static let queueBytes = 8 << 20

    private let queue: ByteQueue
    private var rest: ArraySlice<UInt8> = []
    private var waiters: [CheckedContinuation<Void, Never>] = []
    private var isDone = false

    /// Takes `descriptor` over. `onBroken` is told when nobody reads any more (nil) or writing failed (the reason).
    /// Throws when there is no thread for it.
    init(
        _ descriptor: Int32, onBroken: @escaping @LoopActor @Sendable (String?) -> Void
    ) throws(MediaThread.CannotStart) {
        let queue = ByteQueue(capacity: Self.queueBytes)
        self.queue = queue
        let finished: @Sendable (FileSink.Ending) -> Void = { [weak self] ending in
            LoopActor.post {
                self?.ended()
                if case .broken(let reason) = ending { onBroken(reason) }
            }
        }
        _ = try MediaThread(name: "output") {
            let ending = Self.copy(queue, to: descriptor)
            queue.cancel()
            if descriptor != STDOUT_FILENO { close(descriptor) }
            finished(ending)
        }
    }

    private enum Ending: Sendable {
        case complete
        case broken(String?)
    }

    /// Takes bytes whole, or not at all when the reader is too slow.
    func write(_ bytes: [UInt8]) -> Bool {
        offerRest()
        guard rest.isEmpty else { return false }
        rest = bytes[...]
        offerRest()
        return true
    }

    /// Waits until everything is written, for two seconds at most.
    func finish() async {
        offerRest()
        queue.finish(clean: true)
        guard !isDone else { return }
        LoopTimer.after(milliseconds: 2_000) { [weak self] in self?.ended() }
        await withCheckedContinuation { waiters.append($0) }
    }

    private func offerRest() {
        guard !rest.isEmpty else { return }
        rest = rest.dropFirst(rest.withUnsafeBytes { queue.offer($0) })
    }

    private func ended() {
        isDone = true
        for waiter in waiters { waiter.resume() }
        waiters = []
    }

    private static nonisolated func copy(_ queue: ByteQueue, to descriptor: Int32) -> Ending {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = queue.read(into: buffer)
            guard count > 0 else { return .complete }
            var sent = 0
            while sent < count {
                let step = Glibc.write(descriptor, buffer.baseAddress?.advanced(by: sent), count - sent)
                if step < 0, errno == EINTR { continue }
                guard step > 0 else { return .broken(errno == EPIPE ? nil : String(cString: strerror(errno))) }
                sent += step
            }
        }
    }
}
