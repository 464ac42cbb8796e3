import CoreTypes
import DequeModule
import EventLoop

/// Holds datagrams back and loses some.
@LoopActor
final class ImpairedPath {
    private let impairment: Impairment
    private let bottleneck: Bottleneck?
    private let transmit: @LoopActor (UnsafeRawBufferPointer) -> Void
    private var generator: SeededGenerator
    private var held: Deque<(due: MonotonicInstant, bytes: [UInt8])> = []
    private var timer: LoopTimer?

    init(
        _ impairment: Impairment, bottleneck: Bottleneck?, link: UInt64,
        transmit: @escaping @LoopActor (UnsafeRawBufferPointer) -> Void
    ) {
        self.impairment = impairment
        self.bottleneck = bottleneck
        self.transmit = transmit
        generator = SeededGenerator(seed: impairment.seed &+ link)
    }

    func send(_ datagram: UnsafeRawBufferPointer) {
        if impairment.loss > 0, Double.random(in: 0..<1, using: &generator) < impairment.loss { return }
        let now = Clock.now
        guard let leavesAt = bottleneck.map({ $0.pass(datagram.count, now: now) }) ?? now else { return }
        guard impairment.delayMs > 0 || leavesAt > now else { return transmit(datagram) }
        held.append((leavesAt.advanced(byMilliseconds: impairment.delayMs), Array(datagram)))
        if timer == nil { armTimer() }
    }

    func close() {
        timer?.cancel()
        timer = nil
        held = []
    }

    private func armTimer() {
        guard let first = held.first else { return timer = nil }
        timer = LoopTimer.after(milliseconds: max(1, first.due.milliseconds(since: Clock.now))) { [weak self] in
            self?.release()
        }
    }

    private func release() {
        let now = Clock.now
        while let first = held.first, first.due <= now {
            held.removeFirst()
            first.bytes.withUnsafeBytes { transmit($0) }
        }
        armTimer()
    }
}
