import CoreTypes
import StreamCore
import Testing

@Suite struct StreamMachineTests {
    private static let start = MonotonicInstant(nanoseconds: 7_000_000_000)

    private func at(_ milliseconds: Int64) -> MonotonicInstant { Self.start.advanced(byMilliseconds: milliseconds) }

    /// Published from time 0 on.
    private func live() -> StreamMachine {
        var machine = StreamMachine(now: at(0))
        machine.begin(wall: 1_000_000, now: at(0))
        return machine
    }

    @Test func `a stream that nobody publishes waits 60 s and is ended`() {
        let machine = StreamMachine(now: at(0))
        #expect(!machine.hasPublisher && machine.sequence == 0 && machine.session == 0)
        #expect(machine.state(now: at(0)) == .waiting)
        #expect(machine.state(now: at(59_999)) == .waiting)
        #expect(machine.state(now: at(60_001)) == .ended)
        #expect(machine.silenceMs(now: at(60_001)) == nil && !machine.isSilent(now: at(60_001)))
    }

    @Test func `with a publisher it is live however long that takes`() {
        let machine = live()
        #expect(machine.hasPublisher)
        for time: Int64 in [0, 59_999, 60_001, 86_400_000] { #expect(machine.state(now: at(time)) == .live) }
    }

    @Test func `the 60 s count from the end of the last publisher`() {
        var machine = live()
        machine.end(now: at(500_000))
        #expect(!machine.hasPublisher)
        #expect(machine.state(now: at(500_000)) == .waiting)
        #expect(machine.state(now: at(559_999)) == .waiting)
        #expect(machine.state(now: at(560_001)) == .ended)
        // Told a second time, it is no longer the end of a publisher.
        machine.end(now: at(550_000))
        #expect(machine.state(now: at(560_001)) == .ended)
    }

    @Test func `a publisher that comes back in time makes it live again, and the count begins anew`() {
        var machine = live()
        machine.end(now: at(1_000))
        machine.begin(wall: 1_050_000, now: at(50_000))
        #expect(machine.state(now: at(61_001)) == .live)
        machine.end(now: at(62_000))
        #expect(machine.state(now: at(121_999)) == .waiting && machine.state(now: at(122_001)) == .ended)
    }

    @Test func `a newcomer is refused only while the publisher delivered bytes within 3 s`() {
        var machine = live()
        #expect(machine.admission(takesOver: false, now: at(2_999)) == .busy)
        #expect(machine.admission(takesOver: false, now: at(3_001)) == .replace)
        machine.received(now: at(3_500))
        #expect(machine.admission(takesOver: false, now: at(6_499)) == .busy)
        #expect(machine.admission(takesOver: false, now: at(6_501)) == .replace)
    }

    @Test func `one who insists replaces the publisher at any time`() {
        var machine = live()
        machine.received(now: at(100))
        #expect(machine.admission(takesOver: true, now: at(100)) == .replace)
        #expect(machine.admission(takesOver: false, now: at(100)) == .busy)
    }

    @Test func `where nobody publishes anybody may, insisting or not`() {
        var machine = StreamMachine(now: at(0))
        for time: Int64 in [0, 70_000] {
            #expect(machine.admission(takesOver: false, now: at(time)) == .free)
            #expect(machine.admission(takesOver: true, now: at(time)) == .free)
        }
        machine.begin(wall: 1, now: at(80_000))
        machine.end(now: at(80_001))
        #expect(machine.admission(takesOver: false, now: at(80_001)) == .free)
    }

    @Test func `a publisher is silent after 10 s without a byte`() {
        var machine = live()
        #expect(!machine.isSilent(now: at(9_999)) && machine.isSilent(now: at(10_001)))
        machine.received(now: at(9_000))
        #expect(!machine.isSilent(now: at(18_999)) && machine.isSilent(now: at(19_001)))
        #expect(machine.silenceMs(now: at(9_250)) == 250)
    }

    @Test func `bytes of one who is gone keep nothing alive`() {
        var machine = live()
        machine.end(now: at(1_000))
        machine.received(now: at(50_000))
        #expect(!machine.hasPublisher && machine.silenceMs(now: at(50_000)) == nil)
        #expect(machine.state(now: at(61_001)) == .ended)
    }

    @Test func `a new publisher's silence counts from its own beginning`() {
        var machine = live()
        machine.end(now: at(20_000))
        machine.begin(wall: 1_020_000, now: at(20_000))
        #expect(!machine.isSilent(now: at(20_000)) && machine.admission(takesOver: false, now: at(20_001)) == .busy)
    }
}
