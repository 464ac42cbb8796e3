import CoreTypes
import Testing

@testable import ForwardCore

@Suite struct UpstreamMachineTests {
    private let start = MonotonicInstant(nanoseconds: 1_000_000_000)

    private func at(_ milliseconds: Int64) -> MonotonicInstant { start.advanced(byMilliseconds: milliseconds) }

    @Test func theFirstUpstreamIsPulledFirst() {
        var machine = UpstreamMachine(count: 3, now: start)
        #expect(machine.current == nil)
        #expect(machine.next(now: start) == .connect(0))
        #expect(machine.current == 0)
        #expect(machine.next(now: at(10)) == .wait(until: at(1_000)))
    }

    @Test func silenceOfASecondMovesToTheNext() {
        var machine = UpstreamMachine(count: 2, now: start)
        _ = machine.next(now: start)
        machine.received(now: at(500))
        #expect(machine.next(now: at(1_499)) == .wait(until: at(1_500)))
        #expect(machine.next(now: at(1_500)) == .connect(1))
    }

    @Test func aBreakMovesToTheNextAtOnce() {
        var machine = UpstreamMachine(count: 2, now: start)
        _ = machine.next(now: start)
        machine.failed(now: at(5))
        #expect(machine.next(now: at(5)) == .connect(1))
    }

    @Test func afterAWholeRoundItWaitsLongerAndLongerButNeverOverASecond() {
        var machine = UpstreamMachine(count: 2, now: start)
        var waits: [Int64] = []
        var now = start
        for _ in 0..<16 {
            switch machine.next(now: now) {
            case .connect: machine.failed(now: now)
            case .wait(let until):
                waits.append(until.milliseconds(since: now))
                now = until
            case .probe: Issue.record("nothing to probe")
            }
        }
        #expect(waits == [100, 200, 400, 800, 1_000])
    }

    @Test func aChunkEndsTheWaitingAndBytesDoNot() {
        var machine = UpstreamMachine(count: 1, now: start)
        for _ in 0..<5 {
            if case .wait(let until) = machine.next(now: at(0)) { _ = machine.next(now: until) }
            machine.failed(now: at(0))
        }
        _ = machine.next(now: at(10_000))
        machine.received(now: at(10_000))
        machine.failed(now: at(10_001))
        #expect(machine.next(now: at(10_001)) == .wait(until: at(11_001)))
        _ = machine.next(now: at(20_000))
        machine.delivered(now: at(20_000))
        machine.failed(now: at(20_001))
        #expect(machine.next(now: at(20_001)) == .wait(until: at(20_101)))
    }

    @Test func aBetterUpstreamIsProbedWhileTheOtherRuns() {
        var machine = UpstreamMachine(count: 2, now: start)
        _ = machine.next(now: start)
        machine.failed(now: start)
        _ = machine.next(now: start)
        machine.received(now: at(1_900))
        #expect(machine.next(now: at(1_999)) == .wait(until: at(2_000)))
        #expect(machine.next(now: at(2_000)) == .probe(0))
        #expect(machine.current == 1)
        machine.received(now: at(2_500))
        #expect(machine.next(now: at(2_600)) == .wait(until: at(3_500)))
        machine.promoted(0, now: at(2_700))
        #expect(machine.current == 0)
    }

    @Test func wordsAboutAnUpstreamThatIsNotInUseDoNothing() {
        var machine = UpstreamMachine(count: 2, now: start)
        machine.received(now: start)
        machine.failed(now: start)
        #expect(machine.next(now: start) == .connect(0))
    }

    /// Whatever happens, it never stays a second without a connection to try, and never stands on a silent upstream.
    @Test(arguments: 0..<50) func itAlwaysGoesOn(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let count = Int.random(in: 1...4, using: &generator)
        var machine = UpstreamMachine(count: count, now: start)
        var now = start
        var lastByte = start
        for _ in 0..<500 {
            switch machine.next(now: now) {
            case .connect(let index):
                #expect((0..<count).contains(index), "seed \(seed)")
                lastByte = now
            case .probe(let index): #expect(index < machine.current ?? 0, "seed \(seed)")
            case .wait(let until):
                #expect(until > now && until.milliseconds(since: now) <= 2_000, "seed \(seed)")
                if machine.current != nil { #expect(now.milliseconds(since: lastByte) < 1_000, "seed \(seed)") }
            }
            now = now.advanced(byMilliseconds: Int64.random(in: 0...700, using: &generator))
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: machine.failed(now: now)
            case 1:
                machine.received(now: now)
                lastByte = now
            default: break
            }
        }
    }
}
