import CoreTypes
import MediaWire
import StreamCore
import Testing

@Suite struct StreamNumberTests {
    private let now = MonotonicInstant(nanoseconds: 0)

    @Test func `the first number of a stream is the wall clock, and nothing was before it`() {
        var machine = StreamMachine(now: now)
        machine.begin(wall: 1_767_225_600_000, now: now)
        #expect(machine.sequence == 0 && machine.session == 1_767_225_600_000)
        #expect(machine.number() == (sequence: 1_767_225_600_000, previous: 0))
        #expect(machine.number() == (sequence: 1_767_225_600_001, previous: 1_767_225_600_000))
        #expect(machine.sequence == 1_767_225_600_001)
    }

    @Test func `a later session jumps to the wall clock and names the number before`() {
        var machine = StreamMachine(now: now)
        machine.begin(wall: 1_000, now: now)
        _ = machine.number()
        machine.end(now: now)
        machine.begin(wall: 5_000, now: now)
        #expect(machine.number() == (sequence: 5_000, previous: 1_000) && machine.session == 5_000)
    }

    @Test func `a session goes on above the last number where that is ahead of the wall clock`() {
        var machine = StreamMachine(now: now)
        machine.begin(wall: 1_000, now: now)
        for _ in 0..<500 { _ = machine.number() }
        machine.end(now: now)
        machine.begin(wall: 1_200, now: now)
        #expect(machine.number() == (sequence: 1_500, previous: 1_499))
    }

    @Test(arguments: [1_000, 999, 1, 0, -5, .min] as [Int64])
    func `a wall clock that stands still or goes back takes neither number nor session back`(wall: Int64) {
        var machine = StreamMachine(now: now)
        machine.begin(wall: 1_000, now: now)
        _ = machine.number()
        machine.end(now: now)
        machine.begin(wall: wall, now: now)
        #expect(machine.number() == (sequence: 1_001, previous: 1_000) && machine.session == 1_001)
    }

    @Test(arguments: [0, -1, .min] as [Int64]) func `a clock before the epoch still numbers from 1`(wall: Int64) {
        var machine = StreamMachine(now: now)
        machine.begin(wall: wall, now: now)
        #expect(machine.number() == (sequence: 1, previous: 0) && machine.session == 1)
    }

    @Test func `a session without a chunk uses up no number`() {
        var machine = StreamMachine(now: now)
        machine.begin(wall: 1_000, now: now)
        machine.begin(wall: 1_000, now: now)
        #expect(machine.session == 1_001)
        #expect(machine.number() == (sequence: 1_000, previous: 0))
    }

    @Test func `a restarted coordinate, which remembers nothing, is above what it gave out before`() {
        var before = StreamMachine(now: now), after = StreamMachine(now: now)
        before.begin(wall: 1_767_225_600_000, now: now)
        // An hour of chunks of 20 ms, the shortest.
        for _ in 0..<180_000 { _ = before.number() }
        after.begin(wall: 1_767_225_600_000 + 3_600_000, now: now)
        #expect(after.number().sequence > before.sequence && after.session > before.session)
    }

    @Test func `numbers of every century are below 2^53`() {
        var machine = StreamMachine(now: now)
        // The end of the year 9999.
        machine.begin(wall: 253_402_300_799_999, now: now)
        for _ in 0..<1_000 { #expect(machine.number().sequence <= WireLimits.integerMax) }
        #expect(machine.session <= WireLimits.integerMax)
    }
}
