import CoreTypes
import Testing

@testable import SwarmCore

@Suite struct EventLogTests {
    private let start = MonotonicInstant(nanoseconds: 1_000_000_000)

    private func filled(_ count: Int, bytes: Int = 4) -> EventLog {
        var log = EventLog()
        for _ in 0..<count {
            _ = log.append(now: start) { id in [UInt8](repeating: UInt8(truncatingIfNeeded: id), count: bytes) }
        }
        return log
    }

    @Test func `events are numbered from 1, and what follows one is found`() {
        let log = filled(3, bytes: 1)
        #expect(log.lastID == 3)
        #expect(log.after(0) == [1, 2, 3])
        #expect(log.after(2) == [3])
        #expect(log.after(3) == [])
        #expect(log.after(4) == nil)
        #expect(EventLog().after(0) == [])
    }

    @Test func `the last 64 are kept, and no more bytes than allowed`() {
        let log = filled(100, bytes: 1)
        #expect(log.after(35) == nil)
        #expect(log.after(36)?.count == 64)
        let large = filled(20, bytes: 20_000)
        #expect(large.after(20 - 13)?.count == 13 * 20_000)
        #expect(large.after(20 - 14) == nil)
    }

    @Test func `what nobody can ask for any more is forgotten`() {
        var log = filled(2, bytes: 1)
        _ = log.append(now: start.advanced(byMilliseconds: 20_000)) { _ in [9] }
        log.trim(now: start.advanced(byMilliseconds: EventLog.ageMs + 1))
        #expect(log.after(1) == nil)
        #expect(log.after(2) == [9])
        #expect(log.lastID == 3)
    }
}
