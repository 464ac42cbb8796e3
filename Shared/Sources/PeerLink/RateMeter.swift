import CoreTypes

/// Bytes per second over the last second, in ten slots of 100 ms.
struct RateMeter {
    private static let slotNanoseconds: UInt64 = 100_000_000
    private static let slotCount: UInt64 = 10
    private var slots = [Int](repeating: 0, count: 10)
    private var newest: UInt64 = 0

    mutating func add(_ bytes: Int, at now: MonotonicInstant) {
        advance(to: now)
        slots[Int(newest % Self.slotCount)] += bytes
    }

    /// Bytes of the last ten slots, the one in progress included.
    mutating func bytesPerSecond(at now: MonotonicInstant) -> Int {
        advance(to: now)
        return slots.reduce(0, +)
    }

    private mutating func advance(to now: MonotonicInstant) {
        let slot = now.nanoseconds / Self.slotNanoseconds
        guard slot > newest else { return }
        for passed in 1...min(slot - newest, Self.slotCount) { slots[Int((newest + passed) % Self.slotCount)] = 0 }
        // After a long silence all slots were cleared, whatever their numbers.
        newest = slot
    }
}
