import Testing

@testable import FanOut

/// What readers of a ring may rely on while it is written.
struct StreamRingTests {
    private let ring = StreamRing(capacity: 1 << 16)

    private func append(_ count: Int, to ring: StreamRing) {
        let payload = [UInt8](repeating: 7, count: count)
        payload.withUnsafeBytes {
            ring.append(
                $0, sequence: 1, wall: .init(0), isJoinPoint: true, generation: 0, windowMs: 0, lag: FanOutRing.Lag())
        }
    }

    @Test func `the largest frame, being written, leaves all that readers may use`() throws {
        let ring = try #require(ring)
        let whole = StreamRing.headBytes + ring.payloadBytesMax + StreamRing.tailBytes
        #expect(UInt64(whole) <= UInt64(ring.capacity) - (1_000_000 - ring.hardFloor(head: 1_000_000)))
    }

    @Test func `a reader that was suspended for too long finds out`() throws {
        let ring = try #require(ring)
        append(100, to: ring)
        #expect(ring.wasIntact(at: 0))
        for _ in 0..<3 { append(ring.payloadBytesMax, to: ring) }
        #expect(!ring.wasIntact(at: 0))
        #expect(ring.wasIntact(at: ring.hardFloor(head: ring.head.load(ordering: .relaxed))))
    }
}
