/// A first-in first-out run of bytes in a ring that grows to a fixed capacity, so that an idle queue costs little and
/// neither end ever moves what is already stored.
struct ByteRing {
    private static let capacityMin = 64 << 10

    let capacity: Int
    private(set) var count = 0
    private var head = 0
    private var storage: [UInt8] = []

    init(capacity: Int) { self.capacity = max(1, capacity) }

    var room: Int { capacity - count }

    /// Stores as much of `bytes` as there is room for and tells how much that was.
    mutating func append(_ bytes: UnsafeRawBufferPointer) -> Int {
        let accepted = min(bytes.count, room)
        guard accepted > 0 else { return 0 }
        grow(toHold: count + accepted)
        let tail = (head + count) % storage.count
        let first = min(accepted, storage.count - tail)
        storage.withUnsafeMutableBytes { ring in
            UnsafeMutableRawBufferPointer(rebasing: ring[tail..<(tail + first)])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[0..<first]))
            ring.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[first..<accepted]))
        }
        count += accepted
        return accepted
    }

    /// Copies bytes from the front without taking them and tells how many.
    func copy(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let wanted = min(buffer.count, count)
        guard wanted > 0 else { return 0 }
        let first = min(wanted, storage.count - head)
        storage.withUnsafeBytes { ring in
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: ring[head..<(head + first)]))
            UnsafeMutableRawBufferPointer(rebasing: buffer[first...])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: ring[0..<(wanted - first)]))
        }
        return wanted
    }

    /// Drops bytes from the front.
    mutating func removeFirst(_ dropped: Int) {
        let dropped = min(dropped, count)
        count -= dropped
        head = count == 0 ? 0 : (head + dropped) % storage.count
    }

    /// Drops everything and gives the memory back.
    mutating func removeAll() { self = ByteRing(capacity: capacity) }

    private mutating func grow(toHold needed: Int) {
        guard needed > storage.count else { return }
        var size = max(storage.count, Self.capacityMin)
        while size < needed { size *= 2 }
        var larger = [UInt8](repeating: 0, count: min(size, capacity))
        _ = larger.withUnsafeMutableBytes { copy(into: $0) }
        storage = larger
        head = 0
    }
}
